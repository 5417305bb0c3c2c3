"""Values of a type that have been trouble before, plain ones first: Hypothesis shrinks towards those."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from skewless.ground.dtypes import DataType
from skewless.ground.moments import moment_of
from skewless.stores.keys import DIGITS
from skewless.verify.trials.terms import Terms

_TEXTS = (
    "a", "b", "", "A", "a ", "é", "e\u0301", "ß", "日本", "\ufb00", "\U0001d11e", "👩\u200d👧", "'", '"', "\\", "null",
    "NULL", "0", "nan", "%", "_", "a\nb", "\u200b", "\u202e", "x" * 300,
)  # fmt: skip
_LINKED = ("a", "a", "b", "a", "b", "a", "a", "", "é", "e\u0301", "A")
_WHOLE = (1, 0, 2, -1, 3, 7, 1000)
_FLOATS = (1.0, 0.0, 2.5, -1.5, 0.125, -0.0, 1024.25)
_NO_NUMBERS = (math.nan, math.inf, -math.inf)
_EXTREMES = (5e-324, 1.7976931348623157e308, 0.1, 2.0**53 + 2)
_EVENTS = 40
_PLAIN = 2
"""How often the values come that can be expected; others come once."""


def pool(dtype: DataType, terms: Terms, *, linked: bool = False) -> tuple[Any, ...]:
    """Values of a type to draw from, NULL last. Of `linked` columns there are few, so that rows meet."""
    if dtype.element is not None:
        own = list(pool(dtype.element, terms)[:6])
        return ([own[0]], [], own[:2], [own[0], None], own[::-1], None)
    found = _POOLS[dtype.kind](dtype, terms, linked)
    return (*found, None)


def identities(dtype: DataType, terms: Terms) -> tuple[Any, ...]:
    """Values of a key that says which event a row is of: many, and the less usual ones last."""
    if dtype.kind in ("INTEGER", "BIGINT"):
        return (*range(1, _EVENTS), 0, -1, -(2**31), None)
    if dtype.kind == "VARCHAR":
        return (*map(chr, range(ord("a"), ord("z"))), *_TEXTS, None)
    return pool(dtype, terms)


def _texts(_: DataType, terms: Terms, linked: bool) -> Sequence[Any]:
    if linked:
        return (*_LINKED, *terms.texts[:8])
    near = [changed for text in terms.texts for changed in (text.upper(), f"{text} ", text[:-1])]
    return (*terms.texts * _PLAIN, *_TEXTS, *terms.texts * _PLAIN, *near)


def _whole(dtype: DataType, terms: Terms, linked: bool) -> Sequence[Any]:
    limit = 2 ** (31 if dtype.kind == "INTEGER" else 63)
    if linked:
        return (1, 1, 2, 1, 2, 1, 1, 3, 0, -1)
    near = {int(number) + beside for number in terms.numbers for beside in (-1, 0, 1)}
    fitting = sorted(value for value in near if -limit <= value < limit)
    return (*_WHOLE * _PLAIN, *fitting, limit - 1, -limit)


def _floats(dtype: DataType, terms: Terms, linked: bool) -> Sequence[Any]:
    """Where sums are made, numbers whose sums are exact in any order."""
    numbers = [float(number) for number in terms.numbers]
    if linked:
        return (1.0, 2.0, 1.0, -0.0, 0.0, math.nan)
    near = [] if terms.adds else [math.nextafter(number, to) for number in numbers for to in (-math.inf, math.inf)]
    exact = [number for number in numbers if not terms.adds or number * 1024 == int(number * 1024)]
    beside = [number + step for number in exact for step in (-0.125, 0.125)]
    rest = () if terms.adds else _EXTREMES
    values = (*_FLOATS * _PLAIN, *exact, *beside, *near, *rest, *_NO_NUMBERS * _PLAIN)
    return [_single(value) for value in values] if dtype.kind == "FLOAT" else values


def _single(value: float) -> float:
    import struct

    return float(struct.unpack("<f", struct.pack("<f", value))[0]) if abs(value) < 3e38 else math.inf


def _decimals(dtype: DataType, terms: Terms, linked: bool) -> Sequence[Any]:
    unit = Decimal(1).scaleb(-dtype.scale)
    largest = DIGITS.subtract(DIGITS.scaleb(Decimal(1), dtype.precision - dtype.scale), unit)
    near = [number + beside for number in terms.numbers for beside in (-unit, Decimal(0), unit)]
    values = [Decimal(1), Decimal(2), Decimal(0), unit, -unit, Decimal("2.675"), Decimal("0.125"), *near]
    fitting = [DIGITS.quantize(value, unit) for value in values if abs(value) <= largest]
    return fitting[:3] if linked else (*fitting, *fitting[:4], largest, -largest)


def _moments(_: DataType, terms: Terms, linked: bool) -> Sequence[Any]:  # noqa: ARG001
    return [moment_of(at) for at in INSTANTS]


def _dates(_: DataType, terms: Terms, linked: bool) -> Sequence[Any]:  # noqa: ARG001
    return [moment_of(at).date() for at in INSTANTS]


def _instant(text: str) -> int:
    return round((dt.datetime.fromisoformat(text) - dt.datetime(1970, 1, 1)) / dt.timedelta(microseconds=1))


INSTANTS = tuple(
    map(
        _instant,
        (
            "2026-06-12 10:00:00",
            "2026-06-12 00:00:00",
            "2026-03-29 01:00:00",  # clocks in Europe go forward, and in October back
            "2025-10-26 01:00:00",
            "2026-03-08 07:00:00",  # in New York
            "2025-11-02 06:00:00",
            "2024-02-29 12:00:00",
            "2024-03-01 00:00:00",
            "2025-12-31 23:59:59.999999",
            "2000-02-29 00:00:00",
            "1970-01-01 00:00:00",
            "1969-12-31 23:59:59.999999",
        ),
    )
)
"""Moments to draw, in microseconds since 1970: an ordinary one first."""
_POOLS = {
    "BOOLEAN": lambda *_: (True, False),
    "INTEGER": _whole,
    "BIGINT": _whole,
    "FLOAT": _floats,
    "DOUBLE": _floats,
    "DECIMAL": _decimals,
    "VARCHAR": _texts,
    "DATE": _dates,
    "TIMESTAMP": _moments,
}
