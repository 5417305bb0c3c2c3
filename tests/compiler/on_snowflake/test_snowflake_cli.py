"""Bad input on Snowflake through the command line: an exit code, one message, and nothing half-written."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from warehouse_shop import WarehouseShop, one_message, written_shop

from skewless.engines.snowflake import Snowflake

TABLE = {"schema": "s1", "identifier": "payments"}


@pytest.fixture
def target(fakesnow: dict[str, Any]) -> dict[str, Any]:
    with Snowflake(settings=fakesnow) as engine:
        engine._execute(
            "CREATE OR REPLACE TABLE s1.payments (payment_id NUMBER(18,0), user_id NUMBER(18,0), amount NUMBER(18,0), "
            "paid_at TIMESTAMP_NTZ(6), seen VARIANT)"
        )
    return {"type": "snowflake", **fakesnow}


def failed(made: WarehouseShop) -> str:
    message = one_message(made.train())
    assert not made.leavings()
    assert "sw0rdf1sh" not in message
    return message


def test_the_driver_is_named_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, target: dict[str, Any]
) -> None:
    monkeypatch.setitem(sys.modules, "snowflake.connector", None)
    assert "pip install 'skewless[snowflake]'" in failed(written_shop(tmp_path, target, TABLE))


def test_a_wrong_password_is_one_message(tmp_path: Path, target: dict[str, Any]) -> None:
    message = failed(written_shop(tmp_path, {**target, "password": "wrong"}, TABLE))
    assert "ncorrect username or password" in message
    assert "help: check user and password in the profile" in message


def test_a_server_that_is_not_there_is_one_message(tmp_path: Path, target: dict[str, Any]) -> None:
    message = failed(written_shop(tmp_path, {**target, "port": 1}, TABLE))
    assert "Snowflake cannot be connected to" in message


@pytest.mark.parametrize(
    ("place", "columns", "message"),
    [
        ({"schema": "s1", "identifier": "nowhere"}, {}, "cannot be read from s1.nowhere"),
        ({"path": "payments.parquet"}, {}, "is a file, and Snowflake reads tables"),
        (TABLE, {"currency": "varchar"}, "has no column 'currency'"),
        (TABLE, {"seen": "bigint"}, "VARIANT, and is declared BIGINT"),
    ],
)
def test_what_is_wrong_with_a_source_is_one_message(
    tmp_path: Path, target: dict[str, Any], place: dict[str, str], columns: dict[str, str], message: str
) -> None:
    assert message in failed(written_shop(tmp_path, target, place, **columns))


def test_a_table_in_a_schema_that_is_not_there_is_refused(tmp_path: Path, target: dict[str, Any]) -> None:
    made = written_shop(tmp_path, target, TABLE)
    spine = ("--spine", "SELECT 1 AS user_id, TO_TIMESTAMP_NTZ('2026-01-02 00:00:00') AS at")
    assert "there is no schema 'nowhere'" in one_message(made.train(*spine, output="nowhere.made"))


def test_the_manifest_says_at_which_moment_a_table_can_be_read_again(tmp_path: Path, target: dict[str, Any]) -> None:
    made = written_shop(tmp_path, target, TABLE)
    result = made.train()
    assert result.exit_code == 0, result.output
    manifest = json.loads((tmp_path / "set.parquet.manifest.json").read_text())
    (found,) = manifest["sources"].values()
    assert found["place"] == "s1.payments"
    assert (found["rows"], found["files"], found["lacks"]) == (0, None, None)
    dt.datetime.fromisoformat(found["as_of"])
    assert "snowflake-connector-python" in manifest["packages"]
    assert "sw0rdf1sh" not in json.dumps(manifest)


SPINE = "SELECT 1 AS user_id, TO_TIMESTAMP_NTZ('2026-01-02 00:00:00') AS at"


def test_a_file_of_a_spine_in_the_warehouse_has_a_digest(tmp_path: Path, target: dict[str, Any]) -> None:
    made = written_shop(tmp_path, target, TABLE)
    assert made.train("--spine", SPINE).exit_code == 0
    manifest = json.loads((tmp_path / "set.parquet.manifest.json").read_text())
    assert manifest["spine"]["given"] == "query"
    assert manifest["spine"]["digest"].startswith("sha256:")
    assert [one["name"] for one in manifest["output"]["columns"]] == ["user_id", "at", "spent"]


def test_a_table_that_stays_has_no_digest_and_says_so(tmp_path: Path, target: dict[str, Any]) -> None:
    made = written_shop(tmp_path, target, TABLE)
    result = made.train("--spine", SPINE, output="s1.made")
    assert result.exit_code == 0, result.output
    place = "target/training/s1.made.manifest.json"
    assert f"left in the table s1.made; manifest: {place}" in result.output
    manifest = json.loads((tmp_path / place).read_text())
    assert manifest["output"]["digest"] is None
    assert manifest["output"]["rows"] == manifest["spine"]["rows"] == 1
    del manifest["sources"]["shop.payments"]["as_of"]  # the emulator has no time travel
    (tmp_path / "now.json").write_text(json.dumps(manifest))
    again = made.run("train", "--from-manifest", "now.json", "--output", "set.parquet")
    assert again.exit_code == 1
    assert "Not known to be equal: rows that stay in the warehouse have no digest" in again.output
