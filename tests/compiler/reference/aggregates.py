"""Turns rows of arguments, in the total order ascending, into the value of an aggregate.

Where the law is silent:

* Of no rows, or of NULLs only, every aggregate but `count` is NULL. `first`, `last` and `list` keep NULLs, so that only
  no rows at all make `list` NULL.
* `avg` and `median` of integers are floats; `median` interpolates; `stddev_samp` of fewer than two values is NULL.
* `min`, `max`, `arg_min`, `arg_max` and `median` take NaN as the greatest value, `count(distinct)` as one value.
* `arg_max` and `arg_min` ignore rows where either argument is NULL; among rows of equal key the greatest in the total
  order wins, for both.
* `string_agg` and `any_value` skip NULLs; `any_value` is the first value in the total order.
* `mode` skips NULLs; of equally frequent values it is the one whose first row is earliest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from .ordering import rank

Arguments = Sequence[tuple[Any, ...]]


def present(rows: Arguments) -> list[Any]:
    """The first argument of each row, without NULLs."""
    return [row[0] for row in rows if row[0] is not None]


def count(rows: Arguments) -> int:
    """`count(*)` without an argument, `count(x)` with one."""
    return sum(1 for row in rows if not row or row[0] is not None)


def count_distinct(rows: Arguments) -> int:
    return len({rank(value) for value in present(rows)})


def total(rows: Arguments) -> Any:
    values = present(rows)
    return sum(values) if values else None


def average(rows: Arguments) -> float | None:
    values = present(rows)
    return float(sum(values) / len(values)) if values else None


def smallest(rows: Arguments) -> Any:
    return min(present(rows), key=rank, default=None)


def greatest(rows: Arguments) -> Any:
    return max(present(rows), key=rank, default=None)


def sample_deviation(rows: Arguments) -> float | None:
    """Exact up to the last square root, so that it has no order of summation."""
    values = present(rows)
    if len(values) < 2:
        return None
    if not all(math.isfinite(value) for value in values):
        return math.nan
    exact = [Fraction(value) for value in values]
    mean = sum(exact) / len(exact)
    return math.sqrt(sum((value - mean) ** 2 for value in exact) / (len(exact) - 1))


def all_true(rows: Arguments) -> bool | None:
    values = present(rows)
    return all(values) if values else None


def any_true(rows: Arguments) -> bool | None:
    values = present(rows)
    return any(values) if values else None


def median(rows: Arguments) -> float | None:
    values = sorted(present(rows), key=rank)
    if not values:
        return None
    middle = len(values) // 2
    if len(values) % 2:
        return float(values[middle])
    return float((values[middle - 1] + values[middle]) / 2)


def first(rows: Arguments) -> Any:
    return rows[0][0] if rows else None


def last(rows: Arguments) -> Any:
    return rows[-1][0] if rows else None


def arg_max(rows: Arguments) -> Any:
    best: tuple[Any, ...] | None = None
    for value, key in _complete(rows):
        if best is None or rank(key) >= rank(best[1]):
            best = (value, key)
    return None if best is None else best[0]


def arg_min(rows: Arguments) -> Any:
    best: tuple[Any, ...] | None = None
    for value, key in _complete(rows):
        if best is None or rank(key) <= rank(best[1]):
            best = (value, key)
    return None if best is None else best[0]


def collected(rows: Arguments) -> list[Any] | None:
    return [row[0] for row in rows] or None


def any_value(rows: Arguments) -> Any:
    return next(iter(present(rows)), None)


def mode(rows: Arguments) -> Any:
    """The most frequent value; of equally frequent ones the value whose first row is earlier."""
    values = present(rows)
    ranks = [rank(value) for value in values]
    return max(values, key=lambda value: ranks.count(rank(value)), default=None)


def joined(rows: Arguments, separator: str) -> str | None:
    """`string_agg`: the one aggregate with a setting beside its arguments."""
    values = present(rows)
    return separator.join(values) if values else None


def _complete(rows: Arguments) -> list[tuple[Any, ...]]:
    return [row for row in rows if None not in row]


AGGREGATES: MappingProxyType[str, Callable[[Arguments], Any]] = MappingProxyType(
    {
        "count": count,
        "count_distinct": count_distinct,
        "sum": total,
        "avg": average,
        "min": smallest,
        "max": greatest,
        "stddev_samp": sample_deviation,
        "bool_and": all_true,
        "bool_or": any_true,
        "median": median,
        "first": first,
        "last": last,
        "arg_max": arg_max,
        "arg_min": arg_min,
        "list": collected,
        "any_value": any_value,
        "mode": mode,
    }
)

ORDERED = frozenset({"first", "last", "arg_max", "arg_min", "list", "string_agg", "any_value", "mode"})
ORDER_SENSITIVE = frozenset({"sum", "avg", "stddev_samp"})
