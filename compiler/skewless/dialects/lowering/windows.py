"""Window functions: partitions, orders and frames, all written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from skewless.dialects.calls import Call, call_of
from skewless.dialects.catalogue.windows import FRAMED, IGNORING_NULLS, UNFRAMED, VALUES, Frame
from skewless.dialects.lowering.aggregates import check_exact, sorted_by
from skewless.dialects.lowering.core import Lowering, Typed, Unportable
from skewless.dialects.lowering.filters import aggregate_calls, only_where, replaced_calls
from skewless.dialects.lowering.frames import frame_of, is_by_interval
from skewless.ground.dtypes import BOOLEAN


@dataclass(frozen=True, slots=True)
class _Function:
    """`name(arguments IGNORE NULLS) FILTER (WHERE condition)`."""

    node: exp.Expr
    name: str
    arguments: Sequence[exp.Expr]
    condition: exp.Expr | None
    ignores_nulls: bool


def windowed(lowering: Lowering, node: exp.Expr, windows: Mapping[str, exp.Expr]) -> Typed:
    """A function over a window, which may be one of the WINDOW clause."""
    function = _function(node.this)
    window = _written(node, windows)
    _check(lowering, function, window)
    value = lowering.applied(function.node, function.name, [lowering.expression(one) for one in function.arguments])
    _check_default(lowering, function, value)
    tree = value.tree
    if function.condition is not None:
        condition = lowering.coerced(node, lowering.expression(function.condition), BOOLEAN)
        tree = only_where(tree, condition.tree)
    is_framed = function.name not in UNFRAMED
    if node.alias and is_framed and lowering.target.has_window_clause:
        over = exp.Window(alias=node.args["alias"].copy())
    else:
        over = exp.Window(**_parts(lowering, window, is_framed=is_framed))
    return replace(value, tree=_over(tree, over, ignores_nulls=function.ignores_nulls))


def named_window(lowering: Lowering, node: exp.Expr) -> exp.Expr:
    """An entry of the WINDOW clause."""
    return exp.Window(this=node.this.copy(), **_parts(lowering, node, is_framed=True))


def _function(node: exp.Expr) -> _Function:
    condition, ignores_nulls, inner = None, False, node
    while isinstance(inner, exp.Filter | exp.IgnoreNulls | exp.RespectNulls):
        if isinstance(inner, exp.Filter):
            condition = inner.expression.this
        ignores_nulls = ignores_nulls or isinstance(inner, exp.IgnoreNulls)
        inner = inner.this
    call = call_of(inner) or Call(inner.key, ())
    arguments = [argument for argument in call.arguments if not isinstance(argument, exp.Star)]
    if any(isinstance(argument, exp.Distinct | exp.Order) for argument in arguments):
        raise Unportable(node, f"DISTINCT and ORDER BY within {call.name}() have no proven meaning in a window",
                         "aggregate in a view of its own")  # fmt: skip
    return _Function(inner, call.name, arguments, condition, ignores_nulls and not isinstance(inner, exp.AnyValue))


def _written(node: exp.Expr, windows: Mapping[str, exp.Expr]) -> exp.Expr:
    """The window itself where `node` names one."""
    if not node.alias:
        return node
    if any(node.args.get(part) for part in ("partition_by", "order", "spec")):
        raise Unportable(node, "a window that extends another has no proven meaning there", "write the window out")
    return windows[node.alias.lower()]


def _check(lowering: Lowering, function: _Function, window: exp.Expr) -> None:
    """Raises Unportable if the function cannot be used over this window."""
    name, is_place = function.name, function.name in UNFRAMED | VALUES
    if is_place and not window.args.get("order"):
        raise Unportable(window, f"{name}() depends on the order of rows", "write ORDER BY into the window")
    if is_place and name != "list" and function.condition is not None:
        raise Unportable(window, f"FILTER of {name}() has no proven meaning there", f"write {name}() of a CASE")
    if function.ignores_nulls and name not in IGNORING_NULLS:
        raise Unportable(window, f"IGNORE NULLS of {name}() has no proven meaning there", "leave it out")
    kind: Frame = "range" if is_by_interval(window) else "rows"
    framed = FRAMED.get(lowering.target.engine, {}).get(kind, frozenset())
    if name not in UNFRAMED | framed:
        raise Unportable(
            function.node, f"{name}() over a frame has no proven meaning there",
            f"portable in frames: {', '.join(sorted(framed))}" if framed else "compute it upstream",
        )  # fmt: skip


def _check_default(lowering: Lowering, function: _Function, value: Typed) -> None:
    """DuckDB casts the default of `lag` to the type of the value, whatever is lost."""
    if function.name in ("lag", "lead") and lowering.expression(function.arguments[0]).dtype != value.dtype:
        raise Unportable(function.node, f"the default of {function.name} is of another type than its value",
                         "cast it to that type")  # fmt: skip


def _parts(lowering: Lowering, window: exp.Expr, *, is_framed: bool) -> dict[str, object]:
    """What stands in the brackets after OVER."""
    keys = [(part, lowering.expression(part)) for part in window.args.get("partition_by") or []]
    for part, key in keys:
        check_exact(part, key, "the rows of the window")
    order = window.args.get("order")
    items = [sorted_by(lowering, item) for item in order.expressions] if order is not None else []
    frame = frame_of(lowering, window) if is_framed else None
    return {
        "partition_by": [lowering.key(part, key) for part, key in keys],
        "order": exp.Order(expressions=items) if items else None,
        "spec": frame,
    }


def _over(tree: exp.Expr, window: exp.Window, *, ignores_nulls: bool) -> exp.Expr:
    """The tree with OVER after each call of a function that reads the window."""
    replacements = []
    for call in aggregate_calls(tree):
        whole = call.parent if isinstance(call.parent, exp.IgnoreNulls) else call
        function = exp.IgnoreNulls(this=whole.copy()) if ignores_nulls else whole.copy()
        over = window.copy()
        over.set("this", function)
        replacements.append((whole, over))
    return replaced_calls(tree, replacements)
