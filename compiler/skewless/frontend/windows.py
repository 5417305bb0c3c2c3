"""Window functions of a row pipeline: they may look backward in event time only."""

from __future__ import annotations

from sqlglot import exp

from skewless.contract.names import EVENT_TIME, column, tie
from skewless.dialects.functions import aggregate_order, function_name
from skewless.frontend.faults import Faults
from skewless.frontend.scope import Relation, Scope
from skewless.frontend.trees import called
from skewless.ground.durations import CalendarDurationError, Duration

_WHOLE_PARTITION = frozenset({"ntile", "percent_rank", "cume_dist", "fill"})
_ORDER_SENSITIVE = frozenset({"row_number", "lag", "first_value", "last_value", "nth_value"})
_BACKWARD = _ORDER_SENSITIVE | {"rank", "dense_rank", "rank_dense"}
_LATE_HELP = "declare the source append_only with a constant delay, or use an aggregate view"


def bind_windows(expression: exp.Expr, scope: Scope, named: dict[str, exp.Window], faults: Faults) -> None:
    """Checks every window of a resolved expression, in place, and makes its order total."""
    for window in list(expression.find_all(exp.Window)):
        _bind(_spelled_out(window, named, faults), scope, faults)


def _spelled_out(window: exp.Window, named: dict[str, exp.Window], faults: Faults) -> exp.Window:
    """The window with `OVER name` replaced by what the WINDOW clause says of that name."""
    reference = window.args.get("alias")
    if reference is None:
        return window
    definition = named.get(reference.name.lower())
    if definition is None:
        raise faults.abandon(
            "unknown-column", reference, f"there is no window called '{reference.name}'",
            f"add WINDOW {reference.name} AS (...) after the FROM clause",
        )  # fmt: skip
    window.set("alias", None)
    _spelled_out(definition, named, faults)
    for key in ("partition_by", "order", "spec"):
        value = definition.args.get(key)
        if value is not None and not window.args.get(key):
            window.set(key, [item.copy() for item in value] if isinstance(value, list) else value.copy())
    return window


def _bind(window: exp.Window, scope: Scope, faults: Faults) -> None:
    timed = scope.timed
    if timed is None:
        raise faults.abandon(
            "missing-event-time", window, "a window needs rows with an event time, and static rows have none",
            "compute it where the static source is made, and read it as a column",
        )  # fmt: skip
    alias, relation = timed
    if relation.timing is None or not relation.timing.is_settled:
        faults.report(
            "late-rows-in-window",
            window,
            "rows of this window can become known late or be replaced, so its past would change afterwards",
            _LATE_HELP,
        )
        return
    _check_function(window, faults)
    _check_inner_order(window, faults)
    _check_frame(window, faults)
    _check_order(window, alias, relation, faults)
    _make_total(window, alias, relation, scope, faults)


def _check_function(window: exp.Window, faults: Faults) -> None:
    function = called(window.this)
    name = function_name(function) or ""
    if name == "lead":
        faults.report("future-leakage", window, "lead() reads a later row", "lag() reads an earlier one")
    elif name in _WHOLE_PARTITION:
        faults.report(
            "future-leakage",
            window,
            f"{name}() depends on the whole partition, which includes later rows",
            "use rank() or a count over an explicit frame",
        )
    elif name == "lag" and not _is_count(function.args.get("offset")):
        faults.report(
            "future-leakage",
            window,
            "lag() by an offset that may be negative would read a later row",
            "write the offset as a whole number: lag(x, 2)",
        )
    elif name == "mode":
        faults.report(
            "no-total-order",
            window,
            "of equally frequent values mode() takes the first row's, and a window function is given no order of rows",
            "take mode() with a window in an aggregate view",
        )
    elif name not in _BACKWARD and aggregate_order(function) is None:
        faults.report(
            "unsupported-shape",
            window,
            f"{name}() is not known to look backward only",
            f"use an aggregate, or one of {', '.join(sorted(_BACKWARD))}",
        )


def _check_inner_order(window: exp.Window, faults: Faults) -> None:
    function = called(window.this)
    inner = function.args.get("this")
    if isinstance(inner, exp.Order):
        faults.report(
            "unsupported-shape", inner, "an order inside the function of a window is not supported",
            "a window reads its rows in event time; to order them otherwise, use an ordered aggregate",
        )  # fmt: skip


