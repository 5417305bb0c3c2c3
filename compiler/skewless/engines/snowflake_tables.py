"""A table of the user's into a relation with skewless's names, whose moments are UTC microseconds.

https://docs.snowflake.com/en/sql-reference/functions/date_trunc floors to a unit, and
https://docs.snowflake.com/en/sql-reference/functions/convert_timezone moves a zoned time to a zone, whose clock a cast
to TIMESTAMP_NTZ then keeps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from skewless.contract.ir import SourceTable
from skewless.contract.names import identifier
from skewless.dialects.relations import NATIVE, Schema
from skewless.dialects.snowflake import Snowflake
from skewless.engines.lowered import physical_schema
from skewless.engines.snowflake_names import collation, duckdb_name, own_name, own_table, spelled_in
from skewless.ground.dtypes import BIGINT, TIMESTAMP, DataType
from skewless.ground.errors import DataError

_MOST_DIGITS = 38


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its spelling and type there, and what the project declares it as, if it does."""

    own: str
    kind: str
    declared: DataType | None = None

    @property
    def is_moment(self) -> bool:
        return self.kind.upper().startswith("TIMESTAMP_")

    @property
    def is_wide(self) -> bool:
        """Whether it is one of Snowflake's whole numbers of 38 digits, and declared as something narrower."""
        return duckdb_name(self.kind) == "HUGEINT" and self.declared is not None and self.declared.kind != "DECIMAL"

    @property
    def read_as(self) -> str:
        """DuckDB's name of the type that it has when it is read."""
        if self.is_moment:
            return "TIMESTAMP"
        name = "BIGINT" if self.is_wide else duckdb_name(self.kind) if self.kind else ""
        return f"DECIMAL({_MOST_DIGITS},0)" if name == "HUGEINT" and self.declared is not None else name


def relation(source: SourceTable, found: Mapping[str, str] | None = None, as_of: str | None = None) -> exp.Subquery:
    """What FROM reads a source from. `found` is how Snowflake describes its columns, if it has been asked.

    `as_of` is a moment in UTC at which the table is read: https://docs.snowflake.com/en/sql-reference/constructs/at-before

    Raises DataError for files, and for columns of types that DuckDB lacks.
    """
    if source.path is not None:
        raise DataError(
            f"the source '{source.name}' is a file, and Snowflake reads tables",
            help="load it into a table, and name its 'schema' and 'identifier' instead of 'path'",
        )
    table = own_table(_parts(source))
    if as_of is not None:
        table.set("when", _at(as_of))
    return renamed(table, columns_of(source, found))


def _at(moment: str) -> exp.HistoricalData:
    """https://docs.snowflake.com/en/sql-reference/functions/to_timestamp reads a text by its format."""
    words = [exp.Literal.string(f"{moment} +00:00"), exp.Literal.string("YYYY-MM-DD HH24:MI:SS.FF6 TZH:TZM")]
    zoned = exp.Anonymous(this="TO_TIMESTAMP_TZ", expressions=words)
    return exp.HistoricalData(this="AT", kind="TIMESTAMP", expression=zoned)


def columns_of(source: SourceTable, found: Mapping[str, str] | None) -> dict[str, Column]:
    """The declared columns as they are in the table. Raises DataError for what cannot be read exactly."""
    if found is None:
        return {field.name: Column(own_name(field.name).name, _unasked(field.dtype)) for field in source.columns}
    columns = {}
    for field in source.columns:
        own = spelled_in(found, field.name) or field.name
        columns[field.name] = Column(own, found[own], field.dtype)
    check_types(f"the source '{source.name}'", columns)
    return columns


def _parts(source: SourceTable) -> list[str]:
    return [part for part in (source.database, source.schema, source.identifier) if part]


def place(source: SourceTable) -> str:
    """The table's name, for messages."""
    return ".".join(_parts(source))


def _unasked(dtype: object) -> str:
    """Of a table that nobody has looked at: a moment is floored, whatever its precision; the rest is cast."""
    return "TIMESTAMP_NTZ(9)" if dtype == TIMESTAMP else ""


def check_types(whose: str, columns: Mapping[str, Column]) -> None:
    """Raises DataError for a column that a source may not have; `whose` names the source."""
    check_collations(whose, columns)
    for name, column in columns.items():
        exact = physical_schema({name: column.read_as})[name.lower()].dtype is not None
        is_list = column.kind.upper().startswith("ARRAY") and column.declared is not None and column.declared.is_list
        if not exact and not is_list:
            raise DataError(
                f"the column '{name}' of {whose} is {column.kind}, and is declared {column.declared}: Snowflake and "
                "DuckDB do not read one as the other in one way",
                help="read it through a view that casts it, or declare the type that it has",
            )


def check_collations(whose: str, columns: Mapping[str, Column]) -> None:
    """Raises DataError for texts that compare otherwise than by their bytes."""
    for name, column in columns.items():
        if (other := collation(column.kind)) is not None:
            raise DataError(
                f"the column '{name}' of {whose} has the collation '{other}', by which texts compare otherwise",
                help=f"read it through a view that has it by its bytes: COLLATE({name}, 'utf8')",
            )


def renamed(table: exp.Expr, columns: Mapping[str, Column]) -> exp.Subquery:
    """The table with its columns under skewless's names, which are those of the mapping."""
    query = exp.Select(
        expressions=[exp.Alias(this=_read(column), alias=identifier(name)) for name, column in columns.items()],
        from_=exp.From(this=table),
    )
    alias = exp.TableAlias(this=identifier("source"))
    read = exp.Subquery(this=query, alias=alias)
    read.meta[NATIVE] = schema_of(columns)
    return read


def schema_of(columns: Mapping[str, Column]) -> Schema:
    """The types of the columns as they are read; None of one that only a cast can read."""
    return physical_schema({name: column.read_as for name, column in columns.items()})


def _read(column: Column) -> exp.Expr:
    own: exp.Expr = exp.Column(this=exp.Identifier(this=column.own, quoted=True))
    if column.is_wide:
        return exp.Cast(this=own, to=Snowflake().spelled(BIGINT))  # more digits are an error
    if not column.is_moment:
        return own
    if not column.kind.upper().startswith("TIMESTAMP_NTZ"):
        own = exp.Anonymous(this="CONVERT_TIMEZONE", expressions=[exp.Literal.string("UTC"), own])
    own = exp.Anonymous(this="DATE_TRUNC", expressions=[exp.Literal.string("MICROSECOND"), own])
    return exp.Cast(this=own, to=Snowflake().spelled(TIMESTAMP))
