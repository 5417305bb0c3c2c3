"""Spark SQL: what is special about it besides its functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from sqlglot import exp

from skewless.dialects.asof_union import asof_as_union
from skewless.dialects.catalogue.entry import Engine
from skewless.dialects.lowering.core import Ordered
from skewless.dialects.lowering.filters import aggregate_calls, replaced_calls
from skewless.dialects.spark_ordered import spark_ordered
from skewless.ground.dtypes import DataType, Kind

_TYPES: Mapping[Kind, str] = {
    "INTEGER": "INT",
    "HUGEINT": "DECIMAL(38, 0)",
    "VARCHAR": "STRING",
    "TIMESTAMP": "TIMESTAMP_NTZ",
}


class Spark:
    """A session in UTC with ANSI mode: what overflows is an error."""

    engine: Engine = "spark"
    has_window_clause = True

    def spelled(self, dtype: DataType) -> exp.DataType:
        return _built(_name(dtype)).copy()

    def scanned(self, column: exp.Expr, dtype: DataType | None) -> exp.Expr:
        """Spark skips parts of Parquet files by statistics that leave NaN out, but not when a function is asked."""
        if dtype is None or not dtype.is_floating:
            return column
        return exp.Anonymous(
            this="NANVL", expressions=[column, exp.Cast(this=exp.Literal.string("NaN"), to=self.spelled(dtype))]
        )

    def ranged(self, tree: exp.Expr, dtype: DataType) -> exp.Expr:  # noqa: ARG002
        return tree

    def interval(self, node: exp.Interval) -> exp.Expr:
        return node.copy()

    def filtered(self, tree: exp.Expr, condition: exp.Expr) -> exp.Expr:
        calls = aggregate_calls(tree)
        where = exp.Where(this=condition)
        return replaced_calls(tree, [(call, exp.Filter(this=call.copy(), expression=where.copy())) for call in calls])

    def ordered(self, node: exp.Expr, aggregate: Ordered) -> exp.Expr:  # noqa: ARG002
        return spark_ordered(aggregate)

    def asof(
        self, source: exp.From, joins: list[exp.Join], join: exp.Join, before: Sequence[str]
    ) -> tuple[exp.From, list[exp.Join], exp.Expr | None]:
        return *asof_as_union(source, joins, join, before), None

    def picked(self, source: exp.From, joins: list[exp.Join], join: exp.Join) -> list[exp.Join]:  # noqa: ARG002
        return [*joins, join]

    def shuffled(self, values: Sequence[exp.Expr]) -> exp.Expr:
        return exp.Anonymous(this="XXHASH64", expressions=list(values))

    def series(self, first: exp.Expr, last: exp.Expr, step: exp.Expr) -> exp.Expr:
        return exp.Explode(this=exp.Anonymous(this="SEQUENCE", expressions=[first, last, step]))


def _name(dtype: DataType) -> str:
    if dtype.element is not None:
        return f"ARRAY<{_name(dtype.element)}>"
    return _TYPES.get(dtype.kind, str(dtype))


@lru_cache(maxsize=256)
def _built(text: str) -> exp.DataType:
    return exp.DataType.build(text, dialect="spark")
