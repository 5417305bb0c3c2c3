"""Bad input on Spark through the command line: an exit code, one message, and nothing half-written."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from warehouse_shop import WarehouseShop, one_message, written_shop

TARGET = {"type": "spark", "master": "local-cluster[2,1,1024]"}
FILE = {"path": "payments.parquet"}
ROWS = {"payment_id": [1], "user_id": [1], "amount": [2**62], "paid_at": [dt.datetime(2026, 1, 1)]}
FAILS = "max(amount + amount)"


def shop(root: Path, place: dict[str, str] | None = None, **others: Any) -> WarehouseShop:
    made = written_shop(root, TARGET, place or FILE, **others)
    pq.write_table(pa.table(ROWS), root / "payments.parquet")
    return made


def tables(spark: Any) -> set[str]:
    return {row.tableName for row in spark.sql("SHOW TABLES").collect() if not row.isTemporary}


def test_a_training_set_is_written(spark: Any, tmp_path: Path) -> None:
    made = shop(tmp_path)
    result = made.train()
    assert result.exit_code == 0, result.output
    assert pq.read_table(tmp_path / "set.parquet").column("spent").to_pylist() == [2**62]


def test_a_training_set_is_made_again(spark: Any, tmp_path: Path) -> None:
    made = shop(tmp_path)
    assert made.train().exit_code == 0
    manifest = json.loads((tmp_path / "set.parquet.manifest.json").read_text())
    (source,) = manifest["sources"].values()
    assert [one["path"] for one in source["files"]] == ["payments.parquet"]
    assert source["rows"] == 1
    assert "pyspark" in manifest["packages"]
    again = made.run("train", "--from-manifest", "set.parquet.manifest.json")
    assert (again.exit_code, "Equal to the manifest's values" in again.output) == (0, True), again.output
    pq.write_table(pa.table({**ROWS, "amount": [3]}), tmp_path / "payments.parquet")
    other = made.run("train", "--from-manifest", "set.parquet.manifest.json")
    assert other.exit_code == 1
    assert "Not equal to the manifest's values, in spent" in other.output
    assert "changed: source shop.payments: file payments.parquet" in other.output


def test_the_driver_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    made = shop(tmp_path)
    assert "pip install 'skewless[spark]'" in one_message(made.train())
    assert not made.leavings()


def test_java_is_missed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    made = shop(tmp_path)
    assert "Spark needs Java, and there is none on the path" in one_message(made.train())
    assert not made.leavings()


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"place": {"path": "nowhere.parquet"}}, "cannot be read from 'nowhere.parquet': there is no such file"),
        ({"place": {"schema": "default", "identifier": "nowhere"}}, "TABLE_OR_VIEW_NOT_FOUND"),
        ({"place": {"path": "payments.csv"}}, "Spark reads sources from Parquet files or tables"),
        ({"currency": "varchar"}, "has no column 'currency'"),
        ({"value": FAILS}, "ARITHMETIC_OVERFLOW"),
    ],
)
def test_what_is_wrong_with_the_data_is_one_message(
    spark: Any, tmp_path: Path, others: dict[str, Any], message: str
) -> None:
    made = shop(tmp_path, **others)
    assert message in one_message(made.train())
    assert not made.leavings()


def test_a_source_of_another_type_is_one_message(spark: Any, tmp_path: Path) -> None:
    made = shop(tmp_path)
    pq.write_table(pa.table({**ROWS, "amount": [b"1"]}), tmp_path / "payments.parquet")
    assert "the column 'amount' of the source 'shop.payments' is BLOB, and is declared BIGINT" in one_message(
        made.train()
    )
    assert not made.leavings()


def test_a_file_that_was_there_stays_when_a_query_fails(spark: Any, tmp_path: Path) -> None:
    made = shop(tmp_path, value=FAILS)
    (tmp_path / "set.parquet").write_text("as it was")
    one_message(made.train())
    assert (tmp_path / "set.parquet").read_text() == "as it was"
    assert made.leavings() == ["set.parquet"]


def test_no_table_is_left_when_a_query_fails_or_the_name_is_a_view_s(spark: Any, tmp_path: Path) -> None:
    spark.sql("CREATE OR REPLACE VIEW default.seen_by_all AS SELECT 1 AS n")
    spine = ("--spine", "SELECT 1L AS user_id, TIMESTAMP_NTZ '2026-01-02 00:00:00' AS at")
    before = tables(spark)
    try:
        assert "ARITHMETIC_OVERFLOW" in one_message(
            shop(tmp_path / "a", value=FAILS).train(*spine, output="default.made")
        )
        made = shop(tmp_path / "b")
        assert "'seen_by_all' is a view" in one_message(made.train(*spine, output="seen_by_all"))
        assert "there is no schema 'nowhere'" in one_message(made.train(*spine, output="nowhere.made"))
        assert tables(spark) == before
    finally:
        spark.sql("DROP VIEW default.seen_by_all")
