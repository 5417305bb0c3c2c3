"""Values as users send them into the Python values of their types."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from skewless.ground.dtypes import DataType
from skewless.ground.errors import DataError
from skewless.ground.moments import utc
from skewless.stores.keys import DIGITS


def coerced_column(values: Sequence[Any], dtype: DataType, name: str) -> Sequence[Any]:
    """Each value as `coerced` makes it. Lists whose values are all of the type already are taken as they are.

    Other sequences become lists: a series of pandas, for one, is asked by its labels and not by place.
    """
    exact = _EXACT.get(dtype.kind)
    if exact is not None and set(map(type, values)) == {exact[0]} and exact[1](values):
        return values if type(values) is list else list(values)
    return [coerced(value, dtype, name) for value in values]


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


def _integer(value: Any, dtype: DataType) -> int:
    if isinstance(value, bool) or (not isinstance(value, int) and not _is_whole(value)):
        raise TypeError
    number, bits = int(value), 31 if dtype.kind == "INTEGER" else 63
    if not -(1 << bits) <= number < 1 << bits:
        raise OverflowError
    return number


def _is_whole(value: Any) -> bool:
    """A NumPy integer, or a float that is a whole number and no other: beyond 2^53 a float stands for several."""
    if hasattr(value, "__index__"):
        return True
    return hasattr(value, "is_integer") and bool(value.is_integer()) and abs(value) < 1 << 53


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
    return str.__str__(value)  # the text itself, whatever a subclass such as an enumeration says it is


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
_EXACT: dict[str, tuple[type, Callable[[Sequence[Any]], bool]]] = {
    "BIGINT": (int, lambda values: min(values) >= -(1 << 63) and max(values) < 1 << 63),
    "DOUBLE": (float, lambda _: True),
    "BOOLEAN": (bool, lambda _: True),
    "VARCHAR": (str, lambda values: "".join(values).isascii()),
}
"""The Python type whose values are of a type as they are, if a whole column of them passes the check beside it."""
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
    try:
        text = repr(value)
    except ValueError:  # a whole number of more digits than Python writes
        return f"a number of {value.bit_length()} bits" if isinstance(value, int) else type(value).__name__
    return text if len(text) <= 40 else text[:37] + "..."
