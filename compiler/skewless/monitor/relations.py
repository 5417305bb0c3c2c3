"""Rows that are compared, and how their columns are read: parts of a serving log, or a baseline."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from skewless.codegen.scan import NANOSECONDS, as_declared
from skewless.contract.names import column
from skewless.contract.types import cast
from skewless.engines.duckdb import DuckDB
from skewless.engines.engine import Engine
from skewless.ground.dtypes import TIMESTAMP
from skewless.monitor.bins import Kind, kind_of


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureColumns:
    """The columns of one feature. `dtype` is DuckDB's name of the type that the values have."""

    name: str
    dtype: str
    value: exp.Expr
    status: exp.Expr | None = None
    event_timestamp: exp.Expr | None = None

    @property
    def kind(self) -> Kind | None:
        return kind_of(self.dtype)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Rows in a warehouse. Without `answered` and `as_of` they have no time, as those of a training set."""

    engine: Engine
    source: exp.Expr
    """What FROM reads."""
    features: tuple[FeatureColumns, ...]
    answered: exp.Expr | None = None
    as_of: exp.Expr | None = None
    where: exp.Expr | None = None

    def select(self, *projections: exp.Expr) -> exp.Select:
        """The rows that are compared."""
        query = exp.Select(expressions=list(projections), from_=exp.From(this=self.source.copy()))
        if self.where is not None:
            query.set("where", exp.Where(this=self.where.copy()))
        return query


def value_column(name: str, dtype: str, engine: Engine) -> exp.Expr:
    """A column as it is.

    Statistics in Parquet files leave NaN out, and DuckDB trusts them; it does not look through TRY (`codegen.scan`).
    """
    is_floating = dtype.upper().startswith(("FLOAT", "DOUBLE"))
    is_hidden = is_floating and engine.dialect == DuckDB.dialect
    return exp.Anonymous(this="TRY", expressions=[column(name)]) if is_hidden else column(name)


def as_number(value: exp.Expr, dtype: str) -> exp.Expr:
    """A number, a moment as microseconds since 1970, or a list as its length: a DOUBLE in each case."""
    kind = kind_of(dtype)
    if kind == "moment":
        zoned = "TIME ZONE" in dtype.upper() and dtype.upper() not in NANOSECONDS
        moment = as_declared(value, TIMESTAMP, "TIMESTAMPTZ" if zoned else dtype)
        value = exp.Anonymous(this="EPOCH_US", expressions=[moment])
    elif kind == "list":
        value = exp.ArraySize(this=value)
    return cast(value, "DOUBLE")
