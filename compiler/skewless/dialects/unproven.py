"""SQL of dialects that nobody can run here: what is special about each besides its functions.

It rests on their documentation (`catalogue/documented/`); what the documentation has not been read for is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp

from skewless.dialects.catalogue.documented import unread
from skewless.dialects.catalogue.entry import Unproven
from skewless.dialects.lowering.core import Ordered, Unportable
from skewless.dialects.lowering.filters import aggregate_calls, only_where, replaced_calls
from skewless.dialects.qualified import unqualified
from skewless.ground.dtypes import DataType, Kind


@dataclass(frozen=True, slots=True)
class UnprovenTarget:
    """A dialect, in a session that stops at what overflows."""

    engine: Unproven
    types: Mapping[Kind, str]
    """The dialect's names of types that it spells otherwise than DuckDB."""
    has_filter: bool = False
    has_window_clause: bool = False
    session: str = "a session in UTC"

    def spelled(self, dtype: DataType) -> exp.DataType:
        return _built(_name(dtype, self.types), self.engine).copy()

    def scanned(self, column: exp.Expr, dtype: DataType | None) -> exp.Expr:  # noqa: ARG002
        return column

    def ranged(self, tree: exp.Expr, dtype: DataType) -> exp.Expr:  # noqa: ARG002
        return tree

    def interval(self, node: exp.Interval) -> exp.Expr:
        raise self._lacking(node, "an interval by itself")

    def filtered(self, tree: exp.Expr, condition: exp.Expr) -> exp.Expr:
        return _with_filter(tree, condition) if self.has_filter else only_where(tree, condition)

    def ordered(self, node: exp.Expr, aggregate: Ordered) -> exp.Expr:
        raise self._lacking(node, f"{aggregate.name} over ordered rows")

    def asof(
        self,
        source: exp.From,  # noqa: ARG002
        joins: list[exp.Join],  # noqa: ARG002
        join: exp.Join,
        before: Sequence[str],  # noqa: ARG002
    ) -> tuple[exp.From, list[exp.Join], exp.Expr | None]:
        raise self._lacking(join, "an as-of join")

    def picked(self, source: exp.From, joins: list[exp.Join], join: exp.Join) -> list[exp.Join]:  # noqa: ARG002
        raise self._lacking(join, "a join with the first row of a query")

    def shuffled(self, values: Sequence[exp.Expr]) -> exp.Expr:
        raise self._lacking(values[0], "a hash")

    def series(self, first: exp.Expr, last: exp.Expr, step: exp.Expr) -> exp.Expr:  # noqa: ARG002
        raise self._lacking(first, "a row of each tick")

    def _lacking(self, node: exp.Expr, what: str) -> Unportable:
        reason = unread(self.engine)
        return Unportable(node, f"{what}: {reason.reason}", reason.rewrite)


def _with_filter(tree: exp.Expr, condition: exp.Expr) -> exp.Expr:
    calls, where = aggregate_calls(tree), exp.Where(this=condition)
    return replaced_calls(tree, [(call, exp.Filter(this=call.copy(), expression=where.copy())) for call in calls])


def _name(dtype: DataType, names: Mapping[Kind, str]) -> str:
    return names.get(dtype.kind, str(dtype))


@lru_cache(maxsize=256)
def _built(text: str, dialect: str) -> exp.DataType:
    return exp.DataType.build(text, dialect=dialect)


def _quote(node: exp.Identifier) -> exp.Expr:
    """Every dialect has reserved words of its own."""
    return node if node.quoted else exp.Identifier(this=node.name, quoted=True)


def _numbered(_: exp.Placeholder) -> exp.Expr:
    """The moment of state SQL, as the only parameter of a prepared statement."""
    return exp.Parameter(this=exp.Literal.number(1))


Passes = Mapping[type[exp.Expr], Callable[..., exp.Expr]]
_QUOTED: Passes = {exp.Identifier: _quote}
PASSES: Mapping[str, Passes] = {
    "bigquery": _QUOTED,
    "databricks": _QUOTED,
    "postgres": {**_QUOTED, exp.Placeholder: _numbered, exp.Select: unqualified},
    "redshift": {**_QUOTED, exp.Placeholder: _numbered},
}


_WHOLE_NUMERIC: Mapping[Kind, str] = {"HUGEINT": "NUMERIC(38, 0)", "DOUBLE": "DOUBLE PRECISION", "FLOAT": "REAL"}
UNPROVEN: Mapping[str, UnprovenTarget] = {
    "bigquery": UnprovenTarget(
        "bigquery",
        {
            "BOOLEAN": "BOOL", "INTEGER": "INT64", "BIGINT": "INT64", "HUGEINT": "BIGNUMERIC", "DOUBLE": "FLOAT64",
            "VARCHAR": "STRING", "TIMESTAMP": "DATETIME",
        },
    ),
    "databricks": UnprovenTarget(
        "databricks",
        {"INTEGER": "INT", "HUGEINT": "DECIMAL(38, 0)", "VARCHAR": "STRING", "TIMESTAMP": "TIMESTAMP_NTZ"},
        has_filter=True,
        session="a session in UTC and ANSI mode",
    ),
    "postgres": UnprovenTarget("postgres", {**_WHOLE_NUMERIC, "VARCHAR": "TEXT"}, has_filter=True),
    # Without a length it would be cut after 256 bytes.
    "redshift": UnprovenTarget("redshift", {**_WHOLE_NUMERIC, "VARCHAR": "VARCHAR(65535)"}),
}  # fmt: skip
