"""The body of POST /push into the rows that are pushed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from skewless.contract.source_plan import SourcePlan
from skewless.ground.dtypes import DataType
from skewless.serve.http.forms import PushTo, holds_decimals, read_json
from skewless.serve.http.refusal import Refusal


class Push(msgspec.Struct, frozen=True):
    """The body, as Feast has it. The last two fields say nothing here; clients may send others, which do not either."""

    push_source_name: str
    df: msgspec.Raw
    to: PushTo = "online"
    allow_registry_cache: bool = True
    transform_on_write: bool = True


_EXAMPLE = '{"push_source_name": ..., "df": {...}}'
_DECODER = msgspec.json.Decoder(Push)
_ROWS: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
_EXACT_ROWS: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=Decimal)


def decode_push(body: bytes) -> Push:
    """The body without its rows: how these are read depends on the source. Raises Refusal for one of another form."""
    return read_json(_DECODER, body, _EXAMPLE)


def columns_of(push: Push, plan: SourcePlan) -> dict[str, list[Any]]:
    """The rows by column. A double holds 15 digits and a DECIMAL up to 38: where a source has any, numbers are taken
    as they are written."""
    is_exact = any(holds_decimals(DataType.parse(column.type)) for column in plan.columns)
    columns = read_json(_EXACT_ROWS if is_exact else _ROWS, bytes(push.df), _EXAMPLE)
    if not isinstance(columns, dict):
        raise Refusal(422, "df must be an object with a list of values for each column")
    for name, column in columns.items():
        if not isinstance(column, list):
            raise Refusal(422, f"'{name}' in df must be a list, one value for each row")
    return columns
