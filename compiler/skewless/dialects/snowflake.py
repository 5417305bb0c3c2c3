"""Snowflake's SQL: what is special about it besides its functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from sqlglot import exp

from skewless.dialects.catalogue.entry import Engine
from skewless.dialects.lowering.core import Ordered, Unportable
from skewless.dialects.lowering.filters import only_where
from skewless.ground.dtypes import DataType, Kind

_TYPES: Mapping[Kind, str] = {
    "INTEGER": "NUMBER(10, 0)",
    "BIGINT": "NUMBER(19, 0)",
    "HUGEINT": "NUMBER(38, 0)",
    "FLOAT": "FLOAT",
    "DOUBLE": "FLOAT",
    "TIMESTAMP": "TIMESTAMP_NTZ(6)",
}


class Snowflake:
    """A session in UTC whose timestamps have no zone."""

    engine: Engine = "snowflake"
    has_window_clause = False

    def spelled(self, dtype: DataType) -> exp.DataType:
        return _built(_name(dtype)).copy()

    def interval(self, node: exp.Interval) -> exp.Expr:
        return node.copy()

    def filtered(self, tree: exp.Expr, condition: exp.Expr) -> exp.Expr:
        return only_where(tree, condition)

    def ordered(self, node: exp.Expr, aggregate: Ordered) -> exp.Expr:
        raise Unportable(node, f"{aggregate.name} over ordered rows has no proven spelling there", "train it on DuckDB")

    def asof(
        self,
        source: exp.From,  # noqa: ARG002
        joins: list[exp.Join],  # noqa: ARG002
        join: exp.Join,
        before: Sequence[str],  # noqa: ARG002
    ) -> tuple[exp.From, list[exp.Join]]:
        raise Unportable(join, "an as-of join has no proven spelling there", "train it on DuckDB")

    def shuffled(self, values: Sequence[exp.Expr]) -> exp.Expr:
        return exp.Anonymous(this="HASH", expressions=list(values))

    def series(self, first: exp.Expr, last: exp.Expr, step: exp.Expr) -> exp.Expr:  # noqa: ARG002
        raise Unportable(first, "a row of each tick has no proven spelling there", "run it on DuckDB")


def _name(dtype: DataType) -> str:
    if dtype.element is not None:
        return "ARRAY"
    return _TYPES.get(dtype.kind, str(dtype))


@lru_cache(maxsize=256)
def _built(text: str) -> exp.DataType:
    return exp.DataType.build(text, dialect="snowflake")
