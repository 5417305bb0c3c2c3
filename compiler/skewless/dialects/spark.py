"""Spark SQL: what is special about it besides its functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from sqlglot import exp

from skewless.dialects.asof_union import asof_as_union
from skewless.dialects.catalogue.entry import Engine
from skewless.dialects.lowering.core import Key, Unportable
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

    def spelled(self, dtype: DataType) -> exp.DataType:
        return _built(_name(dtype)).copy()

    def interval(self, node: exp.Interval) -> exp.Expr:
        return node.copy()

    def filtered(self, node: exp.Expr, tree: exp.Expr, condition: exp.Expr) -> exp.Expr:  # noqa: ARG002
        holder = exp.Paren(this=tree)
        for call in list(holder.find_all(exp.AggFunc)):
            call.replace(exp.Filter(this=call.copy(), expression=exp.Where(this=condition.copy())))
        filtered: exp.Expr = holder.this
        filtered.parent = None
        return filtered

    def ordered(self, name: str, values: Sequence[exp.Expr], keys: Sequence[Key], *, is_distinct: bool) -> exp.Expr:  # noqa: ARG002
        raise Unportable(values[0], f"{name} over ordered rows has no proven spelling there", "train it on DuckDB")

    def framed(self, node: exp.Expr) -> str | None:  # noqa: ARG002
        return None

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
