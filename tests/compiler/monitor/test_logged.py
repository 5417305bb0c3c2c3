"""Which rows of a log `skewless monitor` compares: those of a span, and of every definition of the service."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from .served import DAY, RULES, Watched, normal, write_watched

# Spans and periods.


def test_rows_are_those_from_since_and_before_until(shop: Watched) -> None:
    shop.train({"amount": [1.0] * 20})
    for day in range(4):
        shop.serve({"amount": [1.0] * (day + 1)}, at=DAY + dt.timedelta(days=day))
    assert shop.result()["rows"] == 10
    assert shop.result("--since", "2026-06-13", "--until", "2026-06-15")["rows"] == 5
    assert shop.result("--since", "2026-06-13T00:00:00.000001Z")["rows"] == 7


def test_over_time_each_period_is_measured(shop: Watched) -> None:
    shop.train({"amount": normal(1_000)})
    for hour in range(3):
        shop.serve({"amount": normal(1_000, shift=hour, seed=hour)}, at=DAY + dt.timedelta(hours=hour))
    [first, second, third] = shop.feature("amount", "--every", "1 hour")["periods"]
    assert [one["start"] for one in (first, second, third)] == [f"2026-06-12T0{hour}:00:00Z" for hour in range(3)]
    assert first["psi"] < 0.05 < 0.5 < second["psi"] < third["psi"]
    assert [one["rows"] for one in (first, second, third)] == [1_000] * 3


def test_the_newest_period_is_judged_beside_a_long_span(shop: Watched) -> None:
    shop.train({"amount": normal(4_000)})
    for day in range(9):
        shop.serve({"amount": normal(1_000, seed=day)}, at=DAY + dt.timedelta(days=day))
    assert shop.result()["level"] == "pass"
    shop.serve({"amount": normal(1_000, shift=1)}, at=DAY + dt.timedelta(days=9))
    found = shop.feature("amount")
    assert found["served"]["psi"] < 0.1
    assert [(one["level"], one["metric"]) for one in found["findings"]] == [("fail", "psi")]
    assert "in the newest period, from 2026-06-21" in found["findings"][0]["text"]


# Definitions of the service.


def test_rows_of_another_definition_count_and_are_told(shop: Watched) -> None:
    old = shop.bundle()
    shop.train({"amount": [1.0] * 20})
    shop.serve({"amount": [1.0] * 20}, bundle=old)
    shop.write(
        "features/profile.sql",
        "{{ config(entity='user', ttl='30 days') }}\nselect user_id, amount from {{ source('shop', 'users') }}\n",
    )
    shop.serve({"amount": [1.0] * 30}, at=DAY + dt.timedelta(days=1))
    ended = shop.monitor()
    assert "20 rows were served by another definition" in ended.stderr
    assert "with other versions of profile" in ended.stderr
    found = shop.result()
    assert [
        (one["rows"], one["current"], one["changed"])
        for one in sorted(found["definitions"], key=lambda one: one["rows"])
    ] == [
        (20, False, ["profile"]),
        (30, True, []),
    ]
    assert found["rows"] == 50


def test_a_feature_counts_only_where_a_definition_has_it(tmp_path: Path) -> None:
    shop = write_watched(tmp_path, {"amount": "double"}, RULES)
    old = shop.bundle()
    shop.serve({"amount": [1.0] * 20}, bundle=old)
    write_watched(tmp_path, {"amount": "double", "visits": "bigint"}, RULES)
    shop.train({"amount": [1.0] * 20, "visits": [1] * 20})
    only_old = shop.feature("visits")
    assert (only_old["level"], only_old["findings"][0]["text"]) == (
        "warn", "no definition of the service that is in the log has it",
    )  # fmt: skip
    shop.serve({"amount": [1.0] * 30, "visits": [1] * 30})
    assert (shop.feature("visits")["served"]["rows"], shop.feature("visits")["served"]["null_rate"]) == (30, 0)
    assert shop.feature("amount")["served"]["rows"] == 50


def test_rows_in_which_a_feature_had_another_type_are_left_out_and_told(tmp_path: Path) -> None:
    shop = write_watched(tmp_path, {"amount": "varchar"}, RULES)
    shop.serve({"amount": ["x"] * 20})
    write_watched(tmp_path, {"amount": "double"}, RULES)
    shop.train({"amount": [1.0] * 20})
    shop.serve({"amount": [1.0] * 30})
    found = shop.feature("amount")
    assert (found["level"], found["served"]["rows"]) == ("pass", 30)
    assert found["note"] == "rows of definitions in which it is VARCHAR are left out"


def test_other_services_of_the_log_are_left_out(shop: Watched) -> None:
    shop.train({"amount": [1.0] * 20})
    shop.serve({"amount": [1.0] * 20})
    shop.serve({"amount": [9.0] * 20}, bundle=replace(shop.bundle(), service="other"))
    shop.serve({"amount": [9.0] * 20}, bundle=replace(shop.bundle(), project="other"))
    assert shop.result()["rows"] == 20


def test_names_of_the_log_that_the_service_has_taken_are_found(tmp_path: Path) -> None:
    shop = write_watched(
        tmp_path, {"log_as_of": "double", "log_answered_at": "bigint", "log_service": "varchar"}, RULES
    )
    rows: dict[str, list[Any]] = {"log_as_of": [1.0] * 20, "log_answered_at": [2] * 20, "log_service": ["x"] * 20}
    shop.train(rows)
    shop.serve(rows)
    found = shop.result()
    assert [one["served"]["psi"] for one in found["features"]] == [0.0] * 3


# A log and a baseline in the warehouse.


def _loaded(shop: Watched) -> None:
    """The log and the training set as tables of a DuckDB file, which the target opens."""
    profiles = (shop.root / "profiles.yml").read_text(encoding="utf-8")
    shop.write("profiles.yml", profiles.replace("type: duckdb,", "type: duckdb, path: warehouse.duckdb,"))
    with duckdb.connect(str(shop.root / "warehouse.duckdb")) as connection:
        files = f"'{shop.log}/**/*.parquet', hive_partitioning = true, union_by_name = true"
        connection.execute(f"CREATE TABLE served AS FROM read_parquet({files})")
        connection.execute(f"CREATE TABLE trained AS FROM '{shop.root}/training.parquet'")


def test_tables_of_the_warehouse_give_what_files_give(tmp_path: Path) -> None:
    shop = write_watched(tmp_path, {"amount": "double", "visits": "bigint"}, RULES)
    old = write_watched(tmp_path / "old", {"amount": "double"}).bundle()
    shop.train({"amount": normal(200), "visits": [1, 2] * 100})
    shop.serve({"amount": normal(100, shift=1), "visits": [1, None] * 50})
    shop.serve({"amount": normal(100, shift=2)}, at=DAY + dt.timedelta(days=1), bundle=old)
    from_files = shop.result("--since", "2026-06-12")
    _loaded(shop)
    from_tables = shop.result("--log", "served", "--baseline", "trained", "--since", "2026-06-12")
    assert from_tables["features"] == from_files["features"]
    assert from_tables["rows"] == from_files["rows"] == 200
    query = shop.result("--log", "SELECT * FROM served WHERE log_row < 50", "--baseline", "trained")
    assert query["rows"] == 100


def test_a_table_that_is_no_log_is_an_error(shop: Watched) -> None:
    shop.train({"amount": [1.0]})
    shop.serve({"amount": [1.0]})
    _loaded(shop)
    ended = shop.monitor("--log", "trained", "--baseline", "trained")
    assert ended.exit_code == 2
    assert "has no column log_answered_at, log_as_of" in ended.stderr
