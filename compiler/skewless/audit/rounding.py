"""Whether two values are one, but for its type or its last digits."""

from __future__ import annotations

import datetime as dt
import math
import struct
from decimal import Decimal
from typing import Any

_DIGITS = 6
"""Significant digits in which two numbers agree that are the same but for rounding."""


def is_rounded(one: Any, other: Any, digits: int = 2) -> bool:
    """Numbers that agree in six significant digits, in 32 bits, or when one is the other rounded to so many digits
    after the point or more; moments that agree to the second; texts that agree but for capitals and blanks around
    them."""
    if one is None or other is None:
        return False
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(
            a == b or is_rounded(a, b, digits) for a, b in zip(one, other, strict=True)
        )
    if isinstance(one, str) and isinstance(other, str):
        return one.strip().casefold() == other.strip().casefold()
    if isinstance(one, dt.date) and isinstance(other, dt.date):
        return _moment(one).replace(microsecond=0) == _moment(other).replace(microsecond=0)
    left, right = _number(one), _number(other)
    return left is not None and right is not None and _agree(left, right, digits)


def _agree(one: float, other: float, least: int) -> bool:
    if one == other:
        return True
    if not (math.isfinite(one) and math.isfinite(other)):
        return False
    if _narrow(one) == _narrow(other) or math.isclose(one, other, rel_tol=10.0**-_DIGITS):
        return True
    return any(
        rounded == round(rounded, digits) and abs(rounded - exact) <= 0.5 * 10.0**-digits
        for digits in range(least, _DIGITS)
        for rounded, exact in ((one, other), (other, one))
    )


def _narrow(number: float) -> float | None:
    try:
        found: float = struct.unpack("<f", struct.pack("<f", number))[0]
    except OverflowError:
        return None
    return found


def _number(value: Any) -> float | None:
    """A text may be a number that was logged in another type."""
    try:
        return float(value) if isinstance(value, bool | int | float | Decimal | str) else None
    except (ValueError, OverflowError):
        return None


def _moment(value: dt.date) -> dt.datetime:
    return value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
