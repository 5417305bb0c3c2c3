"""The body of a request into what is asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal, TypeVar, get_args

import msgspec

from skewless.ground.dtypes import DataType
from skewless.serve.http.refusal import Refusal

T = TypeVar("T")
PushTo = Literal["online", "offline", "online_and_offline"]
TimestampFormat = Literal["unix", "rfc3339"]
_NOT_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_EPOCH = dt.datetime(1970, 1, 1)


class Asked(msgspec.Struct, frozen=True):
    """The body of POST /get-online-features. Feast's own fields first; clients may send others, which say nothing."""

    entities: dict[str, Any]
    feature_service: str | None = None
    features: list[str] = msgspec.field(default_factory=list)
    full_feature_names: bool | msgspec.UnsetType = msgspec.UNSET
    as_of: str | None = None
    timestamp_format: TimestampFormat = "unix"


_DECODER = msgspec.json.Decoder(Asked)
_EXACT_DECODER = msgspec.json.Decoder(Asked, float_hook=Decimal)


def decode(body: bytes) -> Asked:
    """Raises Refusal for a body that is no JSON, or not of this form."""
    asked = read_json(_DECODER, body, '{"feature_service": ..., "entities": {...}}')
    for name, column in asked.entities.items():
        if not isinstance(column, list):
            raise Refusal(422, f"'{name}' in entities must be a list, one value for each entity row")
    return asked


def read_json(decoder: msgspec.json.Decoder[T], body: bytes, example: str) -> T:
    """Raises Refusal for a body that is no JSON, or not of the decoder's form."""
    if not body:
        raise Refusal(400, f"the body is empty; send JSON such as {example}")
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise Refusal(422, f"the body is not of the right form: {error}{_hint(str(error))}") from error
    except (ValueError, RecursionError) as error:  # msgspec's own, and Python's for text that is not UTF-8
        hint = '; write NaN and infinities as text: "NaN"' if b"NaN" in body or b"Infinity" in body else ""
        raise Refusal(400, f"the body is not JSON: {error}{hint}") from error


def _hint(error: str) -> str:
    """What to write instead, where msgspec does not say it."""
    if "$.timestamp_format" in error:
        return "; timestamp_format is unix or rfc3339"
    if error.endswith("at `$.to`"):
        return f"; to is {', '.join(get_args(PushTo)[:-1])} or {get_args(PushTo)[-1]}"
    if error.endswith("at `$.entities`"):
        return "; entities is an object with a list of values for each key and request field"
    return ""


def exact_numbers(body: bytes) -> Mapping[str, list[Any]]:
    """The entities of a body with each number as it is written: a double holds 15 digits, and a DECIMAL up to 38."""
    return _EXACT_DECODER.decode(body).entities


def readable(
    entities: Mapping[str, list[Any]], types: Mapping[str, DataType], exact: Mapping[str, list[Any]] | None = None
) -> dict[str, list[Any]]:
    """The columns of these types, as a FeatureServer takes them: JSON has no NaN, and Feast sends moments as seconds
    since 1970. `exact` are the entities that decimals are read from."""
    return {
        name: _read((exact if exact and holds_decimals(dtype) else entities)[name], dtype)
        for name, dtype in types.items()
    }


def holds_decimals(dtype: DataType) -> bool:
    return dtype.kind == "DECIMAL" or (dtype.element is not None and holds_decimals(dtype.element))


def _read(column: list[Any], dtype: DataType) -> list[Any]:
    """What is no list where a list belongs stays as it is, to be refused by name."""
    if dtype.element is not None:
        return [_read(value, dtype.element) if isinstance(value, list) else value for value in column]
    return _READERS.get(dtype.kind, _as_they_are)(column)


def _as_they_are(column: list[Any]) -> list[Any]:
    return column


def _floats(column: list[Any]) -> list[Any]:
    return [_NOT_FINITE.get(value, value) if isinstance(value, str) else value for value in column]


def _moments(column: list[Any]) -> list[Any]:
    return [_moment(value) if isinstance(value, int | float) else value for value in column]


def _moment(seconds: float) -> Any:
    """What is no moment stays as it is, to be refused by name."""
    try:
        return seconds if isinstance(seconds, bool) else _EPOCH + dt.timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return seconds


_READERS = {"DOUBLE": _floats, "FLOAT": _floats, "TIMESTAMP": _moments, "DATE": _moments}
