"""Spark as the warehouse: a local or a distributed session, or Spark Connect; reads Parquet files and tables."""

from __future__ import annotations

import datetime as dt
import logging
import os
import re
import shutil
import socket
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import urlsplit

from sqlglot import exp

from skewless.contract.arrow import arrow_type, dtype_of
from skewless.contract.ir import SourceTable
from skewless.dialects.emit import emit
from skewless.dialects.lowering.core import ColumnType
from skewless.dialects.relations import Schema
from skewless.dialects.spark import Spark as SparkSql
from skewless.engines.engine import Parameters
from skewless.engines.lowered import LoweredSql, as_described, lowered_sql, physical_schema
from skewless.engines.spark_files import absolute, frame, is_on_this_disk, relation
from skewless.engines.spark_tables import Tables, quoted, schema_of
from skewless.engines.spark_types import duckdb_name, is_exact_cast
from skewless.engines.waiting import WaitingThread
from skewless.ground.errors import DataError, DriverMissing, EngineError
from skewless.project.target_shapes import SPARK_LEGACY

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

SESSION: Mapping[str, str] = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "false",
    "spark.sql.caseSensitive": "false",
    # Else `${name}` in a text would be a variable's value.
    "spark.sql.variable.substitute": "false",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    # Files of one source may have different columns, and folders such as `day=007` keep their text.
    "spark.sql.parquet.mergeSchema": "true",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    # What a file has is read as it is, and what cannot be read is an error.
    "spark.sql.files.archive.reader.enabled": "false",
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreInvalidPartitionPaths": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.files.ignoredPathSegmentRegex": "^[._]",
    "spark.sql.hive.convertMetastoreOrc": "true",
    "spark.sql.hive.convertMetastoreParquet": "true",
    "spark.sql.parquet.binaryAsString": "false",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.fieldId.read.enabled": "false",
    "spark.sql.parquet.fieldId.read.ignoreMissing": "false",
    "spark.sql.parquet.int96AsTimestamp": "true",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.int96TimestampConversion": "false",
    "spark.sql.parquet.respectSummaryFiles": "false",
    "spark.sql.readSideCharPadding": "true",
    "spark.sql.preserveCharVarcharTypeInfo": "false",
    # What a statement means.
    "spark.sql.ansi.enforceReservedKeywords": "false",
    "spark.sql.ansi.relationPrecedence": "false",
    "spark.sql.collation.schemaLevel.enabled": "false",
    "spark.sql.groupByAliases": "true",
    "spark.sql.groupByOrdinal": "true",
    "spark.sql.orderByOrdinal": "true",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.parser.quotedRegexColumnNames": "false",
    "spark.sql.storeAssignmentPolicy": "ANSI",
    # What functions and operators give.
    "spark.sql.chunkBase64String.enabled": "true",
    "spark.sql.function.concatBinaryAsString": "false",
    "spark.sql.function.eltOutputAsString": "false",
    "spark.sql.icu.caseMappings.enabled": "true",
    "spark.sql.json.enableExactStringParsing": "true",
    "spark.sql.json.enablePartialResults": "true",
    "spark.sql.jsonGenerator.ignoreNullFields": "true",
    "spark.sql.mapKeyDedupPolicy": "EXCEPTION",
    "spark.sql.window.segmentTree.enabled": "false",
    # What the optimizer may get wrong, in Spark's own words.
    "spark.sql.optimizer.decorrelateExistsSubqueryLegacyIncorrectCountHandling.enabled": "false",
    "spark.sql.optimizer.decorrelateLimitOffsetLegacyIncorrectOrderHandling.enabled": "false",
    "spark.sql.optimizer.decorrelateSubqueryLegacyIncorrectCountHandling.enabled": "false",
    "spark.sql.optimizer.metadataOnly": "false",
}
"""What values depend on; asserted when a session is opened."""
_QUIET: Mapping[str, str] = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
"""What a session is started with, unless the profile says otherwise."""
_LOOPBACK: Mapping[str, str] = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
_LOCAL = "local[*]"
_OLDEST_JAVA, _OLDEST_SPARK = 17, (4, 3)
_CONNECT_PORT, _PATIENCE = 15002, 10.0
_EXCERPT = re.compile(r"\n+== SQL|\nJVM stacktrace|\n\tat ")
_SAID_TWICE = (
    r"\[RETRIES_EXCEEDED\]|Unable to cleanly shutdown Spark JVM process|The SQL config '.*' has been deprecated"
)
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
        self._is_here = _is_local(settings)
        self._is_remote = bool(settings.get("remote"))
        self._session, self._is_own = spark_session(settings)
        self._thread = WaitingThread(self._cancel, every=1, limit=_PATIENCE)
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
        with _left_alone():
            for frame in self._kept.values():
                frame.unpersist()
        if self._is_own:
            with _left_alone():
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
        return {source.name: self._columns(source) for source in sources}

    def _columns(self, source: SourceTable) -> dict[str, str]:
        try:
            if source.path is not None:
                self._open(source, source.path)
            read = self.relation(source)
            present = self._described(f"SELECT * FROM {emit(read, 'spark', pretty=False)}")
        except EngineError as error:
            where = f"'{source.path}'" if source.path else f"{source.schema}.{source.identifier}"
            raise EngineError(
                f"the source '{source.name}' cannot be read from {where}: {error.message}",
                help="check 'path' or 'schema' and 'identifier' of the source, and that the data are there",
            ) from error
        spelled = {name.lower(): kind for name, kind in present.items()}
        missing = [field.name for field in source.columns if field.name.lower() not in spelled]
        if missing:
            raise DataError(
                f"the source '{source.name}' has no column {', '.join(map(repr, missing))}",
                help=f"it has: {', '.join(present)}; correct 'columns' of the source",
            )
        schema = self._sources[_key(read)] = physical_schema(present)
        for field in source.columns:
            if schema[field.name.lower()].dtype is None and not is_exact_cast(spelled[field.name.lower()], field.dtype):
                raise DataError(
                    f"the column '{field.name}' of the source '{source.name}' is {spelled[field.name.lower()]}, and is "
                    f"declared {field.dtype}: engines read one as the other in different ways",
                    help="store the column in the declared type, or declare the type that it has",
                )
        return {**present, **{field.name: spelled[field.name.lower()] for field in source.columns}}

    def create(self, name: str, query: exp.Query) -> None:
        """Computes the rows once, and keeps them in the cluster; a lost part is computed again."""
        lowered = self._lowered(query)

        def kept() -> DataFrame:
            frame = self._session.sql(lowered.text).persist()
            frame.count()
            return frame

        self._keep(name, self._run(kept), lowered.schema)

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

    def _tables(self, name: str) -> tuple[Tables, str]:
        *path, last = name.split(".")
        schema = self._run(lambda: schema_of(self._session, path))
        return Tables(session=self._session, run=self._run, schema=schema), last

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
            with _quietly():
                return self._thread.run(call)
        except (PySparkException, Py4JJavaError) as error:
            raise (_lost() if is_lost(error) else EngineError(own_words(error))) from error
        except (Py4JError, OSError, EOFError) as error:
            raise _lost() from error

    def _cancel(self) -> None:
        """Has the jobs of this session stopped."""
        with _left_alone():
            self._session.interruptAll()


