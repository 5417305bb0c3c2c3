"""Spark as an engine: what it reads, what it keeps, and what it says when something is wrong."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlglot import exp, parse_one

from skewless.codegen.scan import typed_columns
from skewless.contract.arrow import arrow_type
from skewless.contract.ir import Field, SourceTable
from skewless.engines.spark import Spark
from skewless.engines.spark_session import SESSION
from skewless.ground.dtypes import DataType
from skewless.ground.durations import Duration
from skewless.ground.errors import DataError, DriverMissing, EngineError
from skewless.project.target_shapes import SPARK_FIXED

MASTER = {"master": "local-cluster[2,1,1024]"}
VALUES: dict[str, list[Any]] = {
    "boolean": [True, None],
    "integer": [-(2**31), None],
    "bigint": [2**63 - 1, None],
    "float": [1.5, None],
    "double": [float("inf"), None],
    "decimal(12,2)": [Decimal("-0.01"), None],
    "varchar": ["ẞ\n'", None],
    "date": [dt.date(1, 1, 1), None],
    "timestamp": [dt.datetime(9999, 12, 31, 23, 59, 59, 999_999), None],
    "bigint[]": [[1, None], None],
}


def source(columns: dict[str, str], **others: Any) -> SourceTable:
    known: dict[str, Any] = {
        "name": "shop.orders", "database": None, "schema": "shop", "identifier": "orders", "path": None,
        "event_time": "at", "known_at": None, "delay": Duration(0), "primary_key": (), "append_only": False,
        "tie_break": (), "deleted": None, "inclusive": False,
    }  # fmt: skip
    fields = tuple(Field(name=name, dtype=DataType.parse(kind)) for name, kind in columns.items())
    return SourceTable(**known | {"columns": fields} | others)


@pytest.fixture
def engine(spark: Any, tmp_path: Path) -> Any:
    with Spark(root=tmp_path, settings=MASTER) as one:
        yield one


def query(text: str) -> exp.Query:
    found = parse_one(text, dialect="duckdb")
    assert isinstance(found, exp.Query)
    return found


def everything() -> pa.Table:
    return pa.table(
        {
            f"c{place}": pa.array(values, arrow_type(DataType.parse(kind)))
            for place, (kind, values) in enumerate(VALUES.items())
        }
    )


def test_every_feature_type_goes_to_spark_and_comes_back(engine: Spark) -> None:
    engine.register("given", everything())
    names = ", ".join(everything().column_names)
    engine.create("kept", query(f"SELECT {names} FROM given"))
    assert engine.arrow(query(f"SELECT {names} FROM kept ORDER BY c1 NULLS LAST")).equals(everything())


def test_a_text_is_itself(engine: Spark) -> None:
    texts = ["${spark.app.name}", "${env:HOME}", "a\\b'", "\\%"]
    literals = ", ".join(exp.Literal.string(text).sql(dialect="duckdb") for text in texts)
    assert engine.rows(query(f"SELECT {literals}")) == [tuple(texts)]


def test_a_type_that_spark_lacks_is_refused_by_name(engine: Spark) -> None:
    with pytest.raises(DataError, match="the column 'x' is uint64, which does not go to Spark unchanged"):
        engine.register("given", pa.table({"x": pa.array([1], pa.uint64())}))


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_values_are_bound_whatever_the_zone_of_the_process(
    engine: Spark, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    moment = dt.datetime(2026, 1, 1, 1, 2, 3, 4)
    assert engine.rows(query("SELECT CAST($as_of AS TIMESTAMP) AS at"), {"as_of": moment}) == [(moment,)]
    monkeypatch.undo()
    time.tzset()


def test_files_and_tables_are_described_in_duckdb_s_words(engine: Spark, tmp_path: Path) -> None:
    pq.write_table(everything(), tmp_path / "all.parquet")
    columns = {f"c{place}": kind for place, kind in enumerate(VALUES)}
    found = engine.physical([source(columns, path="all.parquet")])["shop.orders"]
    assert found == {name: str(DataType.parse(kind)) for name, kind in columns.items()}


def test_narrow_and_zoned_columns_are_read_as_declared(engine: Spark, tmp_path: Path) -> None:
    moments = pa.array([dt.datetime(2026, 1, 1, tzinfo=dt.UTC)], pa.timestamp("us", tz="Europe/Zurich"))
    pq.write_table(pa.table({"n": pa.array([7], pa.int8()), "at": moments}), tmp_path / "o.parquet")
    orders = source({"n": "bigint", "at": "timestamp"}, path="o.parquet")
    found = engine.physical([orders])
    assert found["shop.orders"] == {"n": "TINYINT", "at": "TIMESTAMP WITH TIME ZONE"}
    rows = engine.arrow(typed_columns(orders, ("n", "at"), engine.relation, found))
    assert rows.to_pylist() == [{"n": 7, "at": dt.datetime(2026, 1, 1)}]


def test_folders_keep_the_text_of_their_names_and_files_their_own_columns(engine: Spark, tmp_path: Path) -> None:
    for day, table in (("007", pa.table({"a": [1]})), ("008", pa.table({"a": [2], "b": ["x"]}))):
        (tmp_path / f"o/day={day}").mkdir(parents=True)
        pq.write_table(table, tmp_path / f"o/day={day}/part.parquet")
    orders = source({"a": "bigint", "b": "varchar", "day": "varchar"}, path="o")
    rows = engine.arrow(typed_columns(orders, ("a", "b", "day"), engine.relation, engine.physical([orders])))
    assert sorted(map(tuple, (row.values() for row in rows.to_pylist()))) == [(1, None, "007"), (2, "x", "008")]


def test_text_files_are_refused(engine: Spark) -> None:
    with pytest.raises(DataError, match="Spark reads sources from Parquet files or tables"):
        engine.physical([source({"at": "timestamp"}, path="orders.csv")])


def test_a_column_of_text_is_no_timestamp_there(engine: Spark, tmp_path: Path) -> None:
    pq.write_table(pa.table({"at": ["2026-01-01"]}), tmp_path / "o.parquet")
    with pytest.raises(
        DataError, match=r"the column 'at' of the source 'shop\.orders' is VARCHAR, and is declared TIMESTAMP"
    ):
        engine.physical([source({"at": "timestamp"}, path="o.parquet")])


@pytest.mark.parametrize(
    ("values", "declared"),
    [
        (pa.array([b"a"]), "varchar"),
        (pa.array([dt.datetime(2026, 1, 1, tzinfo=dt.UTC)]), "varchar"),
        (pa.array([{"a": 1}]), "varchar"),
        (pa.array([1], pa.int8()), "timestamp"),
    ],
)
def test_a_column_that_engines_read_in_different_ways_is_refused(
    engine: Spark, tmp_path: Path, values: pa.Array, declared: str
) -> None:
    pq.write_table(pa.table({"x": values}), tmp_path / "o.parquet")
    with pytest.raises(DataError, match=r"the column 'x' of the source 'shop.orders' is .* declared"):
        engine.physical([source({"x": declared}, path="o.parquet")])


def test_a_missing_table_is_told_in_spark_s_words(engine: Spark) -> None:
    with pytest.raises(EngineError, match=r"'shop.orders' cannot be read from shop.orders: .*TABLE_OR_VIEW_NOT_FOUND"):
        engine.physical([source({"at": "timestamp"})])


def test_a_missing_file_is_named(engine: Spark) -> None:
    with pytest.raises(EngineError, match=r"nowhere.parquet"):
        engine.physical([source({"at": "timestamp"}, path="nowhere.parquet")])


def test_a_missing_column_is_told_with_those_that_are_there(engine: Spark, tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "o.parquet")
    with pytest.raises(DataError, match="has no column 'b'") as error:
        engine.physical([source({"a": "bigint", "b": "bigint"}, path="o.parquet")])
    assert "it has: a" in str(error.value.help)


def test_a_query_that_fails_is_told_without_java_s_stack(engine: Spark) -> None:
    engine.register("given", pa.table({"n": pa.array([2**63 - 1])}))
    with pytest.raises(EngineError, match="ARITHMETIC_OVERFLOW") as error:
        engine.arrow(query("SELECT n + n AS m FROM given"))
    assert "\tat " not in error.value.message
    assert len(error.value.message) < 500


def test_a_table_is_written_aside_and_replaced(engine: Spark, tmp_path: Path) -> None:
    engine.register("given", pa.table({"n": [1, 2]}))
    engine.write_table("written_table", query("SELECT n FROM given"))
    engine.register("given", pa.table({"n": [3]}))
    engine.write_table("written_table", query("SELECT n FROM given"))
    assert engine.read("again", "written_table") == {"n": "BIGINT"}
    assert engine.rows(query("SELECT n FROM again")) == [(3,)]
    with pytest.raises(EngineError):
        engine.write_table("written_table", query("SELECT n + 9223372036854775807 AS n FROM given"))
    engine.read("again", "written_table")
    assert engine.rows(query("SELECT n FROM again")) == [(3,)]


def test_a_table_in_a_schema_that_is_not_there_is_refused_at_once(engine: Spark) -> None:
    with pytest.raises(DataError, match="there is no schema 'nowhere'"):
        engine.check_table("nowhere.features")


def test_sessions_do_not_see_each_other(engine: Spark, spark: Any, tmp_path: Path) -> None:
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    try:
        engine.register("given", pa.table({"n": [1]}))
        with Spark(root=tmp_path, settings=MASTER) as other, pytest.raises(EngineError):
            other.rows(query("SELECT n FROM given"))
        assert spark.conf.get("spark.sql.session.timeZone") == "Asia/Tokyo"
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")


def test_what_values_depend_on_cannot_be_set_in_a_profile() -> None:
    assert {name.lower() for name in SESSION} == SPARK_FIXED


def test_settings_are_the_session_s_own_whatever_the_cluster_s_defaults(engine: Spark) -> None:
    assert {name: engine._session.conf.get(name) for name in SESSION} == SESSION
    assert not [name for name in engine._session.conf.getAll if name.startswith("spark.sql.legacy.")]


def test_an_older_spark_is_refused(monkeypatch: pytest.MonkeyPatch, engine: Spark, tmp_path: Path) -> None:
    monkeypatch.setattr(type(engine._session), "version", "4.2.1")
    with pytest.raises(EngineError, match=r"Spark is version 4.2.1 there"):
        Spark(root=tmp_path, settings=MASTER)


def test_without_java_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(EngineError, match="Spark needs Java, and there is none on the path"):
        Spark(root=tmp_path, settings={"master": "local[1]"})


def test_without_the_driver_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql", None)
    with pytest.raises(DriverMissing) as error:
        Spark(root=tmp_path, settings=MASTER)
    assert error.value.help == "pip install 'skewless[spark]'"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"master": "locl[2]"}, "Spark does not know the master 'locl[2]'"),
        ({"remote": "localhost:15002"}, "'remote' is no address of a Spark Connect server"),
        ({"remote": "sc://localhost:x;token=s3cr3t"}, "its address has no port that is a number"),
    ],
)
def test_an_address_that_is_none_is_told(tmp_path: Path, settings: dict[str, str], message: str) -> None:
    with pytest.raises(EngineError) as told:
        Spark(root=tmp_path, settings=settings)
    assert message in told.value.message
    assert "s3cr3t" not in told.value.message
