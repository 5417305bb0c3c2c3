"""Turns a value into a sort key: NULL below everything, NaN above everything, strings by code point."""

from __future__ import annotations

import math
from collections.abc import Iterable

Rank = tuple[int, object]


def rank(value: object) -> Rank:
    """A key that compares values of one column.

    Python compares strings by code point, which is the binary order of UTF-8.
    """
    if value is None:
        return (0, 0)
    if isinstance(value, float) and math.isnan(value):
        return (2, 0)
    return (1, value)


def ranks(values: Iterable[object]) -> tuple[Rank, ...]:
    """`rank`, for a tuple of values."""
    return tuple(rank(value) for value in values)
