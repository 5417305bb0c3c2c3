"""A session of Spark in which values are DuckDB's."""

from __future__ import annotations

import logging
import os
import re
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from skewless.engines.spark_errors import left_alone, own_words, quietly
from skewless.engines.waiting import WaitingThread
from skewless.ground.errors import DriverMissing, EngineError
from skewless.project.target_shapes import SPARK_LEGACY

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

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
_TICK, _STARTING = 0.2, 60.0
"""Seconds: how often a start that was interrupted is looked at, and how long."""


def spark_session(settings: Mapping[str, Any]) -> tuple[SparkSession, bool]:
    """A session of its own in which values are DuckDB's, and whether Spark was started for it."""
    session, is_own = _connected(settings)
    _check_version(session)
    for name in list(session.conf.getAll):  # a cluster's own defaults are among them
        if name.lower().startswith(SPARK_LEGACY):
            session.conf.unset(name)
    with quietly():
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
    is_here = is_local(settings)
    given = {str(name): _text(value) for name, value in (settings.get("settings") or {}).items()}
    if settings.get("remote"):
        for name, value in given.items():
            builder = builder.config(name, value)
        _check_listening(str(settings["remote"]))
        remote = builder.remote(str(settings["remote"]))
        session = _started(remote.create, "Spark Connect cannot be reached")
        _be_impatient(session)
        return session, True
    for name, value in {**_QUIET, **(_LOOPBACK if is_here else {}), **given}.items():
        builder = builder.config(name, value)
    _check_master(master)
    _check_java()
    is_running = _is_running()
    with _on_loopback() if is_here else nullcontext():
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
        with quietly():
            return WaitingThread(lambda: None, every=_TICK, limit=_STARTING).run(start)
    except KeyboardInterrupt:
        _end_what_has_started()
        raise
    except ImportError as error:
        raise DriverMissing("Spark Connect", "spark-connect") from error
    except (PySparkException, OSError) as error:
        raise EngineError(
            f"{what}: {own_words(error)}",
            help=f"check master or remote in the profile; Spark 4 needs Java {_OLDEST_JAVA}",
        ) from error
    except Exception as error:  # py4j wraps what the JVM throws while a context starts
        raise EngineError(f"{what}: {own_words(error)}", help="check master and settings in the profile") from error


def _end_what_has_started() -> None:
    """A Spark whose start was interrupted is nobody's, and would go on."""
    from pyspark import SparkContext

    if (started := SparkContext._active_spark_context) is not None:
        with left_alone():
            started.stop()


def _check_master(master: str) -> None:
    """The reason that Spark gives is in a log that few look at."""
    if not re.match(r"local(\[|-cluster\[|$)|spark://|k8s://|yarn$", master):
        raise EngineError(
            f"Spark does not know the master '{master}'",
            help="write local[*], local-cluster[2,1,1024], spark://host:7077, yarn or k8s://https://host:443",
        )


def _check_listening(remote: str) -> None:
    """Somebody must listen there: the client itself would go on trying for ten minutes."""
    parts = urlsplit(remote)
    if parts.scheme != "sc" or not parts.hostname:
        raise EngineError("'remote' is no address of a Spark Connect server", help="write sc://host:15002")
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


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def is_local(settings: Mapping[str, Any]) -> bool:
    """Whether Spark runs on this machine, and so reads the files that this process sees."""
    return not settings.get("remote") and str(settings.get("master", _LOCAL)).startswith("local")
