"""Refresh: the tick whose values a moment is shown."""

from __future__ import annotations

from sqlglot import exp

from skewless.contract.clock import interval, later
from skewless.contract.ir import Refresh
from skewless.contract.types import cast


def last_tick(refresh: Refresh, moment: exp.Expr) -> exp.Expr:
    """The last tick with `tick + lag < moment`: ticks are multiples of the interval since 1970, plus the offset."""
    epoch = cast(exp.Literal.string("1970-01-01 00:00:00"), "TIMESTAMP")
    origin = later(epoch, refresh.offset.microseconds)
    newest = later(moment, -(refresh.lag.microseconds + 1))
    return exp.Anonymous(this="TIME_BUCKET", expressions=[interval(refresh.interval), newest, origin])


def ticks_from_last(refresh: Refresh, moment: exp.Expr) -> exp.Expr:
    """The last tick and every later one up to the moment: known by then, to be shown once their lag is over."""
    series = [last_tick(refresh, moment), moment.copy(), interval(refresh.interval)]
    return exp.Anonymous(this="UNNEST", expressions=[exp.Anonymous(this="GENERATE_SERIES", expressions=series)])
