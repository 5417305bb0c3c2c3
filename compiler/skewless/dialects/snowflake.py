"""Snowflake's SQL: what is special about it besides its functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from sqlglot import exp

from skewless.dialects.catalogue.entry import Engine
from skewless.dialects.lowering.core import Ordered
from skewless.dialects.lowering.filters import only_where
from skewless.dialects.lowering.templates import filled, parsed
from skewless.dialects.snowflake_joins import asof_join, picked_join
from skewless.dialects.snowflake_ordered import snowflake_ordered
from skewless.dialects.snowflake_series import series, unrolled
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

    def scanned(self, column: exp.Expr, dtype: DataType | None) -> exp.Expr:  # noqa: ARG002
        return column

    def ranged(self, tree: exp.Expr, dtype: DataType) -> exp.Expr:
        """Arithmetic has 38 digits there, and NUMBER(10, 0) is wider than INTEGER."""
        limit = 2**31 if dtype.kind == "INTEGER" else 2**63
        template = f"CASE WHEN $1 BETWEEN {-limit} AND {limit - 1} THEN $1 ELSE CAST($1 AS NUMBER(1, 0)) END"
        return filled(parsed(template, self.engine), [tree])

    def interval(self, node: exp.Interval) -> exp.Expr:
        return node.copy()

    def filtered(self, tree: exp.Expr, condition: exp.Expr) -> exp.Expr:
        return only_where(tree, condition)

    def ordered(self, node: exp.Expr, aggregate: Ordered) -> exp.Expr:
        return snowflake_ordered(node, aggregate)

    def asof(
        self,
        source: exp.From,
        joins: list[exp.Join],
        join: exp.Join,
        before: Sequence[str],  # noqa: ARG002
    ) -> tuple[exp.From, list[exp.Join], exp.Expr | None]:
        return asof_join(source, joins, join)

    def picked(self, source: exp.From, joins: list[exp.Join], join: exp.Join) -> list[exp.Join]:
        return picked_join(source, joins, join)

    def shuffled(self, values: Sequence[exp.Expr]) -> exp.Expr:
        return exp.Anonymous(this="HASH", expressions=list(values))

    def series(self, first: exp.Expr, last: exp.Expr, step: exp.Expr) -> exp.Expr:
        return series(first, last, step)


def _name(dtype: DataType) -> str:
    if dtype.element is not None:
        return "ARRAY"
    return _TYPES.get(dtype.kind, str(dtype))


@lru_cache(maxsize=256)
def _built(text: str) -> exp.DataType:
    return exp.DataType.build(text, dialect="snowflake")


def quote(node: exp.Identifier) -> exp.Expr:
    """Names are lower-case in generated SQL, and Snowflake reads a name without quotes in capitals."""
    return node if node.quoted else exp.Identifier(this=node.name, quoted=True)


def spell(node: exp.DataType) -> exp.Expr:
    """sqlglot writes TIMESTAMPNTZ, an alias that other parsers of Snowflake's SQL do not know."""
    if node.this != exp.DType.TIMESTAMPNTZ:
        return node
    digits = "".join(f"({one.name})" for one in node.expressions)
    return exp.DataType(this=exp.DType.USERDEFINED, kind=f"TIMESTAMP_NTZ{digits}")


PASSES: dict[type[exp.Expr], Callable[..., exp.Expr]] = {
    exp.Identifier: quote,
    exp.DataType: spell,
    exp.Select: unrolled,
}
