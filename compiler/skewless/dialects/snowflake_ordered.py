"""Aggregates that read their rows in an order, for Snowflake."""

from __future__ import annotations

from sqlglot import exp

from skewless.dialects.lowering.core import Ordered, Unportable


def snowflake_ordered(node: exp.Expr, aggregate: Ordered) -> exp.Expr:
    """`string_agg`; the others would have to pass through arrays, whose elements have lost their type.

    LISTAGG omits NULL and is '' over no rows: https://docs.snowflake.com/en/sql-reference/functions/listagg
    """
    if aggregate.separator is None:
        raise Unportable(
            node, f"{aggregate.name} over ordered rows is an array there, whose elements lose their type and NULL",
            "write the last row as a latest view, or a largest value as max(x)",
        )  # fmt: skip
    if aggregate.is_distinct:
        raise Unportable(
            node, "LISTAGG of distinct values takes no FILTER there", "join all values, or train it on Spark"
        )
    joined = exp.WithinGroup(
        this=exp.Anonymous(this="LISTAGG", expressions=[aggregate.value.copy(), aggregate.separator.copy()]),
        expression=exp.Order(
            expressions=[
                exp.Ordered(this=key.tree.copy(), desc=key.is_descending, nulls_first=key.nulls_first)
                for key in aggregate.keys
            ]
        ),
    )
    some = exp.GT(this=exp.Count(this=aggregate.value.copy(), big_int=True), expression=exp.Literal.number(0))
    return exp.Case(ifs=[exp.If(this=some, true=joined)])
