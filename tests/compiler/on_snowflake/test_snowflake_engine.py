"""Snowflake's session against an emulator: connecting, loading, reading, fetching, errors. No oracle of values."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from sqlglot import exp, parse_one

from skewless.codegen.scan import typed_columns
from skewless.contract.arrow import arrow_type
from skewless.contract.ir import Field, SourceTable
from skewless.dialects.emit import emit
from skewless.engines.snowflake import Snowflake
from skewless.ground.dtypes import DataType
from skewless.ground.durations import Duration
from skewless.ground.errors import DataError, EngineError
from skewless.tasks.train import training_set
from skewless.tasks.workspace import Options, Workspace, load_workspace

from .conftest import running, started
from .grammar import unparsable

VALUES: dict[str, list[Any]] = {
    "boolean": [True, None, False],
    "integer": [-(2**31), None, 2**31 - 1],
    "bigint": [2**63 - 1, None, -(2**63)],
    "float": [1.5, None, float("-inf")],
    "double": [float("inf"), None, 0.1],
    "decimal(12,2)": [Decimal("-0.01"), None, Decimal("9999999999.99")],
    "decimal(38,10)": [Decimal("1234567890123456789012345678.0123456789"), None, Decimal("0E-10")],
    "varchar": ["ẞ\n'\"\\", None, ""],
    "date": [dt.date(1, 1, 1), None, dt.date(9999, 12, 31)],
    "timestamp": [dt.datetime(9999, 12, 31, 23, 59, 59, 999_999), None, dt.datetime(1969, 12, 31, 23, 59, 59, 1)],
    "bigint[]": [[1, None, 2**63 - 1], None, []],
    "varchar[]": [["a\"'", None], None, []],
    "decimal(12,2)[]": [[Decimal("1.10")], None, []],
}


@pytest.fixture
def engine(fakesnow: dict[str, Any]) -> Iterator[Snowflake]:
    with Snowflake(settings=fakesnow) as opened:
        yield opened


def query(text: str) -> exp.Query:
    return parse_one(text, dialect="duckdb")  # type: ignore[return-value]


def source(columns: dict[str, str], **others: Any) -> SourceTable:
    own: dict[str, Any] = {
        "name": "shop.sales", "database": None, "schema": "s1", "identifier": "sales", "path": None,
        "columns": tuple(Field(name=name, dtype=DataType.parse(kind)) for name, kind in columns.items()),
        "event_time": None, "known_at": None, "delay": Duration(0), "primary_key": (), "append_only": False,
        "tie_break": (), "deleted": None, "inclusive": False,
    }  # fmt: skip
    return SourceTable(**{**own, **others})


def table_of_every_type() -> pa.Table:
    return pa.table(
        {
            f"c{place}": pa.array(held, arrow_type(DataType.parse(kind)))
            for place, (kind, held) in enumerate(VALUES.items())
        }
    )


def test_every_type_survives_there_and_back(engine: Snowflake) -> None:
    rows = table_of_every_type()
    engine.register("given", rows)
    assert engine.arrow(query("SELECT * FROM given ORDER BY c1 NULLS LAST")).sort_by("c1").equals(rows.sort_by("c1"))


def test_nan_survives_there_and_back(engine: Snowflake) -> None:
    engine.register("given", pa.table({"x": pa.array([float("nan"), 1.0])}))
    assert str(engine.rows(query("SELECT x FROM given"))) == "[(nan,), (1.0,)]"


def test_a_type_that_would_change_is_refused(engine: Snowflake) -> None:
    with pytest.raises(DataError, match="does not go to Snowflake unchanged"):
        engine.register("given", pa.table({"t": pa.array([0], pa.timestamp("ns"))}))
    with pytest.raises(DataError, match="does not go to Snowflake unchanged"):
        engine.register("given", pa.table({"t": pa.array([[0.1]])}))


def test_no_rows_have_types_too(engine: Snowflake) -> None:
    rows = table_of_every_type().slice(0, 0)
    engine.register("given", rows)
    found = engine.arrow(query("SELECT * FROM given"))
    assert found.schema == rows.schema
    assert found.num_rows == 0


def test_what_is_created_replaces_what_had_its_name(engine: Snowflake) -> None:
    engine.register("given", pa.table({"k": pa.array([1, 2], pa.int64())}))
    engine.create("made", query("SELECT k + 1 AS k FROM given"))
    engine.create("made", query("SELECT k + 1 AS k FROM made"))
    assert sorted(engine.rows(query("SELECT k FROM made"))) == [(3,), (4,)]


@pytest.fixture
def far_from_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("far_from_utc")
def test_parameters_are_bound_by_name_and_moments_in_utc(engine: Snowflake) -> None:
    moment = dt.datetime(2026, 7, 1, 12, 0, 0, 123_456)
    asked = query(
        "SELECT CAST($n AS BIGINT) AS n, CAST($a AS TIMESTAMP) AS a, CAST($b AS TIMESTAMP) AS b, CAST($a AS TIMESTAMP) AS c"
    )
    zoned = moment.replace(tzinfo=dt.timezone(dt.timedelta(hours=2)))
    bound = {"b": zoned, "a": moment, "n": 7}
    assert engine.rows(asked, bound) == [(7, moment, moment - dt.timedelta(hours=2), moment)]


def test_a_source_is_read_with_its_own_spelling(engine: Snowflake) -> None:
    engine._execute(
        'CREATE OR REPLACE TABLE s1.sales (id NUMBER(38,0), "Amount" FLOAT, happened TIMESTAMP_NTZ(9), extra TEXT)'
    )
    engine._execute("INSERT INTO s1.sales VALUES (1, 2.5, '2026-01-01 10:00:00.123456789', 'x')")
    sales = source({"id": "bigint", "amount": "double", "happened": "timestamp"})
    found = engine.physical([sales])
    assert found == {
        "shop.sales": {
            "id": "BIGINT",
            "Amount": "DOUBLE",
            "amount": "DOUBLE",
            "happened": "TIMESTAMP",
            "extra": "VARCHAR",
        }
    }
    read = typed_columns(sales, ("id", "amount", "happened"), engine.relation, found)
    assert engine.rows(read) == [(1, 2.5, dt.datetime(2026, 1, 1, 10, 0, 0, 123_456))]


def test_a_source_is_read_at_the_moment_that_the_clock_gave(fakesnow: dict[str, Any]) -> None:
    sales = source({"id": "bigint", "happened": "timestamp"})
    with Snowflake(settings=fakesnow) as first:
        first._execute("CREATE OR REPLACE TABLE s1.sales (id NUMBER(18,0), happened TIMESTAMP_NTZ(6))")
        assert "AT (" not in first.relation(sales).sql("snowflake")
        moment = first.clock()
        now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        assert abs(dt.datetime.fromisoformat(moment) - now) < dt.timedelta(minutes=5)
    with Snowflake(settings=fakesnow) as second:
        second.read_as_of(moment)
        found = second.physical([sales])
        text = emit(typed_columns(sales, ("id",), second.relation, found), "snowflake", pretty=False)
        assert f"\"SALES\" AT (TIMESTAMP => TO_TIMESTAMP_TZ('{moment} +00:00', " in text
        assert unparsable(text) == []
        assert second.clock() == moment


def test_a_column_that_is_not_there_is_named(engine: Snowflake) -> None:
    engine._execute("CREATE OR REPLACE TABLE s1.sales (id NUMBER)")
    with pytest.raises(DataError, match="has no column 'amount'") as told:
        engine.physical([source({"id": "bigint", "amount": "double"})])
    assert told.value.help == "it has: id; correct 'columns' of the source"


def test_a_table_that_is_not_there_is_named(engine: Snowflake) -> None:
    with pytest.raises(EngineError, match=r"the source 'shop.sales' cannot be read from s1.nowhere: .*002003"):
        engine.physical([source({"id": "bigint"}, identifier="nowhere")])


def test_a_file_is_no_source(engine: Snowflake) -> None:
    with pytest.raises(DataError, match="is a file, and Snowflake reads tables"):
        engine.physical([source({"id": "bigint"}, path="sales.parquet")])


def test_a_column_of_a_type_of_its_own_is_refused(engine: Snowflake) -> None:
    engine._execute("CREATE OR REPLACE TABLE s1.sales (id VARIANT)")
    with pytest.raises(DataError, match="VARIANT, and is declared BIGINT"):
        engine.physical([source({"id": "bigint"})])


@pytest.mark.parametrize("text", ["s1.asked", "(SELECT * FROM s1.asked)"])
def test_a_spine_of_the_warehouse_keeps_its_rows(engine: Snowflake, text: str) -> None:
    engine._execute('CREATE OR REPLACE TABLE s1.asked (user_id NUMBER(9,0), happened TIMESTAMP_NTZ(9), "Note" TEXT)')
    engine._execute("INSERT INTO s1.asked VALUES (1, '2026-01-01 10:00:00.9999999', 'n')")
    assert engine.read("given", text) == {"user_id": "INTEGER", "happened": "TIMESTAMP", "Note": "VARCHAR"}
    assert engine.rows(query('SELECT user_id, happened, "Note" FROM given')) == [
        (1, dt.datetime(2026, 1, 1, 10, 0, 0, 999_999), "n")
    ]


def test_a_table_stays_and_is_replaced(fakesnow: dict[str, Any]) -> None:
    with Snowflake(settings=fakesnow) as first:
        first.check_table("s1.training")
        first.register("given", pa.table({"k": pa.array([1], pa.int64())}))
        first.write_table("s1.training", query("SELECT k FROM given"))
        first.write_table("s1.training", query("SELECT k + 1 AS k FROM given"))
    with Snowflake(settings=fakesnow) as second:
        assert second.read("found", "s1.training") == {"k": "HUGEINT"}
        assert second.rows(query("SELECT CAST(k AS BIGINT) FROM found")) == [(2,)]
        with pytest.raises(DataError, match="there is no schema 'nowhere'"):
            second.check_table("nowhere.training")


def test_an_error_is_told_in_snowflake_s_words(engine: Snowflake) -> None:
    with pytest.raises(EngineError, match="002003") as told:
        engine.rows(query("SELECT 1 AS x FROM nowhere"))
    assert "sw0rdf1sh" not in str(told.value)
    assert told.value.help is not None


def test_a_wrong_password_is_told_and_not_shown(fakesnow: dict[str, Any]) -> None:
    with pytest.raises(EngineError, match=r"Snowflake cannot be connected to: .*ncorrect username or password") as told:
        Snowflake(settings={**fakesnow, "password": "wrong"})
    assert told.value.help == "check user and password in the profile"


def test_a_server_that_is_killed_is_one_plain_error_within_a_minute(emulator: Path) -> None:
    with started(emulator) as (settings, server), Snowflake(settings=settings) as engine:
        engine.register("given", pa.table({"k": pa.array([1], pa.int64())}))
        server.kill()
        server.wait()
        since = time.monotonic()
        with pytest.raises(EngineError) as told:
            engine.rows(query("SELECT k FROM given"))
        assert "onnection refused" in told.value.message or "timed out" in told.value.message
        assert told.value.help == "check account or host, and that this machine reaches it"
        engine.close()
        assert time.monotonic() - since < 60


def test_a_parameter_that_an_account_keeps_is_told(emulator: Path) -> None:
    with running(emulator, "--refuse", "WEEK_START") as settings, pytest.raises(EngineError) as told:
        Snowflake(settings=settings)
    assert told.value.message == "Snowflake keeps WEEK_START at 'other', where it was set to '1'"


def test_a_service_is_trained_on_snowflake_through_the_profile(tmp_path: Path, fakesnow: dict[str, Any]) -> None:
    workspace = written_project(tmp_path, fakesnow)
    spine = pa.table(
        {"amount": pa.array([3, None], pa.int64()), "at": [dt.datetime(2026, 1, 1)] * 2, "label": ["a", "b"]}
    )
    with workspace.engine() as engine:
        found = training_set(engine, workspace.service("risk"), spine, "at")
    assert found.select(["amount", "label", "twice"]).to_pylist() == [
        {"amount": 3, "label": "a", "twice": 6}, {"amount": None, "label": "b", "twice": None},
    ]  # fmt: skip


def written_project(root: Path, settings: dict[str, Any]) -> Workspace:
    (root / "features").mkdir()
    (root / "skewless.yml").write_text("name: shop\nversion: '1'\nprofile: shop\n")
    (root / "profiles.yml").write_text(
        yaml.safe_dump({"shop": {"outputs": {"default": {"type": "snowflake", **settings}}}})
    )
    (root / "features" / "risk.sql").write_text(
        "{{ config(request={'amount': 'bigint'}) }}\nselect r.amount + r.amount as twice from {{ request() }} as r\n"
    )
    (root / "features" / "services.yml").write_text("services: [{name: risk, features: [risk]}]\n")
    workspace = load_workspace(Options(project_dir=root), {})
    workspace.check()
    return workspace
