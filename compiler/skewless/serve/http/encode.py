"""Columns of a vector into JSON, as Feast's server writes them."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from skewless.ground.dtypes import DataType
from skewless.serve.http.forms import TimestampFormat

Encode = Callable[[Sequence[Any]], bytes]
_JSON = msgspec.json.Encoder()
_EPOCH = dt.datetime(1970, 1, 1)
_SECOND = dt.timedelta(seconds=1)
_NO_TIME = b'"1970-01-01T00:00:00Z"'
_WHOLE_MILLISECONDS = re.compile(rb'(\.\d{3})000"')


def encoder(dtype: DataType, timestamps: TimestampFormat) -> Encode:
    """How a column of this type is written: a decimal as text, a moment as Feast's UNIX_TIMESTAMP or as text, NaN and
    infinities as protobuf's JSON has them."""
    kind = _innermost(dtype).kind
    if kind in ("FLOAT", "DOUBLE"):
        return _floats if dtype.element is None else _nested(_finite)
    if kind in ("TIMESTAMP", "DATE"):
        return _nested(_seconds if timestamps == "unix" else _text)
    if kind == "DECIMAL":
        return _nested(_digits)
    return _JSON.encode


def event_timestamps(times: Sequence[dt.datetime | None]) -> bytes:
    """RFC 3339 with Z and 0, 3 or 6 digits of a second, as protobuf's JSON has them; 1970 where there is none."""
    text = _JSON.encode(times)
    if b"." in text:
        text = _WHOLE_MILLISECONDS.sub(rb'\1"', text)
    return text.replace(b'",', b'Z",').replace(b'"]', b'Z"]').replace(b"null", _NO_TIME)


def epochs(rows: int) -> bytes:
    """The event timestamps of keys."""
    return b"[" + b",".join([_NO_TIME] * rows) + b"]"


def statuses(words: Sequence[str]) -> bytes:
    return _JSON.encode(words)


def names(words: Sequence[str]) -> bytes:
    return _JSON.encode(words)


def _innermost(dtype: DataType) -> DataType:
    return dtype if dtype.element is None else _innermost(dtype.element)


def _floats(column: Sequence[Any]) -> bytes:
    """NaN and infinities come out as null: the count of nulls tells whether there are any."""
    text = _JSON.encode(column)
    return text if text.count(b"null") == column.count(None) else _JSON.encode([_finite(value) for value in column])


def _nested(convert: Callable[[Any], Any]) -> Encode:
    def converted(value: Any) -> Any:
        return [converted(item) for item in value] if isinstance(value, list | tuple) else convert(value)

    return lambda column: _JSON.encode([converted(value) for value in column])


def _finite(value: float | None) -> float | str | None:
    if value is None or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _digits(value: Decimal | None) -> str | None:
    """All of them, where Python would write 0E-10."""
    return None if value is None else f"{value:f}"


def _seconds(value: dt.date | None) -> int | None:
    """Whole seconds since 1970, rounded down; a date is its midnight."""
    if value is None:
        return None
    moment = value if isinstance(value, dt.datetime) else dt.datetime(value.year, value.month, value.day)
    return (moment - _EPOCH) // _SECOND


def _text(value: dt.date | None) -> str | None:
    if isinstance(value, dt.datetime):
        return f"{value.isoformat()}Z"
    return None if value is None else value.isoformat()
