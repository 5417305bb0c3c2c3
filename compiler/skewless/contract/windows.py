"""Windows as conditions: `event._event_time >= moment._at - length`, written and recognised in one place."""

from __future__ import annotations

from sqlglot import exp

from skewless.contract.clock import interval
from skewless.contract.names import AT, EVENT, EVENT_TIME, MOMENT, column
from skewless.ground.durations import CalendarDurationError, Duration


class FutureWindowError(ValueError):
    """A window that begins at the moment or later."""


def since(length: Duration) -> exp.Expr:
    """`event._event_time >= moment._at - length`: the inclusive tail of a window."""
    return exp.GTE(
        this=column(EVENT_TIME, EVENT), expression=exp.Sub(this=column(AT, MOMENT), expression=interval(length))
    )


def window_length(condition: exp.Expr) -> int | None:
    """How far before T a lower bound on event time reaches, in microseconds; None if it is no such bound.

    Raises CalendarDurationError for months, FutureWindowError for a bound at T or later.
    """
    condition = condition.unnest() if isinstance(condition, exp.Paren) else condition
    if isinstance(condition, exp.Between):
        time, bound = condition.this, condition.args["low"]
    elif isinstance(condition, exp.GTE | exp.GT):
        time, bound = condition.this, condition.expression
    elif isinstance(condition, exp.LTE | exp.LT):
        time, bound = condition.expression, condition.this
    else:
        return None
    return _before_moment(bound.unnest()) if _is(time.unnest(), EVENT, EVENT_TIME) else None


def moment_offset(condition: exp.Expr) -> int | None:
    """Where a comparison of the event time with the moment changes its answer: so many microseconds before T.

    None if the condition is no such comparison.
    """
    condition = condition.unnest() if isinstance(condition, exp.Paren) else condition
    if not isinstance(condition, exp.GTE | exp.GT | exp.LTE | exp.LT):
        return None
    sides = (condition.this.unnest(), condition.expression.unnest())
    for time, bound in (sides, sides[::-1]):
        if _is(time, EVENT, EVENT_TIME):
            return _offset(bound)
    return None


def _offset(bound: exp.Expr) -> int | None:
    if _is(bound, MOMENT, AT):
        return 0
    if not isinstance(bound, exp.Add | exp.Sub) or not _is(bound.this.unnest(), MOMENT, AT):
        return None
    try:
        length = _length(bound.expression.unnest())
    except CalendarDurationError:
        return None
    return None if length is None else length if isinstance(bound, exp.Sub) else -length


def _before_moment(bound: exp.Expr) -> int | None:
    if _is(bound, MOMENT, AT):
        raise FutureWindowError
    if not isinstance(bound, exp.Add | exp.Sub) or not _is(bound.this.unnest(), MOMENT, AT):
        return None
    if (length := _length(bound.expression.unnest())) is None:
        return None
    if isinstance(bound, exp.Add) or length == 0:
        raise FutureWindowError
    return length


def _length(node: exp.Expr) -> int | None:
    if not isinstance(node, exp.Interval) or not isinstance(node.this, exp.Literal):
        return None
    text = f"{node.this.name} {node.args['unit'].name}" if node.args.get("unit") is not None else node.this.name
    try:
        return Duration.parse(text).microseconds
    except CalendarDurationError:
        raise
    except ValueError:
        return None


def _is(node: exp.Expr, relation: str, name: str) -> bool:
    return isinstance(node, exp.Column) and node.table == relation and node.name == name