def _check_frame(window: exp.Window, faults: Faults) -> None:
    spec = window.args.get("spec")
    if spec is None:
        return
    sides = [str(spec.args.get(side) or "").upper() for side in ("start_side", "end_side")]
    if "FOLLOWING" in sides:
        faults.report(
            "future-leakage",
            window,
            "this frame reads rows after the current one",
            "end the frame at CURRENT ROW or at ... PRECEDING",
        )
    elif calendar := next((error for side in ("start", "end") if (error := _calendar(spec.args.get(side)))), None):
        faults.report(
            "calendar-window",
            window,
            "the length of a month, quarter or year changes, so a frame cannot have it",
            f"write INTERVAL '{calendar.suggestion}'",
        )
    elif not all(_is_length(spec.args.get(side)) for side in ("start", "end")):
        faults.report(
            "future-leakage",
            window,
            "a negative number of rows PRECEDING would be rows after the current one",
            "write a whole number or an interval, such as 3 or INTERVAL '1 hour'",
        )


def _check_order(window: exp.Window, alias: str, relation: Relation, faults: Faults) -> None:
    order = window.args.get("order")
    keys = order.expressions if order is not None else []
    if not keys:
        faults.report(
            "future-leakage",
            window,
            "a window without ORDER BY reads its whole partition, which includes later rows",
            f"write ORDER BY {relation.event_time or 'event_time()'} in the window",
        )
        return
    first = keys[0]
    if first.args.get("desc"):
        faults.report(
            "future-leakage",
            first,
            "in descending order the rows before this one are the later ones",
            "drop DESC; to have the newest row of an entity, write a latest view, which takes it by itself",
        )
    elif not _is_event_time(first.this, alias, relation):
        faults.report(
            "future-leakage",
            first,
            "the window is not ordered by event time, so it would read rows that happen later",
            f"order by {relation.event_time or 'event_time()'} first",
        )


def _make_total(window: exp.Window, alias: str, relation: Relation, scope: Scope, faults: Faults) -> None:
    """Appends the tie-break to an order on whose ties the value would depend."""
    order, kind = window.args.get("order"), _frame_kind(window)
    function = called(window.this)
    sensitive = function_name(function) in _ORDER_SENSITIVE or aggregate_order(function) == "ordered"
    if order is None or not (sensitive or kind == "ROWS"):
        return
    if scope.ties is None:
        faults.report(
            "no-total-order",
            window,
            "rows of equal event time have no order here, so the value would be a coin toss",
            scope.order_help,
        )
    elif kind in ("RANGE", "GROUPS"):
        faults.report(
            "no-total-order",
            window,
            f"in a {kind} frame, rows of equal event time have no order, so the value would be a coin toss",
            "write the frame in ROWS, or take first() and last() with a window in an aggregate view",
        )
    else:
        for number in range(1, len(relation.ties or ()) + 1):
            order.append("expressions", exp.Ordered(this=column(tie(number), alias), nulls_first=True))


def _frame_kind(window: exp.Window) -> str:
    """ROWS, RANGE or GROUPS where the frame counts in them; empty when it is one of the frames up to the row."""
    spec = window.args.get("spec")
    if spec is None:
        return ""
    kind = str(spec.args.get("kind") or "").upper()
    counts = any(isinstance(spec.args.get(side), exp.Expr) for side in ("start", "end"))
    return kind if counts or kind == "ROWS" else ""


def _is_count(offset: exp.Expr | None) -> bool:
    return offset is None or (isinstance(offset, exp.Literal) and offset.is_int)


def _is_length(bound: exp.Expr | str | None) -> bool:
    """Whether a frame's bound is a constant that is zero or more; words such as UNBOUNDED are text."""
    if bound is None or isinstance(bound, str):
        return True
    value = bound.this if isinstance(bound, exp.Interval) else bound
    return isinstance(value, exp.Literal) and "-" not in value.name


def _calendar(bound: exp.Expr | str | None) -> CalendarDurationError | None:
    if isinstance(bound, exp.Interval):
        try:
            Duration.parse(f"{bound.this.name} {bound.unit.name}" if bound.unit is not None else bound.this.name)
        except CalendarDurationError as error:
            return error
        except ValueError:
            return None
    return None


def _is_event_time(node: exp.Expr, alias: str, relation: Relation) -> bool:
    if not isinstance(node, exp.Column) or node.table != alias:
        return False
    return node.name in (EVENT_TIME, relation.event_time)
