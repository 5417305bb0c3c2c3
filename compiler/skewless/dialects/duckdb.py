"""DuckDB: the reference engine, with the few places where the semantics are stricter than it is (section 4)."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from skewless.contract.types import cast
from skewless.dialects.catalogue.time.units import UNITS
from skewless.dialects.functions import SHUFFLED


def divide(node: exp.Div) -> exp.Expr:
    """`a / b` is a DOUBLE, and NULL when b is 0."""
    if isinstance(node.this, exp.Interval):
        return node
    return exp.Div(this=cast(node.this, "DOUBLE"), expression=_not_zero(node.expression), typed=False, safe=False)


def divide_integers(node: exp.IntDiv) -> exp.Expr:
    """`a // b` truncates toward zero for every type (DuckDB only does for integers), and is NULL when b is 0."""
    quotient = exp.IntDiv(this=node.this, expression=_not_zero(node.expression))
    return exp.Anonymous(this="TRUNC", expressions=[quotient])


def spell_by_name(node: exp.Anonymous) -> exp.Expr:
    """`divide(a, b)` is another spelling of `a // b`; an order that looks random is DuckDB's hash."""
    name = str(node.this).lower()
    if name == SHUFFLED:
        return exp.Anonymous(this="HASH", expressions=node.expressions)
    if name != "divide" or len(node.expressions) != 2:
        return node
    return divide_integers(exp.IntDiv(this=node.expressions[0], expression=node.expressions[1]))


def remainder(node: exp.Mod) -> exp.Expr:
    """`a % b` is NULL when b is 0."""
    return exp.Mod(this=node.this, expression=_not_zero(node.expression))


def logarithm(node: exp.Ln | exp.Log) -> exp.Expr:
    """`ln`, `log` of what has no logarithm is NULL. sqlglot reads log2 and log10 as `log(base, x)`."""
    if isinstance(node, exp.Ln) or node.args.get("expression") is None:
        return _where(_positive(node.this), node)
    base, value = node.this, node.expression
    if isinstance(base, exp.Literal) and base.name in ("2", "10"):
        function = exp.Anonymous(this=f"LOG{base.name}", expressions=[value])
        return _where(_positive(value), function)
    usable_base = exp.and_(_positive(base), exp.NEQ(this=base.copy(), expression=exp.Literal.number(1)))
    return _where(exp.and_(_positive(value), usable_base), node)


def square_root(node: exp.Sqrt) -> exp.Expr:
    """The root of a negative number is NULL."""
    return _where(exp.GTE(this=_operand(node.this), expression=exp.Literal.number(0)), node)


def count_weeks(node: exp.DateDiff) -> exp.Expr:
    """`date_diff('week', a, b)` counts Mondays crossed; DuckDB counts whole weeks."""
    unit = node.args.get("unit")
    if unit is None or UNITS.get(unit.name.lower()) != "week":
        return node
    mondays = [exp.TimestampTrunc(this=side, unit=exp.var("WEEK")) for side in (node.this, node.expression)]
    days = exp.DateDiff(this=mondays[0], expression=mondays[1], unit=exp.var("DAY"))
    return exp.Paren(this=exp.IntDiv(this=days, expression=exp.Literal.number(7)))


PASSES: dict[type[exp.Expr], Callable[..., exp.Expr]] = {
    exp.Div: divide,
    exp.IntDiv: divide_integers,
    exp.Anonymous: spell_by_name,
    exp.Mod: remainder,
    exp.Ln: logarithm,
    exp.Log: logarithm,
    exp.Sqrt: square_root,
    exp.DateDiff: count_weeks,
}


def _not_zero(node: exp.Expr) -> exp.Expr:
    """The divisor, or NULL where it is 0; a literal is left as it is written."""
    if isinstance(node, exp.Literal) and not node.is_string and float(node.name) != 0:
        return node
    return exp.Nullif(this=node, expression=exp.Literal.number(0))


def _positive(node: exp.Expr) -> exp.Expr:
    return exp.GT(this=_operand(node), expression=exp.Literal.number(0))


def _operand(node: exp.Expr) -> exp.Expr:
    return exp.paren(node.copy()) if isinstance(node, exp.Binary | exp.Unary) else node.copy()


def _where(condition: exp.Expr, value: exp.Expr) -> exp.Expr:
    """The value where the condition holds, NULL elsewhere."""
    return exp.Case(ifs=[exp.If(this=condition, true=value.copy())])
