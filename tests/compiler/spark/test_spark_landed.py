"""Spark reads landed files beside a source's own rows as DuckDB does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skewless.codegen.scan import typed_columns
from skewless.contract.ir import Field, SourceTable
from skewless.engines.duckdb import DuckDB
from skewless.engines.engine import Engine
from skewless.engines.spark import Spark
from skewless.ground.dtypes import DataType
from skewless.ground.durations import Duration
from skewless.ground.errors import DataError

TYPES = {"order_id": "BIGINT", "amount": "DOUBLE", "note": "VARCHAR", "at": "TIMESTAMP"}
NOON = dt.datetime(2026, 6, 12, 12)


def source(**others: Any) -> SourceTable:
    columns = tuple(Field(name=name, dtype=DataType.parse(kind)) for name, kind in TYPES.items())
    known = {
        "name": "shop.orders", "database": None, "schema": "shop", "identifier": "orders", "path": "orders.parquet",
        "event_time": "at", "known_at": None, "delay": Duration(0), "primary_key": ("order_id",), "append_only": False,
        "tie_break": (), "deleted": None, "inclusive": False, "columns": columns, "landed": "landed",
    }  # fmt: skip
    return SourceTable(**known | others)


def write(path: Path, amounts: dict[int, float], **more: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = {"order_id": list(amounts), "amount": list(amounts.values()), **more}
    times = pa.array([NOON] * len(amounts), pa.timestamp("us"))
    pq.write_table(pa.table(columns).append_column("at", times), path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Order 2 is in both places, order 3 in two landed files, and only the newer of these know notes."""
    write(tmp_path / "orders.parquet", {1: 1.0, 2: 2.0}, note=["a", "b"])
    write(tmp_path / "landed/known_date=2026-06-12/a.parquet", {2: 2.0, 3: float("nan")})
    write(tmp_path / "landed/known_date=2026-06-13/b.parquet", {3: float("nan"), 4: 4.0}, note=[None, "d"])
    return tmp_path


@pytest.fixture
def engine(spark: Any, root: Path) -> Iterator[Spark]:
    with Spark(root=root, settings={"master": "local-cluster[2,1,1024]"}) as one:
        yield one


def rows(engine: Engine, one: SourceTable) -> list[str]:
    found = typed_columns(one, ("order_id", "amount", "note"), engine.relation, engine.physical([one]))
    return sorted(map(str, engine.rows(found)))


@pytest.mark.parametrize("append_only", [False, True])
def test_both_are_read_as_by_duckdb(engine: Spark, root: Path, append_only: bool) -> None:
    one = source(append_only=append_only)
    with DuckDB(root=root, settings={}, threads=1) as duckdb:
        expected = rows(duckdb, one)
    assert rows(engine, one) == expected
    assert len(expected) == (4 if append_only else 6)


def test_columns_that_are_younger_than_all_landed_files_are_null(engine: Spark, root: Path) -> None:
    (root / "landed/known_date=2026-06-13/b.parquet").unlink()
    with DuckDB(root=root, settings={}, threads=1) as duckdb:
        assert rows(engine, source()) == rows(duckdb, source())
    assert "(2, 2.0, None)" in rows(engine, source())


def test_a_folder_that_is_not_there_has_no_rows(engine: Spark, root: Path) -> None:
    assert rows(engine, source(landed="nowhere")) == rows(engine, source(landed=None))
    assert len(rows(engine, source(landed=None))) == 2


def test_spark_on_other_machines_does_not_read_a_folder_of_this_one(
    engine: Spark, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_is_here", False)
    monkeypatch.setattr(engine, "_columns", lambda _: {})
    with pytest.raises(DataError, match="is on the disk of this machine, and Spark on others"):
        engine.physical([source()])
