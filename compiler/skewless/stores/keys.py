"""The keys of an entity into the bytes that stand for it in a store."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Sequence
from decimal import Context, Decimal, InvalidOperation
from typing import Any

from skewless.ground.dtypes import DataType
from skewless.ground.errors import DataError

NOBODY = b""
"""Where the values of an entity without rows are kept."""
DIGITS = Context(prec=80)
"""Python rounds decimals to 28 digits unless told otherwise; a DECIMAL has up to 38."""
_EPOCH = dt.datetime(1970, 1, 1)
_NAN = struct.pack("<d", float("nan"))
_EPOCH_DAY = dt.date(1970, 1, 1).toordinal()


def encode_key(values: Sequence[Any], types: Sequence[DataType]) -> bytes | None:
    """One key's bytes; None when a part is NULL, since a NULL key is no entity.

    The values must already be of their types (see `coerced`).
    """
    parts = []
    for value, dtype in zip(values, types, strict=True):
        if value is None:
            return None
        parts.append(_encoded(value, dtype))
    return b"".join(parts)


def coerced(value: Any, dtype: DataType, name: str) -> Any:
    """The value as its type's Python value. Raises DataError naming the field when it is of another kind."""
    if value is None or type(value).__name__ == "NaTType":
        return None
    convert = _CONVERTERS.get(dtype.kind)
    try:
        if convert is not None:
            return convert(value, dtype)
        if dtype.element is not None and isinstance(value, list | tuple):
            return [coerced(item, dtype.element, name) for item in value]
    except (ValueError, TypeError, InvalidOperation, OverflowError):
        pass
    raise DataError(
        f"'{name}' must be {dtype}, not {_shown(value)}", help=f"send {name} as {_EXAMPLES.get(dtype.kind, 'a list')}"
    )


def microseconds(moment: dt.datetime) -> int:
    """A naive UTC datetime as microseconds since 1970."""
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def utc(value: Any) -> dt.datetime:
    """A moment as a naive UTC datetime: zones are converted, a date is its midnight, text is ISO 8601.

    Raises ValueError or TypeError for anything else.
    """
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value)
    if isinstance(value, dt.datetime):
        moment: dt.datetime = value.to_pydatetime(warn=False) if hasattr(value, "to_pydatetime") else value
        return moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo is not None else moment
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)
    raise TypeError(f"{type(value).__name__} is no moment")


def _encoded(value: Any, dtype: DataType) -> bytes:
    if dtype.kind == "VARCHAR":
        text: bytes = value.encode()
        return struct.pack("<I", len(text)) + text
    if dtype.kind in ("BIGINT", "INTEGER"):
        return struct.pack("<q", value)
    if dtype.kind in ("DOUBLE", "FLOAT"):
        # Minus zero equals zero and NaN equals NaN whatever its bits, so each is one entity.
        return _NAN if value != value else struct.pack("<d", value + 0.0)
    if dtype.kind == "BOOLEAN":
        return b"\x01" if value else b"\x00"
    if dtype.kind == "TIMESTAMP":
        return struct.pack("<q", microseconds(value))
    if dtype.kind == "DATE":
        return struct.pack("<i", value.toordinal() - _EPOCH_DAY)
    if dtype.kind == "DECIMAL":
        return int(DIGITS.scaleb(value, dtype.scale)).to_bytes(16, "little", signed=True)
    raise DataError(f"a key of type {dtype} cannot be looked up", help="use a key of a scalar type")


def _integer(value: Any, dtype: DataType) -> int:
    if isinstance(value, bool) or (not isinstance(value, int) and not _is_whole(value)):
        raise TypeError
    number, bits = int(value), 31 if dtype.kind == "INTEGER" else 63
    if not -(1 << bits) <= number < 1 << bits:
        raise OverflowError
    return number


def _is_whole(value: Any) -> bool:
    """A float or a NumPy integer that is a whole number."""
    return (hasattr(value, "is_integer") and value.is_integer()) or hasattr(value, "__index__")


def _float(value: Any, dtype: DataType) -> float:
    if isinstance(value, bool | str):
        raise TypeError
    number = float(value)
    if dtype.kind == "FLOAT":
        # What a 32-bit column would hold; a number that it cannot hold raises OverflowError.
        narrow: float = struct.unpack("<f", struct.pack("<f", number))[0]
        return narrow
    return number


def _text(value: Any, _: DataType) -> str:
    if not isinstance(value, str):
        raise TypeError
    value.encode()  # a lone surrogate is no text, and raises ValueError
    return str(value)


def _boolean(value: Any, _: DataType) -> bool:
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return bool(value)
    raise TypeError


def _date(value: Any, _: DataType) -> dt.date:
    if isinstance(value, str):
        return dt.date.fromisoformat(value)
    moment = utc(value)
    if moment.time() != dt.time(0):
        raise ValueError
    return moment.date()


def _timestamp(value: Any, _: DataType) -> dt.datetime:
    return utc(value)


def _decimal(value: Any, dtype: DataType) -> Decimal:
    if isinstance(value, bool):
        raise TypeError
    number = Decimal(str(value))
    rounded = number.quantize(Decimal(1).scaleb(-dtype.scale), context=DIGITS)
    if rounded != number or len(rounded.as_tuple().digits) > dtype.precision:
        raise ValueError
    return rounded


_CONVERTERS = {
    "BIGINT": _integer,
    "INTEGER": _integer,
    "DOUBLE": _float,
    "FLOAT": _float,
    "VARCHAR": _text,
    "BOOLEAN": _boolean,
    "DATE": _date,
    "TIMESTAMP": _timestamp,
    "DECIMAL": _decimal,
}
_EXAMPLES = {
    "BIGINT": "a whole number",
    "INTEGER": "a whole number of at most 32 bits",
    "DOUBLE": "a number",
    "FLOAT": "a number",
    "VARCHAR": "a string",
    "BOOLEAN": "true or false",
    "DATE": "a date such as 2026-06-12",
    "TIMESTAMP": "a moment such as 2026-06-12T10:00:00Z",
    "DECIMAL": "a number that fits its digits",
}


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
