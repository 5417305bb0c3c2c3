"""Aggregates that read their rows in an order, for Snowflake.

What is said of its functions: https://docs.snowflake.com/en/sql-reference/functions/ `max_by`, `listagg`, `array_agg`.
"""

from __future__ import annotations

from sqlglot import exp

from skewless.dialects.lowering.core import Ordered, Unportable
from skewless.dialects.snowflake_keys import sortable

_AS_JSON = ("BOOLEAN", "INTEGER", "BIGINT", "DECIMAL", "VARCHAR")
"""Elements that an array of variants holds, and gives back, unchanged."""


def snowflake_ordered(node: exp.Expr, aggregate: Ordered) -> exp.Expr:
    if aggregate.name in ("first", "last"):
        return _one(node, aggregate)
    if aggregate.name == "mode":
        raise Unportable(
            node, "MODE takes any of several values that are equally frequent", "count each value with FILTER"
        )
    if aggregate.is_distinct:
        raise Unportable(
            node, f"{aggregate.name} of distinct values takes no FILTER there", "take all values, or train it on Spark"
        )
    return _listed(node, aggregate) if aggregate.separator is None else _joined(aggregate, aggregate.separator)


def _one(node: exp.Expr, aggregate: Ordered) -> exp.Expr:
    """The value of the row with the least or the greatest key, NULL or not."""
    extreme = exp.ArgMin if aggregate.name == "first" else exp.ArgMax
    return extreme(this=aggregate.value.copy(), expression=sortable(node, aggregate.keys))


def _joined(aggregate: Ordered, separator: exp.Expr) -> exp.Expr:
    """LISTAGG omits NULL, and is '' over no rows."""
    joined = exp.Anonymous(this="LISTAGG", expressions=[aggregate.value.copy(), separator.copy()])
    return _unless_empty(aggregate.value.copy(), _within(joined, aggregate))


def _listed(node: exp.Expr, aggregate: Ordered) -> exp.Expr:
    """ARRAY_AGG omits NULL, and is an empty array over no rows.

    It keeps the null of JSON, as its users report; its page does not say so.
    """
    element = aggregate.dtype.element
    if element is None or element.kind not in _AS_JSON:
        raise Unportable(
            node, f"the elements of arrays are JSON there, and a {element} does not come back from it unchanged",
            "list whole numbers, decimals, texts or booleans, or train it on Spark",
        )  # fmt: skip
    null = exp.Anonymous(this="PARSE_JSON", expressions=[exp.Literal.string("null")])
    variant = exp.Anonymous(this="TO_VARIANT", expressions=[aggregate.value.copy()])
    value = exp.Coalesce(this=variant, expressions=[null])
    listed = exp.Anonymous(this="ARRAY_AGG", expressions=[value])
    return _unless_empty(exp.Literal.number(1), _within(listed, aggregate))


def _within(call: exp.Expr, aggregate: Ordered) -> exp.Expr:
    items = [
        exp.Ordered(this=key.tree.copy(), desc=key.is_descending, nulls_first=key.nulls_first) for key in aggregate.keys
    ]
    return exp.WithinGroup(this=call, expression=exp.Order(expressions=items))


def _unless_empty(counted: exp.Expr, value: exp.Expr) -> exp.Expr:
    some = exp.GT(this=exp.Count(this=counted, big_int=True), expression=exp.Literal.number(0))
    return exp.Case(ifs=[exp.If(this=some, true=value)])
