"""Snowflake as the warehouse: reads its tables, keeps what it makes in temporary tables of the session."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from sqlglot import exp

from skewless.contract.ir import SourceTable
from skewless.dialects.emit import emit
from skewless.dialects.lowering.core import ColumnType
from skewless.dialects.relations import Schema
from skewless.dialects.snowflake import Snowflake as SnowflakeSql
from skewless.engines.engine import Parameters
from skewless.engines.lowered import LoweredSql, lowered_sql
from skewless.engines.snowflake_errors import engine_error
from skewless.engines.snowflake_fetch import fetched
from skewless.engines.snowflake_load import received, sent_columns, types_of
from skewless.engines.snowflake_names import own_table, quoted, shown_name, spelled_in
from skewless.engines.snowflake_session import connected
from skewless.engines.snowflake_tables import (
    Column,
    check_collations,
    columns_of,
    place,
    relation,
    renamed,
    schema_of,
)
from skewless.engines.waiting import WaitingThread
from skewless.ground.errors import DataError, EngineError
from skewless.ground.moments import utc
from skewless.project.environment import reveal

if TYPE_CHECKING:
    import pyarrow as pa
    from snowflake.connector import SnowflakeConnection
    from snowflake.connector.cursor import SnowflakeCursor

_STAGE, _SENT, _LOOKED_AT = '"skewless_stage"', '"skewless_sent"', '"skewless_looked_at"'
_FORMAT = "TYPE = PARQUET NULL_IF = ()"
"""https://docs.snowflake.com/en/sql-reference/sql/copy-into-table: else the text `\\N` would arrive as NULL."""
_TEMPORARY = "CREATE OR REPLACE TEMPORARY TABLE"
_PATIENCE_SECONDS = 10
_T = TypeVar("_T")