@contextmanager
def _quietly() -> Iterator[None]:
    """Without the warnings of pandas, which is not used here, and without those of the clients: their errors say it."""
    root = logging.getLogger()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        warnings.filterwarnings("ignore", message=_SAID_TWICE)
        root.addFilter(_is_not_of_py4j)
        try:
            yield
        finally:
            root.removeFilter(_is_not_of_py4j)


def _is_not_of_py4j(record: logging.LogRecord) -> bool:
    """It logs a lost connection with its stack, and raises it too."""
    return "py4j" not in record.pathname


@contextmanager
def _left_alone() -> Iterator[None]:
    """A Spark that is not there any more has nothing left to end."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    with _quietly(), suppress(PySparkException, Py4JError, OSError, EOFError):
        yield


def spark_session(settings: Mapping[str, Any]) -> tuple[SparkSession, bool]:
    """A session of its own in which values are DuckDB's, and whether Spark was started for it."""
    session, is_own = _connected(settings)
    _check_version(session)
    for name in list(session.conf.getAll):  # a cluster's own defaults are among them
        if name.lower().startswith(SPARK_LEGACY):
            session.conf.unset(name)
    with _quietly():
        for name, value in SESSION.items():
            if session.conf.get(name, None) != value:
                session.conf.set(name, value)
            if (found := session.conf.get(name)) != value:
                raise EngineError(f"Spark keeps {name} at '{found}', and values depend on its being '{value}'")
    return session, is_own


def _check_version(session: SparkSession) -> None:
    """A server may be of another version than its client."""
    found = re.match(r"(\d+)\.(\d+)", session.version)
    if found is None or (int(found[1]), int(found[2])) < _OLDEST_SPARK:
        raise EngineError(
            f"Spark is version {session.version} there, and values are known to be DuckDB's from version 4.3 on",
            help="use a newer Spark, or a target of type duckdb",
        )


