"""The clauses of a SELECT besides its list and its relations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlglot import exp

from skewless.dialects.lowering.aggregates import check_exact, sorted_by
from skewless.dialects.lowering.core import Lowering, Typed, Unportable
from skewless.dialects.lowering.windows import named_window


def _wrapped(lowering: Lowering, node: exp.Expr) -> exp.Expr:
    return type(node)(this=lowering.expression(node.this).tree)


def _group(lowering: Lowering, node: exp.Expr) -> exp.Expr:
    if any(value for key, value in node.args.items() if key != "expressions"):
        raise Unportable(node, "engines group by more than a list of values differently", "write GROUP BY a, b")
    for item in node.expressions:
        if isinstance(item, exp.Literal):
            raise Unportable(item, "GROUP BY of a position has no proven meaning there", "group by the value itself")
    items = [(item, lowering.expression(item)) for item in node.expressions]
    for item, value in items:
        check_alike(lowering, item, value, "which rows make a group")
    return exp.Group(expressions=[value.tree for _, value in items])


def check_alike(lowering: Lowering, node: exp.Expr, value: Typed, what: str) -> None:
    """Raises Unportable if rows with equal values may not be found equal."""
    check_exact(node, value, what)
    if lowering.key(node, value) != value.tree:
        raise Unportable(
            node, f"rows are not grouped by a {value.dtype} there as they are on DuckDB",
            "group by a whole number, a decimal, a text or a moment",
        )  # fmt: skip


def _distinct(_: Lowering, node: exp.Expr) -> exp.Expr:
    if node.args.get("on"):
        raise Unportable(node, "DISTINCT ON has no proven meaning there", "keep one row with ROW_NUMBER() and QUALIFY")
    return exp.Distinct()


def _windows(lowering: Lowering, windows: list[exp.Expr]) -> list[exp.Expr]:
    return [named_window(lowering, window) for window in windows] if lowering.target.has_window_clause else []


def _counted(_: Lowering, node: exp.Expr) -> exp.Expr:
    """LIMIT and OFFSET."""
    if not isinstance(node, exp.Limit | exp.Offset) or not isinstance(node.expression, exp.Literal):
        raise Unportable(node, "a number of rows that is computed has no proven meaning there", "write the number out")
    return node.copy()


CLAUSES: Mapping[str, Callable[..., object]] = {
    "where": _wrapped,
    "group": _group,
    "having": _wrapped,
    "qualify": _wrapped,
    "windows": _windows,
    "distinct": _distinct,
    "limit": _counted,
    "offset": _counted,
}
"""By key of the SELECT."""


def order_of(lowering: Lowering, node: exp.Expr, outputs: Mapping[str, exp.Expr]) -> exp.Expr:
    """ORDER BY, in which a name is that of an output first; `outputs` are the items of the SELECT list."""
    for item in node.expressions:
        _check_names(item, outputs)
    return exp.Order(expressions=[sorted_by(lowering, item) for item in node.expressions])


def _check_names(item: exp.Expr, outputs: Mapping[str, exp.Expr]) -> None:
    """Raises Unportable for a name in an expression that may be an output or a column."""
    if isinstance(item.this, exp.Literal):
        raise Unportable(item, "ORDER BY of a position has no proven meaning there", "order by the value itself")
    if isinstance(item.this, exp.Column):
        return
    for node in item.find_all(exp.Column):
        output = None if node.table else outputs.get(node.name.lower())
        if output is not None and not (isinstance(output, exp.Column) and output.name.lower() == node.name.lower()):
            raise Unportable(item, f"'{node.name}' may be an output or a column in this ORDER BY",
                             "order by the output alone, or give it a name of its own")  # fmt: skip


def outputs_of(items: Sequence[exp.Expr]) -> dict[str, exp.Expr]:
    """What stands behind each name of a SELECT list."""
    return {item.alias_or_name.lower(): item.unalias() for item in items if item.alias_or_name}
