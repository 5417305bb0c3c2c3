"""Moments and lengths of time as SQL trees."""

from __future__ import annotations

from sqlglot import exp

from skewless.ground.durations import MICROSECONDS, Duration

_UNITS = ("day", "hour", "minute", "second", "millisecond", "microsecond")


def interval(length: Duration) -> exp.Interval:
    """`INTERVAL '90' MINUTE`: one number and one unit, which every engine reads alike."""
    unit = next(unit for unit in _UNITS if length.microseconds % MICROSECONDS[unit] == 0)
    count = length.microseconds // MICROSECONDS[unit]
    return exp.Interval(this=exp.Literal.string(str(count)), unit=exp.var(unit.upper()))


def later(moment: exp.Expr, microseconds: int) -> exp.Expr:
    """The moment moved by a fixed length, to earlier when negative; itself when zero."""
    if microseconds == 0:
        return moment
    kind = exp.Add if microseconds > 0 else exp.Sub
    return kind(this=moment, expression=interval(Duration(abs(microseconds))))


def tick(inclusive: bool) -> int:
    """How many microseconds after a row's own time it is first visible: `<` at T means `<=` one microsecond later."""
    return 0 if inclusive else 1
