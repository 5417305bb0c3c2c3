"""Window functions of a row pipeline: they may look backward in event time only."""

from __future__ import annotations

from sqlglot import exp

from skewless.contract.names import EVENT_TIME, column, tie
from skewless.dialects.catalog import aggregate_order
from skewless.frontend.faults import Faults
from skewless.frontend.scope import Relation, Scope

_WHOLE_PARTITION = (exp.Ntile, exp.PercentRank, exp.CumeDist)
_ORDER_SENSITIVE = (exp.RowNumber, exp.Lag, exp.FirstValue, exp.LastValue, exp.NthValue)
_LATE_HELP = (
    "a backward window needs rows that become known in the order in which they happen: "
    "declare the source append_only with a constant delay, or use an aggregate view"
)


def bind_windows(
    expression: exp.Expression, scope: Scope, named: dict[str, exp.Window], faults: Faults
) -> None:
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
        raise faults.abandon("unknown-column", window, f"there is no window called '{reference.name}'")
    for key in ("partition_by", "order", "spec"):
        value = definition.args.get(key)
        if value is not None and not window.args.get(key):
            window.set(key, [item.copy() for item in value] if isinstance(value, list) else value.copy())
    window.set("alias", None)
    return window


def _bind(window: exp.Window, scope: Scope, faults: Faults) -> None:
    timed = scope.timed
    if timed is None:
        raise faults.abandon("missing-event-time", window, "a window needs rows with an event time")
    alias, relation = timed
    if relation.timing is None or not relation.timing.is_settled:
        faults.report(
            "late-rows-in-window",
            window,
            "rows of this window can become known late or be replaced, so its past would change afterwards",
            _LATE_HELP,
        )
        return
    _check_frame(window, faults)
    _check_order(window, alias, relation, faults)
    _make_total(window, alias, relation, faults)


def _check_frame(window: exp.Window, faults: Faults) -> None:
    function = _function(window)
    if isinstance(function, exp.Lead):
        faults.report("future-leakage", window, "lead() reads a later row", "lag() reads an earlier one")
    elif isinstance(function, _WHOLE_PARTITION):
        faults.report(
            "future-leakage",
            window,
            f"{function.sql_name().lower()}() depends on the whole partition, which includes later rows",
            "use rank() or a count over an explicit frame",
        )
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
            "future-leakage", first, "in descending order the rows before this one are the later ones", "drop DESC"
        )
    elif not _is_event_time(first.this, alias, relation):
        faults.report(
            "future-leakage",
            first,
            "the window is not ordered by event time, so it would read rows that happen later",
            f"order by {relation.event_time or 'event_time()'} first",
        )


def _make_total(window: exp.Window, alias: str, relation: Relation, faults: Faults) -> None:
    """Appends the tie-break to an order on whose ties the value would depend."""
    order, spec = window.args.get("order"), window.args.get("spec")
    if order is None:
        return
    by_rows = spec is not None and str(spec.args.get("kind") or "").upper() == "ROWS"
    function = _function(window)
    if not (by_rows or isinstance(function, _ORDER_SENSITIVE) or aggregate_order(function) == "ordered"):
        return
    if relation.ties is None:
        faults.report(
            "no-total-order",
            window,
            "rows of equal event time have no order here, so the value would be a coin toss",
            "give the source a primary_key or a tie_break",
        )
        return
    for number in range(1, len(relation.ties) + 1):
        order.append("expressions", exp.Ordered(this=column(tie(number), alias), nulls_first=True))


def _function(window: exp.Window) -> exp.Expression:
    function = window.this
    while isinstance(function, exp.IgnoreNulls | exp.RespectNulls | exp.Filter):
        function = function.this
    return function  # type: ignore[no-any-return]


def _is_event_time(node: exp.Expression, alias: str, relation: Relation) -> bool:
    if not isinstance(node, exp.Column) or node.table != alias:
        return False
    return node.name == EVENT_TIME or node.name == relation.event_time
