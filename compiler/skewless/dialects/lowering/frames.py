"""Frames of windows, written out: engines differ in what a frame is that is not."""

from __future__ import annotations

from sqlglot import exp

from skewless.dialects.lowering.core import Lowering, Unportable
from skewless.dialects.lowering.moments import step
from skewless.ground.dtypes import TIMESTAMP

_FIXED = frozenset({"DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND"})


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
    return exp.WindowSpec(
        kind=kind,
        start=_bound(lowering, window, kind, spec.args["start"]),
        start_side=_side(spec.args.get("start_side")),
        end=_bound(lowering, window, kind, spec.args.get("end") or "CURRENT ROW"),
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


def _bound(lowering: Lowering, window: exp.Expr, kind: str, bound: exp.Expr | str) -> exp.Expr | str:
    if isinstance(bound, str):
        return bound.upper()
    if kind == "RANGE" and isinstance(bound, exp.Interval) and _is_fixed(bound):
        return step(lowering, bound)
    if kind == "ROWS" and bound.is_int:
        return bound.copy()
    raise Unportable(
        window, "the bound of this frame has no proven meaning there",
        "write a number of rows, or RANGE with an interval of days, hours, minutes or seconds",
    )  # fmt: skip


def _is_fixed(bound: exp.Interval) -> bool:
    unit = bound.args.get("unit")
    return unit is not None and unit.name.upper().rstrip("S") in _FIXED and str(bound.this.name).isdigit()


def _side(side: object) -> str | None:
    return str(side).upper() if side else None
