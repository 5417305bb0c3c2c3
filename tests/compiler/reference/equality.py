"""Turns two answers for one feature into a yes or no, by section 4 'Equality' of the law."""

from __future__ import annotations

import datetime
import math

TOLERANCE = 1e-9
EPOCH = datetime.datetime(1970, 1, 1)


def compare(actual: object, expected: object, ordering_sensitive: bool = False) -> bool:
    """Whether two values are equal: exactly, but for floats of order-sensitive aggregates within 1e-9, relative.

    NaN equals itself. A boolean equals no number. A datetime (what Arrow hands out) equals its UTC microseconds
    (what the oracle computes).
    """
    actual, expected = _plain(actual), _plain(expected)
    if isinstance(actual, list | tuple) and isinstance(expected, list | tuple):
        return len(actual) == len(expected) and all(
            compare(ours, theirs, ordering_sensitive) for ours, theirs in zip(actual, expected, strict=True)
        )
    if isinstance(actual, bool) != isinstance(expected, bool):
        return False
    if isinstance(actual, float) and isinstance(expected, float):
        return _floats_equal(actual, expected, ordering_sensitive)
    return actual == expected


def _floats_equal(actual: float, expected: float, ordering_sensitive: bool) -> bool:
    if math.isnan(actual) or math.isnan(expected):
        return math.isnan(actual) and math.isnan(expected)
    if actual == expected or not ordering_sensitive or math.isinf(actual) or math.isinf(expected):
        return actual == expected
    return abs(actual - expected) <= TOLERANCE * max(1.0, abs(actual), abs(expected))


def _plain(value: object) -> object:
    if not isinstance(value, datetime.datetime):
        return value
    if value.tzinfo is not None:
        value = value.astimezone(datetime.UTC).replace(tzinfo=None)
    return (value - EPOCH) // datetime.timedelta(microseconds=1)
