"""Frames of windows, written out: engines differ in what a frame is that is not."""

from __future__ import annotations

from sqlglot import exp

from skewless.dialects.lowering.core import Lowering, Unportable
from skewless.dialects.lowering.moments import step
from skewless.ground.dtypes import TIMESTAMP
from skewless.ground.durations import MICROSECONDS

_UNITS = ("day", "hour", "minute", "second", "millisecond", "microsecond")
"""Of a fixed length, the longest first."""


def is_by_interval(window: exp.Expr) -> bool:
    """Whether the frame reaches a length of time from the current row."""
    spec = window.args.get("spec")
    return spec is not None and any(isinstance(spec.args.get(end), exp.Interval) for end in ("start", "end"))


def frame_of(lowering: Lowering, window: exp.Expr) -> exp.WindowSpec | None:
    """The frame; None for the whole partition, which a window without ORDER BY has."""
    spec, order = window.args.get("spec"), window.args.get("order")
    if order is None:
        if spec is not None:
            raise Unportable(window, "a frame of rows without an order is any of them", "write ORDER BY")
        return None
    if spec is None:
        return exp.WindowSpec(kind="RANGE", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW")
    kind = str(spec.args["kind"]).upper()
    if kind not in ("ROWS", "RANGE") or spec.args.get("exclude"):
        raise Unportable(window, "GROUPS and EXCLUDE have no proven meaning there", "write ROWS or RANGE")
    if is_by_interval(window):
        _check_interval(lowering, window)
    start, end = _bound(window, kind, spec.args["start"]), _bound(window, kind, spec.args.get("end") or "CURRENT ROW")
    start, end = _in_one_unit(start, end)
    return exp.WindowSpec(
        kind=kind,
        start=_written(lowering, start),
        start_side=_side(spec.args.get("start_side")),
        end=_written(lowering, end),
        end_side=_side(spec.args.get("end_side")),
    )


def _check_interval(lowering: Lowering, window: exp.Expr) -> None:
    order = window.args["order"].expressions
    dtype = lowering.expression(order[0].this).dtype
    if len(order) != 1 or dtype != TIMESTAMP:
        raise Unportable(
            window, "a frame by a length of time looks along one timestamp",
            "order by the timestamp alone: a date is cast to timestamp",
        )  # fmt: skip


def _bound(window: exp.Expr, kind: str, bound: exp.Expr | str) -> exp.Expr | str:
    """The bound as it is for DuckDB, if it is one that has a proven meaning."""
    if isinstance(bound, str):
        return bound.upper()
    if kind == "RANGE" and isinstance(bound, exp.Interval) and _unit(bound) in _UNITS and bound.this.name.isdigit():
        return bound
    if kind == "ROWS" and bound.is_int:
        return bound
    raise Unportable(
        window, "the bound of this frame has no proven meaning there",
        "write a number of rows, or RANGE with an interval of days, hours, minutes or seconds",
    )  # fmt: skip


def _unit(bound: exp.Interval) -> str:
    unit = bound.args.get("unit")
    return unit.name.lower().rstrip("s") if unit is not None else ""


def _in_one_unit(start: exp.Expr | str, end: exp.Expr | str) -> tuple[exp.Expr | str, exp.Expr | str]:
    """Two intervals in the finer unit of the two: to Spark, hours and minutes are of different types."""
    if not isinstance(start, exp.Interval) or not isinstance(end, exp.Interval):
        return start, end
    finer = max(_unit(start), _unit(end), key=_UNITS.index)
    return _counted(start, finer), _counted(end, finer)


def _counted(length: exp.Interval, unit: str) -> exp.Interval:
    count = int(length.this.name) * MICROSECONDS[_unit(length)] // MICROSECONDS[unit]
    return exp.Interval(this=exp.Literal.string(str(count)), unit=exp.var(unit.upper()))


def _written(lowering: Lowering, bound: exp.Expr | str) -> exp.Expr | str:
    if isinstance(bound, exp.Interval):
        return step(lowering, bound)
    return bound.copy() if isinstance(bound, exp.Expr) else bound


def _side(side: object) -> str | None:
    return str(side).upper() if side else None
