"""A table of the user's into a relation with skewless's names, whose moments are UTC microseconds.

https://docs.snowflake.com/en/sql-reference/functions/date_trunc floors to a unit, and
https://docs.snowflake.com/en/sql-reference/functions/convert_timezone moves a zoned time to a zone, whose clock a cast
to TIMESTAMP_NTZ then keeps.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from skewless.contract.ir import SourceTable
from skewless.contract.names import identifier
from skewless.dialects.snowflake import Snowflake
from skewless.dialects.statements import NATIVE, Schema
from skewless.engines.lowered import physical_schema
from skewless.engines.snowflake_names import collation, duckdb_name, own_name, own_table, spelled_in
from skewless.ground.dtypes import TIMESTAMP
from skewless.ground.errors import DataError

_UNREADABLE = frozenset({"VARIANT", "OBJECT", "TIME", "GEOGRAPHY", "GEOMETRY", "VECTOR", "MAP", "FILE"})


def relation(source: SourceTable, found: Mapping[str, str] | None = None) -> exp.Subquery:
    """What FROM reads a source from. `found` is how Snowflake describes its columns, if it has been asked.

    Raises DataError for files, and for columns of types that DuckDB lacks.
    """
    if source.path is not None:
        raise DataError(
            f"the source '{source.name}' is a file, and Snowflake reads tables",
            help="load it into a table, and name its 'schema' and 'identifier' instead of 'path'",
        )
    kinds = {field.name: _unasked(field.dtype) for field in source.columns}
    spelled = {field.name: own_name(field.name).name for field in source.columns}
    if found is not None:
        spelled = {name: spelled_in(found, name) or name for name in kinds}
        kinds = {name: found[spelled[name]] for name in kinds}
        check_types(f"the source '{source.name}'", kinds)
    return renamed(own_table(_parts(source)), {name: (spelled[name], kinds[name]) for name in kinds})


def _parts(source: SourceTable) -> list[str]:
    return [part for part in (source.database, source.schema, source.identifier) if part]


def place(source: SourceTable) -> str:
    """The table's name, for messages."""
    return ".".join(_parts(source))


def _unasked(dtype: object) -> str:
    """Of a table that nobody has looked at: a moment is floored, whatever its precision; the rest is cast."""
    return "TIMESTAMP_NTZ(9)" if dtype == TIMESTAMP else ""


def check_types(whose: str, kinds: Mapping[str, str]) -> None:
    """Raises DataError for a column that a source may not have; `whose` names the source."""
    check_collations(whose, kinds)
    for name, kind in kinds.items():
        if duckdb_name(kind) in _UNREADABLE:
            raise DataError(
                f"the column '{name}' of {whose} is {kind}, which DuckDB has no like of",
                help="cast it to a type that a feature may have, in a view that the source reads",
            )


def check_collations(whose: str, kinds: Mapping[str, str]) -> None:
    """Raises DataError for texts that compare otherwise than by their bytes."""
    for name, kind in kinds.items():
        if (other := collation(kind)) is not None:
            raise DataError(
                f"the column '{name}' of {whose} has the collation '{other}', by which texts compare otherwise",
                help=f"read it through a view that has it by its bytes: COLLATE({name}, 'utf8')",
            )


def renamed(table: exp.Expr, columns: Mapping[str, tuple[str, str]]) -> exp.Subquery:
    """The table with its columns under skewless's names; `columns` are how they are spelled and typed there."""
    query = exp.Select(
        expressions=[
            exp.Alias(this=_read(exp.Identifier(this=own, quoted=True), kind), alias=identifier(name))
            for name, (own, kind) in columns.items()
        ],
        from_=exp.From(this=table),
    )
    alias = exp.TableAlias(this=identifier("source"))
    read = exp.Subquery(this=query, alias=alias)
    read.meta[NATIVE] = schema_of(columns)
    return read


def schema_of(columns: Mapping[str, tuple[str, str]]) -> Schema:
    """The types of the columns as they are read; None of one that only a cast can read."""
    return physical_schema({name: read_as(kind) for name, (_, kind) in columns.items()})


def read_as(kind: str) -> str:
    """DuckDB's name of the type that a column has when it is read."""
    return "TIMESTAMP" if kind.upper().startswith("TIMESTAMP_") else duckdb_name(kind) if kind else ""


def _read(name: exp.Identifier, kind: str) -> exp.Expr:
    own: exp.Expr = exp.Column(this=name)
    word = kind.upper()
    if not word.startswith("TIMESTAMP_"):
        return own
    if not word.startswith("TIMESTAMP_NTZ"):
        own = exp.Anonymous(this="CONVERT_TIMEZONE", expressions=[exp.Literal.string("UTC"), own])
    own = exp.Anonymous(this="DATE_TRUNC", expressions=[exp.Literal.string("MICROSECOND"), own])
    return exp.Cast(this=own, to=Snowflake().spelled(TIMESTAMP))
