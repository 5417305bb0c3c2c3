"""Window functions: partitions, orders and frames."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from skewless.dialects.lowering.aggregates import sorted_by
from skewless.dialects.lowering.core import Lowering, Typed, Unportable


def windowed(lowering: Lowering, node: exp.Expr) -> Typed:
    if (reason := lowering.target.framed(node)) is not None:
        raise Unportable(node, reason, "compute it upstream")
    value = lowering.expression(node.this)
    window = node.copy()
    window.set("this", value.tree)
    _set_window(lowering, window, node)
    return replace(value, tree=window)


def named_window(lowering: Lowering, node: exp.Expr) -> exp.Expr:
    """An entry of the WINDOW clause."""
    window = node.copy()
    _set_window(lowering, window, node)
    return window


def _set_window(lowering: Lowering, window: exp.Expr, node: exp.Expr) -> None:
    window.set(
        "partition_by", [lowering.key(part, lowering.expression(part)) for part in node.args.get("partition_by") or []]
    )
    if (order := node.args.get("order")) is not None:
        window.set("order", exp.Order(expressions=[sorted_by(lowering, item) for item in order.expressions]))
