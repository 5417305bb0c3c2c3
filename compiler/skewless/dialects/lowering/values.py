"""Columns, constants, casts and what else stands for itself."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from skewless.dialects.calls import Call, call_of
from skewless.dialects.functions import SHUFFLED, aggregate_order
from skewless.dialects.lowering import moments
from skewless.dialects.lowering.aggregates import aggregate, check_exact
from skewless.dialects.lowering.core import Lowering, Typed, Unportable
from skewless.dialects.promotion import decimal
from skewless.ground.dtypes import BIGINT, BOOLEAN, DATE, DOUBLE, HUGEINT, INTEGER, NULL, VARCHAR, DataType


def column(lowering: Lowering, node: exp.Expr) -> Typed:
    found = lowering.columns(node)  # type: ignore[arg-type]
    return Typed(node.copy(), found.dtype, found.is_rounded)


def placeholder(_: Lowering, node: exp.Expr) -> Typed:
    return Typed(node.copy(), None)


def literal(_: Lowering, node: exp.Expr) -> Typed:
    if node.is_string:
        return Typed(node.copy(), VARCHAR, constant=node.name, is_text=True)
    return Typed(node.copy(), number_type(node.name), constant=node.name)


def negative(lowering: Lowering, node: exp.Expr) -> Typed:
    number, inner = lowering.expression(node.this), node.this.unnest()
    if isinstance(inner, exp.Literal) and not inner.is_string:
        text = f"-{inner.name}"
        return Typed(exp.Neg(this=number.tree), number_type(text), constant=text)
    return lowering.applied(node, "-", [number])


def null(_: Lowering, node: exp.Expr) -> Typed:
    return Typed(node.copy(), NULL)


def boolean(_: Lowering, node: exp.Expr) -> Typed:
    return Typed(node.copy(), BOOLEAN, constant=str(node.this).lower())


def word(_: Lowering, node: exp.Expr) -> Typed:
    """The unit of `date_trunc` and `extract`."""
    return Typed(node.copy(), VARCHAR, constant=node.name, is_text=True)


def paren(lowering: Lowering, node: exp.Expr) -> Typed:
    inner = lowering.expression(node.this)
    return replace(inner, tree=exp.paren(inner.tree, copy=False))


def cast(lowering: Lowering, node: exp.Expr) -> Typed:
    dtype = type_of(node.args["to"])
    if dtype is None:
        raise Unportable(
            node, f"{node.args['to'].sql(dialect='duckdb')} is no type that engines share",
            "cast to a type that a feature may have, such as bigint or timestamp",
        )  # fmt: skip
    value = lowering.cast_to(node, lowering.expression(node.this), dtype, is_safe=isinstance(node, exp.TryCast))
    is_computed = dtype.kind in ("INTEGER", "BIGINT") and not isinstance(value.tree, exp.Column | exp.Literal)
    return replace(value, tree=lowering.target.ranged(value.tree, dtype)) if is_computed else value


def date(lowering: Lowering, node: exp.Expr) -> Typed:
    """`date(x)`."""
    if node.args.get("expressions") or node.args.get("zone") is not None:
        raise Unportable(node, "date() of more than one argument has no proven meaning there", "make_date(y, m, d)")
    return lowering.cast_to(node, lowering.expression(node.this), DATE)


def anonymous(lowering: Lowering, node: exp.Expr) -> Typed:
    """What generated SQL says in DuckDB's own words, and the functions that sqlglot does not know."""
    name = str(node.this).lower()
    if name == "try":  # around a floating-point column of a file (codegen/scan.py)
        value = lowering.expression(node.expressions[0])
        return replace(value, tree=lowering.target.scanned(value.tree, value.dtype))
    if name == "unnest":
        first, last, step = node.expressions[0].expressions
        low, high = lowering.expression(first), lowering.expression(last)
        return Typed(lowering.target.series(low.tree, high.tree, moments.step(lowering, step)), low.dtype)
    if name == "time_bucket":
        return moments.bucket(lowering, node)
    if name == SHUFFLED:
        values = [lowering.expression(one) for one in node.expressions]
        for one, value in zip(node.expressions, values, strict=True):
            check_exact(one, value, "the order of rows")
        return Typed(lowering.target.shuffled([value.tree for value in values]), BIGINT)
    if aggregate_order(node) is not None:
        return aggregate(lowering, node)
    return lowering.call(node, call_of(node) or Call(name, ()))


def number_type(text: str) -> DataType:
    """The type that DuckDB gives to a number as it is written."""
    if "e" in text.lower():
        return DOUBLE
    if "." in text:
        whole, _, fraction = text.lstrip("-").partition(".")
        return decimal(len(whole) + len(fraction), len(fraction))  # zeros in front count too
    number = int(text)
    return INTEGER if -(2**31) <= number < 2**31 else BIGINT if -(2**63) <= number < 2**63 else HUGEINT


_TYPE = exp.DataType.Type
_NARROWER = frozenset(
    {_TYPE.TINYINT, _TYPE.SMALLINT, _TYPE.UTINYINT, _TYPE.USMALLINT, _TYPE.UINT, _TYPE.UBIGINT, _TYPE.UINT128,
     _TYPE.TIMESTAMPTZ, _TYPE.TIMESTAMPLTZ}
)  # fmt: skip
"""Types of which a declared column is made another one; a cast to them checks a range, or reads a zone."""


def type_of(node: exp.DataType) -> DataType | None:
    """A type as it is written in SQL; None of one that no feature may have."""
    text = node.sql(dialect="duckdb")
    if text.upper() in ("HUGEINT", "INT128"):
        return HUGEINT
    if any(one.this in _NARROWER for one in node.find_all(exp.DataType)):
        return None
    try:
        return DataType.parse(text)
    except ValueError:
        return None
