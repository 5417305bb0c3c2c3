"""Spark as the warehouse: a local or a distributed session, or Spark Connect; reads Parquet files and tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from sqlglot import exp

from skewless.contract.arrow import arrow_type, dtype_of
from skewless.contract.ir import SourceTable
from skewless.dialects.emit import emit
from skewless.dialects.lowering.core import ColumnType
from skewless.dialects.relations import Schema
from skewless.dialects.spark import Spark as SparkSql
from skewless.engines.engine import Parameters
from skewless.engines.lowered import LoweredSql, as_described, lowered_sql, physical_schema
from skewless.engines.places import absolute, duckdb_files, is_on_this_disk, landed_types
from skewless.engines.spark_errors import is_lost, left_alone, lost, own_words, quietly
from skewless.engines.spark_files import frame, relation
from skewless.engines.spark_session import is_local, spark_session
from skewless.engines.spark_tables import Tables, quoted, schema_of
from skewless.engines.spark_types import duckdb_name, is_exact_cast
from skewless.engines.waiting import WaitingThread
from skewless.ground.dtypes import TIMESTAMP, VARCHAR
from skewless.ground.errors import DataError, EngineError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

_PATIENCE_SECONDS = 10.0
_T = TypeVar("_T")


class Spark:
    """One session of its own: temporary views and settings of other sessions are not touched. One thread at a time."""

    dialect = "spark"

    def __init__(self, *, root: Path, settings: Mapping[str, Any]) -> None:
        self.root = root
        self._sql = SparkSql()
        self._schemas: dict[str, Schema] = {}
        self._sources: dict[str, Schema] = {}
        self._views: dict[str, str] = {}
        self._kept: dict[str, DataFrame] = {}
        self._is_here = is_local(settings)
        self._is_remote = bool(settings.get("remote"))
        self._session, self._is_own = spark_session(settings)
        self._thread = WaitingThread(self._cancel, every=1, limit=_PATIENCE_SECONDS)
        if settings.get("schema"):
            self._run(lambda: self._session.catalog.setCurrentDatabase(str(settings["schema"])))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._thread.close()
        if self._is_remote:
            self._session.client.set_retry_policies([])  # a server that is gone is not waited for
        with left_alone():
            for frame in self._kept.values():
                frame.unpersist()
        if self._is_own:
            with left_alone():
                self._session.stop()

    def relation(self, source: SourceTable) -> exp.Expr:
        """A table, or the view of the session that reads a source's files."""
        if source.path is None:
            return relation(source)
        if source.name not in self._views:
            self._open(source, source.path)
        return exp.Table(this=exp.to_identifier(self._views[source.name]))

    def _open(self, source: SourceTable, path: str) -> None:
        """Lists the files of a source: from then on it is those."""
        relation(source, self.root)  # refuses files of text
        whole = absolute(path, self.root)
        is_here = self._is_here and is_on_this_disk(whole)
        opened = self._run(lambda: frame(self._session, source.name, whole, is_here=is_here))
        view = self._views.setdefault(source.name, f"skewless_source_{len(self._views) + 1}")
        self._run(lambda: opened.createOrReplaceTempView(view))

    def physical(self, sources: Iterable[SourceTable]) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for source in sources:
            found[source.name] = self._columns(source)
            if (landed := source.landed_part) is not None and self._has_files(landed):
                present = self._present(landed)
                self._sources[_key(self.relation(landed))] = physical_schema(present)
                found[landed.name] = landed_types(landed, present)
        return found

    def _has_files(self, landed: SourceTable) -> bool:
        path = absolute(landed.path or "", self.root)
        if not self._is_here or not is_on_this_disk(path):
            raise DataError(
                f"the source '{landed.name}' is on the disk of this machine, and Spark on others",
                help="have the landed files loaded into the source's table, and remove `land`",
            )
        return bool(duckdb_files(path))

    def _present(self, source: SourceTable) -> dict[str, str]:
        try:
            if source.path is not None:
                self._open(source, source.path)
            return self._described(f"SELECT * FROM {emit(self.relation(source), 'spark', pretty=False)}")
        except EngineError as error:
            where = f"'{source.path}'" if source.path else f"{source.schema}.{source.identifier}"
            raise EngineError(
                f"the source '{source.name}' cannot be read from {where}: {error.message}",
                help="check 'path' or 'schema' and 'identifier' of the source, and that the data are there",
            ) from error

    def _columns(self, source: SourceTable) -> dict[str, str]:
        present = self._present(source)
        spelled = {name.lower(): kind for name, kind in present.items()}
        missing = [field.name for field in source.columns if field.name.lower() not in spelled]
        if missing:
            raise DataError(
                f"the source '{source.name}' has no column {', '.join(map(repr, missing))}",
                help=f"it has: {', '.join(present)}; correct 'columns' of the source",
            )
        schema = self._sources[_key(self.relation(source))] = physical_schema(present)
        for field in source.columns:
            found = schema[field.name.lower()].dtype
            is_text = found == VARCHAR and field.dtype == TIMESTAMP  # which may have zones
            if is_text or (found is None and not is_exact_cast(spelled[field.name.lower()], field.dtype)):
                raise DataError(
                    f"the column '{field.name}' of the source '{source.name}' is {spelled[field.name.lower()]}, and is "
                    f"declared {field.dtype}: engines read one as the other in different ways",
                    help="store the column in the declared type, or declare the type that it has",
                )
        return {**present, **{field.name: spelled[field.name.lower()] for field in source.columns}}

    def create(self, name: str, query: exp.Query) -> str:
        """Computes the rows once, and keeps them in the cluster; a lost part is computed again."""
        lowered = self._lowered(query)

        def kept() -> DataFrame:
            frame = self._session.sql(lowered.text).persist()
            frame.count()
            return frame

        self._keep(name, self._run(kept), lowered.schema)
        return lowered.text

    def read(self, name: str, text: str) -> dict[str, str]:
        columns = self._described(f"SELECT * FROM {text}")
        frame = self._run(lambda: self._session.sql(f"SELECT * FROM {text}"))
        self._keep(name, frame, physical_schema(columns))
        return columns

    def register(self, name: str, rows: pa.Table) -> None:
        import pyarrow as pa

        types = {field.name: dtype_of(field.type) for field in rows.schema}
        unknown = [field for field in rows.schema if types[field.name] is None]
        if unknown:
            raise DataError(
                f"the column '{unknown[0].name}' is {unknown[0].type}, which does not go to Spark unchanged",
                help="cast it to a type that a feature may have",
            )
        known = {column: dtype for column, dtype in types.items() if dtype is not None}
        schema = pa.schema([pa.field(column, arrow_type(dtype)) for column, dtype in known.items()])
        spelled = ", ".join(
            f"{quoted(column)} {self._sql.spelled(dtype).sql('spark')}" for column, dtype in known.items()
        )
        frame = self._run(lambda: self._session.createDataFrame(rows.cast(schema), spelled))
        self._keep(name, frame, {column.lower(): ColumnType(dtype) for column, dtype in known.items()})

    def arrow(self, query: exp.Query, parameters: Parameters | None = None) -> pa.Table:
        lowered = self._lowered(query)
        bound = {name: _zoned(value) for name, value in (parameters or {}).items()}
        rows = self._run(lambda: self._session.sql(lowered.text, args=bound).toArrow())
        return as_described(rows, lowered.schema)

    def rows(self, query: exp.Query, parameters: Parameters | None = None) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in self.arrow(query, parameters).to_pylist()]

    def check_table(self, name: str) -> None:
        tables, last = self._tables(name)
        tables.check(last)

    def write_table(self, name: str, query: exp.Query) -> None:
        """Writes the rows to a table aside, which takes the name when it is whole. See `spark_tables` for a crash."""
        tables, last = self._tables(name)
        tables.replace(last, self._lowered(query).text)

    def clock(self) -> None:
        """Nothing: Parquet files and tables are only there as they are."""

    def read_as_of(self, moment: str) -> None:
        raise AssertionError(f"Spark does not keep what its tables held at {moment}")

    def _tables(self, name: str) -> tuple[Tables, str]:
        *path, last = name.split(".")
        schema = self._run(lambda: schema_of(self._session, path))
        return Tables(self._session, self._run, schema, ends_with_session=self._is_own and not self._is_remote), last

    def _lowered(self, query: exp.Query) -> LoweredSql:
        return lowered_sql(query, self._sql, self._schema)

    def _schema(self, table: exp.Table) -> Schema | None:
        return self._sources.get(_key(table)) or self._schemas.get(table.name)

    def _keep(self, name: str, frame: DataFrame, schema: Schema) -> None:
        frame.createOrReplaceTempView(quoted(name))
        if (former := self._kept.pop(name, None)) is not None:
            former.unpersist()
        self._kept[name] = frame
        self._schemas[name] = schema

    def _described(self, text: str) -> dict[str, str]:
        frame = self._run(lambda: self._session.sql(text))
        return {field.name: duckdb_name(field.dataType.simpleString()) for field in frame.schema.fields}

    def _run(self, call: Callable[[], _T]) -> _T:
        """What the call returns. Raises EngineError with Spark's own words; Ctrl-C cancels the jobs."""
        from py4j.protocol import Py4JError, Py4JJavaError
        from pyspark.errors import PySparkException

        try:
            with quietly():
                return self._thread.run(call)
        except (PySparkException, Py4JJavaError) as error:
            raise (lost() if is_lost(error) else EngineError(own_words(error))) from error
        except (Py4JError, OSError, EOFError) as error:
            raise lost() from error

    def _cancel(self) -> None:
        """Has the jobs of this session stopped."""
        with left_alone():
            self._session.interruptAll()


def _zoned(value: Any) -> Any:
    """A moment without a zone would be taken for one in the zone of this process."""
    return value.replace(tzinfo=dt.UTC) if isinstance(value, dt.datetime) and value.tzinfo is None else value


def _key(read: exp.Expr) -> str:
    """The exact text: `A.parquet` and `a.parquet` are two files."""
    return read.sql(dialect="spark")
