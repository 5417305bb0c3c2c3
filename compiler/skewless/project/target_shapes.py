"""The keys of a target in profiles.yml: what every target has, and what each engine and online store adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

from skewless.ground.urls import redis_url_fault
from skewless.project.checking import Shape
from skewless.project.fields import Name, Written, spelled

_IN_URL = "write it in the url: redis://user:password@host:6379/0"

RegistryUrl = Annotated[
    str,
    spelled(r"(sqlite:///|postgres(ql)?(\+\w+)?://).+", "a registry: write sqlite:///path or postgresql://host/name"),
]


def _redis_url(value: str) -> str:
    if fault := redis_url_fault(value):
        raise ValueError(fault)
    return value


RedisUrl = Annotated[str, AfterValidator(_redis_url)]


DUCKDB_FIXED = frozenset(
    """
    active_grammar_extensions allow_parser_override_extension arrow_large_buffer_size arrow_lossless_conversion
    arrow_output_list_view arrow_output_version binary_as_string calendar current_dialect default_collation
    default_null_order default_order dialect_compatibility_mode disable_timestamptz_casts error_on_division_by_zero
    ieee_floating_point_ops integer_division legacy_disable_null_type lock_configuration null_order
    order_by_non_integer_literal preserve_identifier_case preserve_insertion_order python_enable_replacements
    python_scan_all_frames regex_match_operator_semantics scalar_subquery_error_on_multiple_rows
    table_function_identifier_conversion timezone
    """.split()
)
"""What makes values, types or the order of rows others, and what must be as skewless itself sets it."""
SPARK_FIXED = frozenset(
    """
    spark.sql.ansi.doublequotedidentifiers spark.sql.ansi.enabled spark.sql.ansi.enforcereservedkeywords
    spark.sql.ansi.relationprecedence spark.sql.casesensitive spark.sql.chunkbase64string.enabled
    spark.sql.collation.schemalevel.enabled spark.sql.decimaloperations.allowprecisionloss
    spark.sql.files.archive.reader.enabled spark.sql.files.ignorecorruptfiles spark.sql.files.ignoredpathsegmentregex
    spark.sql.files.ignoreinvalidpartitionpaths spark.sql.files.ignoremissingfiles
    spark.sql.function.concatbinaryasstring spark.sql.function.eltoutputasstring spark.sql.groupbyaliases
    spark.sql.groupbyordinal spark.sql.hive.convertmetastoreorc spark.sql.hive.convertmetastoreparquet
    spark.sql.icu.casemappings.enabled spark.sql.json.enableexactstringparsing spark.sql.json.enablepartialresults
    spark.sql.jsongenerator.ignorenullfields spark.sql.mapkeydeduppolicy
    spark.sql.optimizer.decorrelateexistssubquerylegacyincorrectcounthandling.enabled
    spark.sql.optimizer.decorrelatelimitoffsetlegacyincorrectorderhandling.enabled
    spark.sql.optimizer.decorrelatesubquerylegacyincorrectcounthandling.enabled spark.sql.optimizer.metadataonly
    spark.sql.orderbyordinal spark.sql.parquet.binaryasstring spark.sql.parquet.datetimerebasemodeinread
    spark.sql.parquet.datetimerebasemodeinwrite spark.sql.parquet.fieldid.read.enabled
    spark.sql.parquet.fieldid.read.ignoremissing spark.sql.parquet.infertimestampntz.enabled
    spark.sql.parquet.int96astimestamp spark.sql.parquet.int96rebasemodeinread spark.sql.parquet.int96rebasemodeinwrite
    spark.sql.parquet.int96timestampconversion spark.sql.parquet.mergeschema spark.sql.parquet.respectsummaryfiles
    spark.sql.parser.escapedstringliterals spark.sql.parser.quotedregexcolumnnames
    spark.sql.preservecharvarchartypeinfo spark.sql.readsidecharpadding spark.sql.session.timezone
    spark.sql.sources.partitioncolumntypeinference.enabled spark.sql.storeassignmentpolicy spark.sql.timestamptype
    spark.sql.variable.substitute spark.sql.window.segmenttree.enabled
    """.split()
)
"""What a Spark session sets by itself, because values depend on it."""
SPARK_LEGACY = "spark.sql.legacy."
"""How the names of settings begin that bring back what earlier versions of Spark did: many of them change values."""


class TargetShape(Shape):
    """What every target has; the shapes of the engines extend it."""

    noun: ClassVar[str] = "a target"
    required: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Groups of keys: exactly one key of each group is needed."""
    fixed: ClassVar[frozenset[str]] = frozenset()
    """Engine settings, in lower case, that a target may not have: SQL would mean something else under them."""
    fixed_prefixes: ClassVar[tuple[str, ...]] = ()
    """How the names of further such settings begin."""

    type: Name
    threads: int = Field(default=0, ge=0)
    online: Any = None
    registry: RegistryUrl | None = None


