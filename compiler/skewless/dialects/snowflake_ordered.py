"""Aggregates that read their rows in an order, for Snowflake.

What is said of its functions: https://docs.snowflake.com/en/sql-reference/functions/ `min_by`, `max_by`, `listagg`.
"""

from __future__ import annotations

from sqlglot import exp

from skewless.dialects.lowering.core import Ordered, Unportable
from skewless.dialects.snowflake_keys import sortable

_REFUSED = {
    "list": ("Snowflake leaves NULL out of the arrays it collects, and elements lose their type",
             "write first(), last() or string_agg(), or train it on Spark"),
    "mode": ("MODE takes any of several values that are equally frequent", "count each value with FILTER"),
}  # fmt: skip


def snowflake_ordered(node: exp.Expr, aggregate: Ordered) -> exp.Expr:
    if aggregate.name in ("first", "last"):
        return _one(node, aggregate)
    if aggregate.separator is None:
        reason, rewrite = _REFUSED[aggregate.name]
        raise Unportable(node, reason, rewrite)
    if aggregate.is_distinct:
        raise Unportable(
            node, "LISTAGG of distinct values takes no FILTER there", "take all values, or train it on Spark"
        )
    return _joined(aggregate, aggregate.separator)


def _one(node: exp.Expr, aggregate: Ordered) -> exp.Expr:
    """The value of the row with the least or the greatest key, NULL or not."""
    extreme = exp.ArgMin if aggregate.name == "first" else exp.ArgMax
    return extreme(this=aggregate.value.copy(), expression=sortable(node, aggregate.keys))


def _joined(aggregate: Ordered, separator: exp.Expr) -> exp.Expr:
    """LISTAGG omits NULL, and is '' over no rows."""
    items = [
        exp.Ordered(this=key.tree.copy(), desc=key.is_descending, nulls_first=key.nulls_first) for key in aggregate.keys
    ]
    joined = exp.WithinGroup(
        this=exp.Anonymous(this="LISTAGG", expressions=[aggregate.value.copy(), separator.copy()]),
        expression=exp.Order(expressions=items),
    )
    some = exp.GT(this=exp.Count(this=aggregate.value.copy(), big_int=True), expression=exp.Literal.number(0))
    return exp.Case(ifs=[exp.If(this=some, true=joined)])
