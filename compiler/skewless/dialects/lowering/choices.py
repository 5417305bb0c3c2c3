"""CASE, NULLIF, BETWEEN and IN."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from skewless.dialects.lowering.core import Lowering, Typed, Unportable
from skewless.dialects.lowering.templates import operand
from skewless.dialects.promotion import unified
from skewless.ground.dtypes import BOOLEAN, NULL, VARCHAR, DataType


def case(lowering: Lowering, node: exp.Expr) -> Typed:
    branches = node.args["ifs"] if isinstance(node, exp.Case) else [node]
    subject = node.this if isinstance(node, exp.Case) else None
    conditions = [_condition(lowering, branch, subject) for branch in branches]
    values = [lowering.expression(branch.args["true"]) for branch in branches]
    default = node.args.get("default" if isinstance(node, exp.Case) else "false")
    values.append(lowering.expression(default) if default is not None else Typed(exp.Null(), NULL))
    dtype = _together(node, values)
    *chosen, otherwise = [lowering.coerced(node, value, dtype).tree for value in values]
    ifs = [exp.If(this=when, true=then) for when, then in zip(conditions, chosen, strict=True)]
    tree = exp.Case(ifs=ifs, default=None if default is None else otherwise)
    return Typed(tree, dtype, any(value.is_rounded for value in values))


def _condition(lowering: Lowering, branch: exp.Expr, subject: exp.Expr | None) -> exp.Expr:
    condition = branch.this if subject is None else exp.EQ(this=subject.copy(), expression=branch.this.copy())
    found = lowering.expression(condition)
    return found.tree if subject is not None else lowering.coerced(branch, found, BOOLEAN).tree


def _together(node: exp.Expr, values: Sequence[Typed]) -> DataType:
    """The one type of several values."""
    dtype = unified(value.dtype or NULL for value in values if not value.is_text)
    if any(value.is_text for value in values) and (dtype is None or dtype == NULL):
        return VARCHAR
    if dtype is None:
        kinds = ", ".join(str(value.dtype) for value in values)
        raise Unportable(node, f"its values are of types that engines mix differently: {kinds}", "cast them to one")
    return dtype


def divided(lowering: Lowering, node: exp.Expr) -> Typed:
    """`a / b`, which is NULL by 0, and so `a / nullif(b, 0)` too."""
    divisor = node.expression.unnest()
    is_guarded = isinstance(divisor, exp.Nullif) and isinstance(divisor.expression, exp.Literal)
    if is_guarded and not divisor.expression.is_string and float(divisor.expression.name) == 0:
        divisor = divisor.this
    else:
        divisor = node.expression
    return lowering.applied(node, "/", [lowering.expression(node.this), lowering.expression(divisor)])


def nullif(lowering: Lowering, node: exp.Expr) -> Typed:
    value = lowering.expression(node.this)
    if value.is_rounded:
        raise Unportable(
            node, "the last digits of this value depend on the engine, and so would whether it is the other one",
            "to divide by it, write a / b, which is NULL where b is 0; else take a value that is exact everywhere",
        )  # fmt: skip
    same = lowering.applied(node, "=", [value, lowering.expression(node.expression)])
    tree = exp.Case(ifs=[exp.If(this=same.tree, true=exp.Null())], default=value.tree.copy())
    return Typed(tree, value.dtype)


def between(lowering: Lowering, node: exp.Expr) -> Typed:
    low = exp.GTE(this=node.this.copy(), expression=node.args["low"].copy())
    high = exp.LTE(this=node.this.copy(), expression=node.args["high"].copy())
    return lowering.expression(exp.and_(low, high))


def within(lowering: Lowering, node: exp.Expr) -> Typed:
    """`x IN (a, b)` or `x IN (SELECT ...)`."""
    if (query := node.args.get("query")) is not None:
        return _in_query(lowering, node, query)
    if not node.expressions:
        raise Unportable(node, "IN of a list has no proven meaning there", "list the values")
    items = [lowering.expression(item) for item in (node.this, *node.expressions)]
    if any(item.is_rounded for item in items):
        lowering.applied(node, "=", items[:2])  # says why
    dtype = _together(node, items)
    for item in items[1:]:
        lowering.applied(node, "=", [items[0], item])
    value, *choices = [lowering.key(node, lowering.coerced(node, item, dtype)) for item in items]
    return Typed(exp.In(this=operand(value), expressions=choices), BOOLEAN)


def _in_query(lowering: Lowering, node: exp.Expr, query: exp.Expr) -> Typed:
    value, found = lowering.expression(node.this), lowering.expression(query)
    if value.dtype != found.dtype:
        raise Unportable(
            node, f"{value.dtype} is looked for among {found.dtype}, and engines mix types differently",
            "cast both to one type",
        )  # fmt: skip
    lowering.applied(node, "=", [value, found])  # says what cannot be compared
    if lowering.key(node, value) != value.tree:
        raise Unportable(node, f"{value.dtype} is not looked up by itself there", "join the relation instead")
    return Typed(exp.In(this=operand(value.tree), query=found.tree), BOOLEAN)
