"""`--output TABLE` on Spark: what stands under the name before, after, and when something fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlglot import exp, parse_one

from skewless.engines.spark import Spark
from skewless.engines.spark_tables import Tables
from skewless.ground.errors import DataError, EngineError

MASTER = {"master": "local-cluster[2,1,1024]"}
ROWS = "SELECT n FROM given"
FAILS = "SELECT n + 9223372036854775807 AS n FROM given"


@pytest.fixture
def engine(spark: Any, tmp_path: Path) -> Iterator[Spark]:
    with Spark(root=tmp_path, settings=MASTER) as one:
        one.register("given", pa.table({"n": [2]}))
        yield one
        for name in tables(one):
            kind = "VIEW" if name == "seen" else "TABLE"
            one._session.sql(f"DROP {kind} spark_catalog.default.{name}")


def query(text: str) -> exp.Query:
    found = parse_one(text, dialect="duckdb")
    assert isinstance(found, exp.Query)
    return found


def tables(engine: Spark) -> dict[str, list[Any]]:
    """The user's tables, and the rows of each."""
    names = [f"spark_catalog.default.{one.name}" for one in engine._session.catalog.listTables() if not one.isTemporary]
    return {name.rpartition(".")[2]: [row[0] for row in engine._session.table(name).collect()] for name in names}


def user_table(engine: Spark, name: str, value: int) -> None:
    engine._session.sql(f"CREATE TABLE spark_catalog.default.{name} USING PARQUET AS SELECT {value} AS n")


def test_a_table_may_have_the_name_of_a_view_of_the_session(engine: Spark) -> None:
    for value in (2, 3):
        engine.register("given", pa.table({"n": [value]}))
        engine.check_table("given")
        engine.write_table("given", query(ROWS))
        assert tables(engine) == {"given": [value]}
        assert engine.rows(query(ROWS)) == [(value,)]


def test_a_view_of_the_user_s_is_refused_before_anything_is_computed(engine: Spark) -> None:
    engine._session.sql("CREATE VIEW seen AS SELECT 1 AS n")
    for name in ("seen", "default.seen", "DEFAULT.Seen"):
        with pytest.raises(DataError, match=r"is a view in the schema '.*', and a table would replace it"):
            engine.check_table(name)
    with pytest.raises(EngineError):
        engine.write_table("seen", query(ROWS))
    assert tables(engine) == {"seen": [1]}


def test_a_name_that_no_table_can_have_is_refused_before_anything_is_computed(engine: Spark) -> None:
    with pytest.raises(DataError, match="'my table' is no name of a table in Spark"):
        engine.check_table("my table")


def test_a_table_of_the_user_s_that_has_the_name_aside_stays(engine: Spark) -> None:
    user_table(engine, "x", 1)
    user_table(engine, "x__partial", 7)
    user_table(engine, "x__former", 8)
    engine.write_table("default.x", query(ROWS))
    assert tables(engine) == {"x": [2], "x__partial": [7], "x__former": [8]}


def test_a_query_that_fails_leaves_nothing_and_the_table_as_it_was(engine: Spark) -> None:
    user_table(engine, "x", 1)
    for name in ("x", "y"):
        with pytest.raises(EngineError, match="ARITHMETIC_OVERFLOW"):
            engine.write_table(name, query(FAILS))
    assert tables(engine) == {"x": [1]}
    engine.write_table("y", query(ROWS))
    assert tables(engine) == {"x": [1], "y": [2]}


def failing(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Renaming a table of these names fails."""
    rename = Tables._rename

    def fail(self: Tables, name: str, other: str) -> None:
        if name in names:
            raise EngineError("no space is left")
        rename(self, name, other)

    monkeypatch.setattr(Tables, "_rename", fail)


def test_a_last_step_that_fails_leaves_the_table_as_it_was(engine: Spark, monkeypatch: pytest.MonkeyPatch) -> None:
    user_table(engine, "x", 1)
    failing(monkeypatch, "x__partial")
    with pytest.raises(EngineError, match="no space is left"):
        engine.write_table("x", query(ROWS))
    assert tables(engine) == {"x": [1]}


def test_a_table_that_cannot_be_put_back_is_told_with_where_its_rows_are(
    engine: Spark, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_table(engine, "x", 1)
    failing(monkeypatch, "x__partial", "x__former")
    with pytest.raises(EngineError, match="the table 'x' was to be replaced, and could not be put back") as error:
        engine.write_table("x", query(ROWS))
    assert "its rows are in `spark_catalog`.default.`x__former`" in str(error.value.help)
    assert tables(engine) == {"x__former": [1]}


def test_a_table_that_would_end_with_the_session_is_refused(engine: Spark) -> None:
    tables, name = engine._tables("x")
    with pytest.raises(DataError, match="would be gone at once"):
        replace(tables, ends_with_session=True).check(name)
