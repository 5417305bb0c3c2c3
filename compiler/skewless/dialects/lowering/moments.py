"""Intervals, and arithmetic with them."""

from __future__ import annotations

from sqlglot import exp

from skewless.dialects.lowering.core import Lowering, Typed, Unportable
from skewless.ground.dtypes import INTERVAL


def interval(lowering: Lowering, node: exp.Expr) -> Typed:
    if not isinstance(node.this, exp.Literal) or node.args.get("unit") is None:
        raise Unportable(
            node, "an interval of a computed length has no proven meaning there",
            "write an interval of one number and one unit: interval '5' minute",
        )  # fmt: skip
    return Typed(lowering.target.interval(node), INTERVAL)  # type: ignore[arg-type]
