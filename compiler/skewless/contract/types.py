"""Feature types as SQL types, and casts to them."""

from __future__ import annotations

from functools import lru_cache

from sqlglot import exp

from skewless.ground.dtypes import DataType


def sql_type(dtype: DataType | str) -> exp.DataType:
    """The type as a node of its own."""
    return _parsed(str(dtype)).copy()


def cast(expression: exp.Expr, dtype: DataType | str) -> exp.Cast:
    """`CAST(expression AS dtype)`; the expression is not copied."""
    return exp.Cast(this=expression, to=sql_type(dtype))


@lru_cache(maxsize=256)
def _parsed(text: str) -> exp.DataType:
    return exp.DataType.build(text, dialect="duckdb")
