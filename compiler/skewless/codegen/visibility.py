"""The visibility rule (semantics, section 2) as conditions on T. Every read of rows takes its condition from here."""

from __future__ import annotations

from sqlglot import exp

from skewless.contract.clock import interval, later, tick
from skewless.contract.ir import Timing
from skewless.contract.names import AT, EVENT, EVENT_TIME, KNOWN_FROM, MOMENT, SINCE, VISIBLE_FROM, VISIBLE_TO, column
from skewless.ground.durations import Duration


def visible(timing: Timing, moment: str = MOMENT) -> exp.Expr:
    """Whether an `event` row is known, current and happened at the moment."""
    at = column(AT, moment)
    if timing.is_settled:
        return _settled(timing, at)
    since = exp.LTE(this=column(VISIBLE_FROM, EVENT), expression=at)
    return exp.and_(since, _not_replaced(at.copy())) if timing.has_versions else since


def known(timing: Timing, moment: str = MOMENT) -> exp.Expr:
    """Whether an `event` row is known and current at the moment, happened or not."""
    at = column(AT, moment)
    if timing.is_settled:
        return _settled(timing, at)
    since = exp.LTE(this=column(KNOWN_FROM, EVENT), expression=at)
    return exp.and_(since, _not_replaced(at.copy())) if timing.has_versions else since


def known_from(timing: Timing) -> exp.Expr:
    """The first T at which an `event` row is known."""
    if timing.is_settled:
        return later(column(EVENT_TIME, EVENT), timing.behind)
    return column(KNOWN_FROM, EVENT)


def changed(timing: Timing, moment: str = MOMENT) -> exp.Expr:
    """Whether an `event` row became known, or was replaced, after the moment's `_since` and until the moment."""
    times = [known_from(timing), *([column(VISIBLE_TO, EVENT)] if timing.has_versions else [])]
    return exp.or_(*(_between(time, moment) for time in times))


def _between(time: exp.Expr, moment: str) -> exp.Expr:
    return exp.and_(
        exp.GT(this=time, expression=column(SINCE, moment)), exp.LTE(this=time.copy(), expression=column(AT, moment))
    )


def visible_from(timing: Timing) -> exp.Expr:
    """The first T at which an `event` row is visible."""
    if timing.is_settled:
        return later(column(EVENT_TIME, EVENT), timing.behind)
    return column(VISIBLE_FROM, EVENT)


def within(length: Duration, moment: str = MOMENT) -> exp.Expr:
    """Whether an `event` row is young enough at the moment: the inclusive tail of `[T - length, T)`."""
    return exp.GTE(
        this=column(EVENT_TIME, EVENT), expression=exp.Sub(this=column(AT, moment), expression=interval(length))
    )


def _settled(timing: Timing, at: exp.Expr) -> exp.Expr:
    """Settled rows are known in the order in which they happen: one comparison of event time says it."""
    delay = timing.behind - tick(timing.inclusive)
    kind = exp.LTE if timing.inclusive else exp.LT
    return kind(this=column(EVENT_TIME, EVENT), expression=later(at, -delay))


def _not_replaced(at: exp.Expr) -> exp.Expr:
    until = column(VISIBLE_TO, EVENT)
    return exp.paren(
        exp.or_(exp.Is(this=until, expression=exp.Null()), exp.GT(this=until.copy(), expression=at)), copy=False
    )