class Snowflake:
    """One session. What `create`, `read` and `register` make are temporary tables: no other session sees them."""

    dialect = "snowflake"

    def __init__(self, *, settings: Mapping[str, Any], connect: Callable[[Mapping[str, Any]], Any] = connected) -> None:
        self._settings = reveal(settings)
        self._sql = SnowflakeSql()
        self._schemas: dict[str, Schema] = {}
        self._found: dict[str, dict[str, str]] = {}
        self._read_as_of: str | None = None
        self._connection: SnowflakeConnection = connect(self._settings)
        self._thread = WaitingThread(self._cancel, every=1, limit=_PATIENCE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._thread.close()
        self._connection.close()

    def relation(self, source: SourceTable) -> exp.Expr:
        return relation(source, self._found.get(source.name), self._read_as_of)

    def physical(self, sources: Iterable[SourceTable]) -> dict[str, dict[str, str]]:
        return {source.name: self._columns(source) for source in sources}

    def _columns(self, source: SourceTable) -> dict[str, str]:
        read = relation(source)
        try:
            present = self._described(emit(read.this.args["from_"].this, "snowflake", pretty=False))
        except EngineError as error:
            raise EngineError(
                f"the source '{source.name}' cannot be read from {place(source)}: {error.message}",
                help="check 'database', 'schema' and 'identifier' of the source, and what the role may read",
            ) from error
        missing = [field.name for field in source.columns if spelled_in(present, field.name) is None]
        if missing:
            raise DataError(
                f"the source '{source.name}' has no column {', '.join(map(repr, missing))}",
                help=f"it has: {', '.join(map(shown_name, present))}; correct 'columns' of the source",
            )
        self._found[source.name] = present
        declared = {name: column.read_as for name, column in columns_of(source, present).items()}
        return {**{shown_name(name): Column(name, kind).read_as for name, kind in present.items()}, **declared}

    def create(self, name: str, query: exp.Query) -> str:
        lowered = self._lowered(query)
        self._execute(f"{_TEMPORARY} {quoted(name)} AS {lowered.text}")
        self._schemas[name] = lowered.schema
        return lowered.text

    def read(self, name: str, text: str) -> dict[str, str]:
        """Keeps the rows: what the user's query gives twice may differ."""
        table = text if text.lstrip().startswith("(") else emit(own_table(text.split(".")), "snowflake")
        self._execute(f"{_TEMPORARY} {_LOOKED_AT} AS SELECT * FROM {table} LIMIT 0")
        columns = {shown_name(own): Column(own, kind) for own, kind in self._described(_LOOKED_AT).items()}
        check_collations("the spine", columns)
        given = renamed(exp.Table(this=exp.Identifier(this=_LOOKED_AT[1:-1], quoted=True)), columns)
        reading = emit(given, "snowflake", pretty=False).replace(f"FROM {_LOOKED_AT}", f"FROM {table}")
        self._execute(f"{_TEMPORARY} {quoted(name)} AS SELECT * FROM {reading}")
        self._schemas[name] = schema_of(columns)
        return {shown: column.read_as for shown, column in columns.items()}

    def register(self, name: str, rows: pa.Table) -> None:
        """Sends the rows as a file, and casts what arrives."""
        types = types_of(rows)
        sent = list(sent_columns(rows, types))
        self._execute(f"CREATE OR REPLACE TEMPORARY STAGE {_STAGE}")
        self._put({column.name: column.values for column in sent})
        self._execute(f"{_TEMPORARY} {_SENT} ({', '.join(f'{one.name} {one.kind}' for one in sent)})")
        arriving = ", ".join(f"CAST($1:{one.name} AS {one.kind})" for one in sent)
        self._execute(f"COPY INTO {_SENT} FROM (SELECT {arriving} FROM @{_STAGE}) FILE_FORMAT = ({_FORMAT})")
        projections = ", ".join(
            f"{received(number, dtype)} AS {quoted(column)}" for number, (column, dtype) in enumerate(types.items())
        )
        self._execute(f"{_TEMPORARY} {quoted(name)} AS SELECT {projections} FROM {_SENT}")
        self._schemas[name] = {column.lower(): ColumnType(dtype) for column, dtype in types.items()}

    def _put(self, columns: Mapping[str, Any]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        with tempfile.TemporaryDirectory(prefix="skewless-", ignore_cleanup_errors=True) as folder:
            path = Path(folder, "rows.parquet")
            pq.write_table(pa.table(dict(columns)), path)
            self._execute(f"PUT 'file://{path.as_posix()}' @{_STAGE} AUTO_COMPRESS = FALSE OVERWRITE = TRUE")

    def arrow(self, query: exp.Query, parameters: Parameters | None = None) -> pa.Table:
        lowered, bound = self._bound(query, parameters or {})

        def run(cursor: SnowflakeCursor) -> pa.Table:
            cursor.execute(lowered.text, bound)
            names = [column.name for column in cursor.description or ()]
            return fetched(cursor.fetch_arrow_batches(force_microsecond_precision=True), names, lowered.schema)

        return self._run(run)

    def rows(self, query: exp.Query, parameters: Parameters | None = None) -> list[tuple[Any, ...]]:
        columns = self.arrow(query, parameters).columns
        return list(zip(*(column.to_pylist() for column in columns), strict=True))

    def check_table(self, name: str) -> None:
        *path, _ = name.split(".")
        if not path:
            return  # the session has a schema
        schema = own_table(path)
        catalog = emit(exp.Table(this=exp.to_identifier("INFORMATION_SCHEMA"), db=schema.args.get("db")), "snowflake")
        found = self._values(f"SELECT COUNT(*) FROM {catalog}.SCHEMATA WHERE SCHEMA_NAME = :1", (schema.name,))
        if not found[0][0]:
            raise DataError(
                f"there is no schema '{'.'.join(path)}' for the table '{name}', or the role may not use it",
                help="make it, or name another",
            )

    def write_table(self, name: str, query: exp.Query) -> None:
        """Makes or replaces a table in one statement, which Snowflake carries out in one transaction.

        https://docs.snowflake.com/en/sql-reference/sql/create-table: a table that is replaced is there until the new
        one is, and who may read it stays as it was.
        """
        table = emit(own_table(name.split(".")), "snowflake", pretty=False)
        self._execute(f"CREATE OR REPLACE TABLE {table} COPY GRANTS AS {self._lowered(query).text}")

    def clock(self) -> str:
        """Time travel reaches it while the tables' retention lasts.

        https://docs.snowflake.com/en/sql-reference/functions/current_timestamp
        """
        if self._read_as_of is not None:
            return self._read_as_of
        [(now,)] = self._values("SELECT CURRENT_TIMESTAMP()")
        return utc(now).isoformat(sep=" ", timespec="microseconds")

    def read_as_of(self, moment: str) -> None:
        self._read_as_of = moment

    def _lowered(self, query: exp.Query) -> LoweredSql:
        return lowered_sql(query, self._sql, lambda table: self._schemas.get(table.name))

    def _bound(self, query: exp.Query, parameters: Parameters) -> tuple[LoweredSql, Sequence[Any] | None]:
        """The statement with `:1`, `:2` ... in the places of its parameters, and their values in that order."""
        numbers = {name: str(number) for number, name in enumerate(parameters, start=1)}
        numbered = query.copy()
        for place_ in list(numbered.find_all(exp.Placeholder)):
            place_.replace(exp.Placeholder(this=numbers[place_.name]))
        return self._lowered(numbered), tuple(parameters.values()) or None

    def _described(self, table: str) -> dict[str, str]:
        """Columns and their types in Snowflake's words."""
        return {str(row[0]): str(row[1]) for row in self._values(f"DESCRIBE TABLE {table}")}

    def _execute(self, text: str) -> None:
        self._run(lambda cursor: cursor.execute(text))

    def _values(self, text: str, bound: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        return self._run(lambda cursor: list(cursor.execute(text, bound).fetchall()))

    def _run(self, call: Callable[[SnowflakeCursor], _T]) -> _T:
        """What the call returns. Raises EngineError with Snowflake's own words; Ctrl-C cancels the statement."""
        from snowflake.connector.errors import Error

        with self._connection.cursor() as cursor:
            try:
                return self._thread.run(lambda: call(cursor))
            except Error as error:
                raise engine_error(error, self._settings) from None

    def _cancel(self) -> None:
        """Has what the session runs stopped.

        https://docs.snowflake.com/en/sql-reference/functions/system_cancel_all_queries
        A table that is being made is not there then: a statement that makes one is all or nothing.
        """
        from snowflake.connector.errors import Error

        with suppress(Error), self._connection.cursor() as cursor:
            cursor.execute(f"SELECT SYSTEM$CANCEL_ALL_QUERIES({self._connection.session_id})")