class DuckDBShape(TargetShape):
    noun: ClassVar[str] = "a DuckDB target"
    habits: ClassVar[Mapping[str, str]] = {
        "database": "did you mean 'path'?",
        "config_options": "did you mean 'settings'?",
    }
    fixed: ClassVar[frozenset[str]] = DUCKDB_FIXED

    path: Name = ":memory:"
    memory_limit: str | None = None
    temp_directory: str | None = None
    settings: dict[str, Any] | None = None


class SnowflakeShape(TargetShape):
    """The names are those of dbt-snowflake, so that a profile can be copied."""

    noun: ClassVar[str] = "a Snowflake target"
    required: ClassVar[tuple[tuple[str, ...], ...]] = (("account", "connection_name"),)

    account: Name | None = None
    user: Name | None = None
    password: Written | None = None
    role: str | None = None
    warehouse: str | None = None
    database: str | None = None
    schema_: str | None = Field(default=None, alias="schema")
    private_key: str | None = None
    private_key_path: str | None = None
    private_key_file: str | None = None
    private_key_passphrase: Written | None = None
    authenticator: str | None = None
    token: str | None = None
    oauth_client_id: str | None = None
    oauth_client_secret: str | None = None
    connection_name: Name | None = None
    host: str | None = None
    port: int | None = None
    proxy_host: str | None = None
    proxy_port: int | None = None
    protocol: str | None = None
    client_session_keep_alive: bool | None = None
    query_tag: str | None = None
    statement_timeout: int | None = Field(default=None, ge=1)
    connect_retries: int | None = None
    connect_timeout: int | None = None
    retry_on_database_errors: bool | None = None
    retry_all: bool | None = None
    reuse_connections: bool | None = None
    insecure_mode: bool | None = None


class SparkShape(TargetShape):
    noun: ClassVar[str] = "a Spark target"
    required: ClassVar[tuple[tuple[str, ...], ...]] = (("master", "remote"),)
    habits: ClassVar[Mapping[str, str]] = {
        "host": "did you mean 'remote'?",
        "config": "did you mean 'settings'?",
        "server_side_parameters": "did you mean 'settings'?",
    }
    fixed: ClassVar[frozenset[str]] = SPARK_FIXED
    fixed_prefixes: ClassVar[tuple[str, ...]] = (SPARK_LEGACY,)

    master: Name | None = None
    remote: Name | None = None
    schema_: str | None = Field(default=None, alias="schema")
    settings: dict[str, Any] | None = None
    conf: dict[str, Any] | None = None


class SqliteShape(Shape):
    noun: ClassVar[str] = "the SQLite online store"

    type: Literal["sqlite"]
    path: Name | None = None


class RedisShape(Shape):
    noun: ClassVar[str] = "the Redis online store"
    required: ClassVar[tuple[tuple[str, ...], ...]] = (("url",),)
    required_help: ClassVar[str] = "write url: redis://host:6379"
    habits: ClassVar[Mapping[str, str]] = {
        "host": _IN_URL,
        "port": _IN_URL,
        "db": _IN_URL,
        "username": _IN_URL,
        "password": _IN_URL,
        "connection_string": _IN_URL,
    }

    type: Literal["redis"]
    url: RedisUrl | None = None
    prefix: str | None = None
    timeout: float | None = Field(default=None, gt=0)
    connect_timeout: float | None = Field(default=None, gt=0)
    max_connections: int | None = Field(default=None, ge=1)


ENGINES: Mapping[str, type[TargetShape]] = {"duckdb": DuckDBShape, "snowflake": SnowflakeShape, "spark": SparkShape}
STORES: Mapping[str, type[SqliteShape | RedisShape]] = {"sqlite": SqliteShape, "redis": RedisShape}