def _connected(settings: Mapping[str, Any]) -> tuple[SparkSession, bool]:
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise DriverMissing("Spark", "spark") from error
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)  # errors are told once, by skewless
    builder = SparkSession.builder.appName("skewless")
    master = str(settings.get("master", _LOCAL))
    is_local = _is_local(settings)
    given = {str(name): _text(value) for name, value in (settings.get("settings") or {}).items()}
    if settings.get("remote"):
        for name, value in given.items():
            builder = builder.config(name, value)
        _check_listening(str(settings["remote"]))
        remote = builder.remote(str(settings["remote"]))
        session = _started(remote.create, "Spark Connect cannot be reached")
        _be_impatient(session)
        return session, True
    for name, value in {**_QUIET, **(_LOOPBACK if is_local else {}), **given}.items():
        builder = builder.config(name, value)
    _check_java()
    is_running = _is_running()
    with _on_loopback() if is_local else nullcontext():
        session = _started(builder.master(master).getOrCreate, "Spark did not start")
    if not is_running:
        session.sparkContext.setLogLevel("OFF")
    return session.newSession(), not is_running


def _be_impatient(session: SparkSession) -> None:
    """Has the client try again for twenty seconds when a server does not answer, not for ten minutes."""
    from pyspark.sql.connect.client.retries import DefaultPolicy

    policy = DefaultPolicy(max_retries=8, initial_backoff=100, backoff_multiplier=2.0, max_backoff=6000)
    session.client.set_retry_policies([policy])


@contextmanager
def _on_loopback() -> Iterator[None]:
    """A local Spark listens on the loopback address; it looks for it in the environment when it is started."""
    given = os.environ.get("SPARK_LOCAL_IP")
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    try:
        yield
    finally:
        if given is None:
            del os.environ["SPARK_LOCAL_IP"]


def _is_running() -> bool:
    from pyspark import SparkContext

    return SparkContext._active_spark_context is not None


def _started(start: Callable[[], SparkSession], what: str) -> SparkSession:
    from pyspark.errors import PySparkException

    try:
        with _quietly():
            return start()
    except ImportError as error:
        raise DriverMissing("Spark Connect", "spark-connect") from error
    except (PySparkException, OSError) as error:
        raise EngineError(
            f"{what}: {own_words(error)}",
            help=f"check master or remote in the profile; Spark 4 needs Java {_OLDEST_JAVA}",
        ) from error
    except Exception as error:  # py4j wraps what the JVM throws while a context starts
        raise EngineError(f"{what}: {own_words(error)}", help="check master and settings in the profile") from error


def _check_listening(remote: str) -> None:
    """Somebody must listen there: the client itself would go on trying for ten minutes."""
    parts = urlsplit(remote)
    try:
        socket.create_connection((parts.hostname or "", parts.port or _CONNECT_PORT), timeout=_PATIENCE).close()
    except (OSError, ValueError) as error:
        # What a ValueError says of the port may be a token that stands behind it.
        why = "its address has no port that is a number" if isinstance(error, ValueError) else str(error)
        help_line = "check 'remote' in the profile: sc://host:15002/;token=..."
        raise EngineError(f"Spark Connect cannot be reached at {parts.hostname}: {why}", help=help_line) from None


def _check_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java") is None and not (home and Path(home, "bin", "java").exists()):
        raise EngineError(
            "Spark needs Java, and there is none on the path",
            help=f"install Java {_OLDEST_JAVA} or newer, or set JAVA_HOME; skewless works without Java on DuckDB",
        )


def _zoned(value: Any) -> Any:
    """A moment without a zone would be taken for one in the zone of this process."""
    return value.replace(tzinfo=dt.UTC) if isinstance(value, dt.datetime) and value.tzinfo is None else value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_local(settings: Mapping[str, Any]) -> bool:
    """Whether Spark runs on this machine, and so reads the files that this process sees."""
    return not settings.get("remote") and str(settings.get("master", _LOCAL)).startswith("local")


def _key(read: exp.Expr) -> str:
    """The exact text: `A.parquet` and `a.parquet` are two files."""
    return read.sql(dialect="spark")


def is_lost(error: BaseException) -> bool:
    """Whether it is an error of the connection to a Spark Connect server, in gRPC's words."""
    return "StatusCode.UNAVAILABLE" in str(error)


def _lost() -> EngineError:
    return EngineError(
        "the connection to Spark was lost",
        help="see the log of Spark for why it ended; nothing was written, so run the command again",
    )


def own_words(error: BaseException) -> str:
    """Spark's message, without its excerpt of SQL that nobody wrote, and without Java's stack."""
    text = _EXCERPT.split(str(error))[0]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(lines[:3]) or type(error).__name__
