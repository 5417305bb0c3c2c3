"""Messages into rows: what a format means, and which message each row came with."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import repeat
from typing import TYPE_CHECKING, Any

import msgspec

from skewless.contract.source_plan import SourcePlan
from skewless.ground.errors import DataError
from skewless.ingest.rows import checked_rows
from skewless.ingest.stream.kind import Format, Message

if TYPE_CHECKING:
    import pyarrow as pa

FIELD = b"data"
"""The field of a message that holds its rows."""
_JSON = msgspec.json.Decoder()
_EXACT_JSON = msgspec.json.Decoder(float_hook=Decimal)
"""Each number as it is written: a double holds 15 digits, and a DECIMAL up to 38."""


class Undecodable(Exception):
    """A message that holds no rows; the text says why."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages, and the rows that came with them."""

    messages: Sequence[Message]
    table: pa.Table
    owners: Sequence[int]
    """Of each row of the table, the place of its message."""
    faults: Mapping[int, list[str]]
    """The place of a message to what is wrong with it, or with each row of it that is not in the table."""


@dataclass(frozen=True, slots=True)
class _Given:
    """Rows in any form, and the place of the message of each, in ascending order."""

    rows: Any
    owners: Sequence[int]

    def named(self, place: int) -> str:
        """`row 2 of 3: `, where a message has several."""
        owner = self.owners[place]
        first, end = bisect_left(self.owners, owner), bisect_right(self.owners, owner)
        return f"row {place - first + 1} of {end - first}: " if end - first > 1 else ""


def batch_of(
    plan: SourcePlan,
    format: Format,  # noqa: A002
    messages: Sequence[Message],
    now: dt.datetime,
    *,
    is_landed: bool,
) -> Batch:
    """All that can be made of the messages; `now` is naive UTC.

    Where rows are landed, one that does not say when it became known became known when its message arrived: training
    reads that from the file. Elsewhere nothing would tell it to training, and the row is refused as one that is pushed.
    """
    import pyarrow as pa

    faults: dict[int, list[str]] = {}
    tables: list[pa.Table] = []
    owners: list[int] = []
    read = _json if format == "json" else _arrow
    for given in read(plan, messages, faults):
        try:
            arrived = [messages[owner].arrived_at for owner in given.owners] if is_landed else None
            checked = checked_rows(plan, given.rows, now, arrived)
        except DataError as error:
            faults.setdefault(given.owners[0], []).append(error.message)
            continue
        tables.append(checked.table)
        owners.extend(map(given.owners.__getitem__, checked.places))
        for place, rejected in checked.rejected.items():
            faults.setdefault(given.owners[place], []).append(given.named(place) + rejected.reason)
    return Batch(messages, pa.concat_tables(tables or [checked_rows(plan, [], now).table]), owners, faults)


def _json(plan: SourcePlan, messages: Sequence[Message], faults: dict[int, list[str]]) -> Iterator[_Given]:
    """The rows of all messages together."""
    decoder = _EXACT_JSON if any(column.type.startswith("DECIMAL") for column in plan.columns) else _JSON
    rows: list[Any] = []
    owners: list[int] = []
    for place, message in enumerate(messages):
        try:
            found = _rows_of_json(_payload(message), decoder)
        except Undecodable as fault:
            faults[place] = [str(fault)]
            continue
        rows.extend(found)
        owners.extend(repeat(place, len(found)))
    if rows:
        yield _Given(rows, owners)


def _rows_of_json(payload: bytes, decoder: msgspec.json.Decoder[Any]) -> list[Any]:
    try:
        value = decoder.decode(payload)
    except (ValueError, RecursionError) as error:  # msgspec's own, and Python's for text that is not UTF-8
        raise Undecodable(f"the message is not JSON: {error}") from error
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list):
        return value
    raise Undecodable(f"the message is neither a JSON object nor a list of objects, but {type(value).__name__}")


def _arrow(_: SourcePlan, messages: Sequence[Message], faults: dict[int, list[str]]) -> Iterator[_Given]:
    """The rows of each message by itself: its columns may be others than those of the next."""
    import pyarrow as pa

    for place, message in enumerate(messages):
        try:
            table = pa.ipc.open_stream(_payload(message)).read_all()
            table.validate(full=True)  # lengths and places in it are taken at their word from here on
        except Undecodable as fault:
            faults[place] = [str(fault)]
        except (pa.ArrowException, OSError) as error:
            faults[place] = [f"the message is no Arrow IPC stream: {error}"]
        else:
            if table.num_rows:
                yield _Given(table, [place] * table.num_rows)


def _payload(message: Message) -> bytes:
    if FIELD in message.fields:
        return message.fields[FIELD]
    names = ", ".join(name.decode(errors="backslashreplace") for name in message.fields)
    raise Undecodable(f"the message has no field '{FIELD.decode()}', which holds its rows; it has: {names or 'none'}")
