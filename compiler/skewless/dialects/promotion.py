"""The types that expressions get in DuckDB when they mix types, and what it costs to make one type of another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from skewless.ground.dtypes import NULL, DataType, Kind

_NUMBERS: tuple[Kind, ...] = ("INTEGER", "BIGINT", "HUGEINT", "DECIMAL", "FLOAT", "DOUBLE")
"""Each can be made a later one without being asked."""
_DIGITS: dict[Kind, int] = {"INTEGER": 10, "BIGINT": 19, "HUGEINT": 38}
_MOST_DIGITS, _MACHINE_WORD = 38, 18


def is_number(dtype: DataType) -> bool:
    return dtype.kind in _NUMBERS


def decimal(precision: int, scale: int) -> DataType:
    return DataType(kind="DECIMAL", precision=min(precision, _MOST_DIGITS), scale=scale)


def as_decimal(dtype: DataType) -> DataType:
    """The decimal that holds every value of a whole number type; a decimal itself."""
    return dtype if dtype.kind == "DECIMAL" else decimal(_DIGITS[dtype.kind], 0)


def unified(types: Iterable[DataType]) -> DataType | None:
    """The type that branches of these types have together; None if they have none."""
    result = NULL
    for dtype in types:
        both = _unified(result, dtype)
        if both is None:
            return None
        result = both
    return result


def _unified(left: DataType, right: DataType) -> DataType | None:
    if left == right or right == NULL:
        return left
    if left == NULL:
        return right
    if left.element is not None and right.element is not None:
        element = _unified(left.element, right.element)
        return replace(left, element=element) if element else None
    if is_number(left) and is_number(right):
        highest = max(left, right, key=lambda one: _NUMBERS.index(one.kind))
        return _widest(left, right) if highest.kind == "DECIMAL" else highest
    if {left.kind, right.kind} == {"DATE", "TIMESTAMP"}:
        return DataType(kind="TIMESTAMP")
    return None


def _widest(left: DataType, right: DataType) -> DataType:
    """The decimal that holds both: enough digits before the point, and enough after it."""
    one, other = as_decimal(left), as_decimal(right)
    scale = max(one.scale, other.scale)
    return decimal(max(one.precision - one.scale, other.precision - other.scale) + scale, scale)


def sum_of(left: DataType, right: DataType) -> DataType:
    """The decimal that `left + right` and `left - right` have."""
    one, other = as_decimal(left), as_decimal(right)
    both = _widest(one, other)
    return _within_word(one, other, both.precision + 1, both.scale)


def product_of(left: DataType, right: DataType) -> DataType:
    """The decimal that `left * right` has."""
    one, other = as_decimal(left), as_decimal(right)
    return _within_word(one, other, one.precision + other.precision, one.scale + other.scale)


def _within_word(left: DataType, right: DataType, precision: int, scale: int) -> DataType:
    """Two decimals of a machine word stay one, and may overflow."""
    is_word = left.precision <= _MACHINE_WORD and right.precision <= _MACHINE_WORD
    return decimal(min(precision, _MACHINE_WORD) if is_word else precision, scale)


def cost_of(given: DataType, wanted: DataType | Kind) -> int | None:
    """How far a type is from another that it can become without a cast; None if it cannot."""
    kind = wanted if isinstance(wanted, str) else wanted.kind
    if given.kind == kind:
        return 0
    if given == NULL:
        return 1
    if given.kind in _NUMBERS and kind in _NUMBERS:
        steps = _NUMBERS.index(kind) - _NUMBERS.index(given.kind)
        return steps if steps > 0 else None
    return 1 if (given.kind, kind) == ("DATE", "TIMESTAMP") else None
