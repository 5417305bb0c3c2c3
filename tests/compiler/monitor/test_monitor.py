"""`skewless monitor`: what it compares, says and exits with, on logs of the real serving log."""

from __future__ import annotations

import datetime as dt
import json
import math
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from skewless import FeatureServer
from skewless.cli.main import cli
from skewless.serve.log import ServingLog
from skewless.serve.log.layout import METADATA

from .served import DAY, TYPES, Watched, write_watched

RULES = "{min_rows: 10}"
NUMBER = {"amount": "double"}


@pytest.fixture
def shop(tmp_path: Path) -> Watched:
    return write_watched(tmp_path / "shop", NUMBER, RULES)


def _normal(rows: int, shift: float = 0.0, seed: int = 0) -> list[float]:
    return [float(value) for value in np.random.default_rng(seed).normal(shift, 1, rows)]


def test_the_same_distribution_passes(shop: Watched) -> None:
    shop.train({"amount": _normal(4_000)})
    shop.serve({"amount": _normal(4_000, seed=1)})
    ended = shop.monitor()
    assert ended.exit_code == 0, ended.output
    assert "PASS=1 WARN=0 ERROR=0" in ended.stderr


def test_another_distribution_fails_and_says_why(shop: Watched) -> None:
    shop.train({"amount": _normal(4_000)})
    shop.serve({"amount": _normal(4_000, shift=2)})
    ended = shop.monitor()
    assert ended.exit_code == 1
    assert "(fails from 0.25)" in ended.stdout


def test_a_warning_is_a_failure_where_that_is_asked_for(shop: Watched) -> None:
    shop.train({"amount": _normal(4_000)})
    shop.serve({"amount": _normal(4_000, shift=0.4)})
    assert shop.result()["level"] == "warn"
    assert shop.monitor().exit_code == 0
    assert shop.monitor("--warn-error").exit_code == 1


def test_values_of_every_type_are_compared(tmp_path: Path) -> None:
    shop = write_watched(tmp_path, TYPES, RULES)
    rows: dict[str, list[Any]] = {
        "amount": [1.5, 2.5, None, math.nan] * 10,
        "visits": [1, 2, 3, None] * 10,
        "country": ["de", "fr", None, "日本"] * 10,
        "is_new": [True, False, None, True] * 10,
        "seen_at": [DAY, DAY + dt.timedelta(days=1), None, DAY] * 10,
        "tags": [["a"], [], None, ["a", "b"]] * 10,
        "price": [Decimal("1.10"), Decimal("2.20"), None, Decimal("1.10")] * 10,
    }
    shop.train(rows)
    shop.serve(rows)
    found = shop.result()
    assert {one["name"] for one in found["features"]} == set(TYPES)
    for one in found["features"]:
        assert (one["served"]["psi"], one["served"]["js"], one["level"]) == (0.0, 0.0, "pass"), one
        assert one["served"]["null_rate"] == one["baseline"]["null_rate"] == 0.25 or one["name"] == "amount"


def test_values_are_those_that_were_computed_by_hand(shop: Watched) -> None:
    """Half of the mass moves from the lower to the upper of two values."""
    shop.train({"amount": [1.0] * 50 + [2.0] * 50})
    shop.serve({"amount": [1.0] * 25 + [2.0] * 75}, age=dt.timedelta(minutes=5))
    found = shop.feature("amount")
    served = found["served"]
    assert served["psi"] == pytest.approx(0.25 * math.log(1.5) - 0.25 * math.log(0.5), abs=1e-12)
    assert served["kl"] == pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5), abs=1e-12)
    assert served["ks"] == 0.25
    assert (served["age_mean_seconds"], served["age_max_seconds"]) == (300, 300)
    assert [(one["bin"], one["baseline"], one["served"]) for one in found["bins"]] == [
        ("1", 50, 25),
        ("(1, 2]", 50, 75),
    ]


def test_statuses_are_told_as_rates(shop: Watched) -> None:
    shop.train({"amount": [1.0] * 20})
    shop.serve({"amount": [None] * 20}, statuses=["NOT_FOUND"] * 5 + ["OUTSIDE_MAX_AGE"] * 15)
    served = shop.feature("amount")["served"]
    assert served["statuses"] == {"NOT_FOUND": 0.25, "OUTSIDE_MAX_AGE": 0.75}
    assert served["null_rate"] == 1


# Bad input, each with a stated result or one message.


def test_an_empty_log_is_an_error_and_no_pass(shop: Watched) -> None:
    shop.train({"amount": [1.0]})
    ended = shop.monitor()
    assert ended.exit_code == 2
    assert "there is no Parquet file in" in ended.stderr


def test_a_span_without_rows_is_an_error(shop: Watched) -> None:
    shop.train({"amount": [1.0]})
    shop.serve({"amount": [1.0]})
    ended = shop.monitor("--since", "2026-06-12T01:00:00Z")
    assert ended.exit_code == 2
    assert "has no row of 'shop_v1' since 2026-06-12 01:00:00" in ended.stderr


def test_files_that_are_no_log_are_an_error(shop: Watched) -> None:
    shop.train({"amount": [1.0]})
    ended = shop.monitor("--log", shop.root)
    assert ended.exit_code == 2
    assert "holds Parquet files, and no serving log" in ended.stderr


def test_a_file_that_cannot_be_read_is_named(shop: Watched) -> None:
    shop.train({"amount": [1.0]})
    shop.serve({"amount": [1.0]})
    [file] = shop.log.rglob("*.parquet")
    damaged = file.with_name("zz.parquet")
    damaged.write_bytes(file.read_bytes()[:200])
    ended = shop.monitor()
    assert ended.exit_code == 2
    assert f"'{damaged}' is no file of a serving log: " in ended.stderr
    assert "help: remove it, or name another folder" in ended.stderr


def test_a_log_of_another_format_is_an_error(shop: Watched) -> None:
    shop.train({"amount": [1.0]})
    shop.serve({"amount": [1.0]})
    [file] = shop.log.rglob("*.parquet")
    told = {METADATA: b'{"format": 2}'}
    pq.write_table(pq.read_table(file).replace_schema_metadata(told), file)
    ended = shop.monitor()
    assert ended.exit_code == 2
    assert f"'{file}' is a log of format 2, and this release reads 1" in ended.stderr


def test_what_has_no_value_is_an_empty_cell_and_not_null(tmp_path: Path) -> None:
    shop = write_watched(tmp_path, {"amount": "double", "late": "double"}, RULES)
    shop.train({"amount": [1.0]})
    shop.serve({"amount": [1.0], "late": [2.0]})
    ended = shop.monitor()
    assert "NULL" not in ended.stdout
    assert "1 row served from" in ended.stderr
    assert "against 1 row of" in ended.stderr


@pytest.mark.parametrize("rows", [1, 9])
def test_few_rows_are_shown_and_not_judged(shop: Watched, rows: int) -> None:
    shop.train({"amount": _normal(100)})
    shop.serve({"amount": [1e9] * rows})
    found = shop.feature("amount")
    assert found["level"] == "skip"
    assert f"too few to judge: {rows} row{'s' if rows > 1 else ''} served" in found["note"]
    assert found["served"]["psi"] > 1
    assert shop.monitor().exit_code == 0


def test_a_small_baseline_is_not_judged_by(shop: Watched) -> None:
    shop.train({"amount": [1.0]})
    shop.serve({"amount": [2.0] * 20})
    assert "too few to judge: 1 row in the baseline" in shop.feature("amount")["note"]


def test_a_constant_feature_passes_while_it_is_constant(shop: Watched) -> None:
    shop.train({"amount": [7.0] * 20})
    shop.serve({"amount": [7.0] * 20})
    assert shop.feature("amount")["served"]["psi"] == 0
    shop.serve({"amount": [8.0] * 20}, at=DAY + dt.timedelta(days=1))
    assert shop.feature("amount", "--since", "2026-06-13")["level"] == "fail"


def test_null_on_both_sides_is_no_drift(shop: Watched) -> None:
    shop.train({"amount": [None] * 20})
    shop.serve({"amount": [None] * 20})
    found = shop.feature("amount")
    assert (found["level"], found["served"]["psi"]) == ("pass", None)
    assert "NULL on both sides" in found["note"]


@pytest.mark.parametrize(("baseline", "served"), [([1.0] * 20, [None] * 20), ([None] * 20, [1.0] * 20)])
def test_null_on_one_side_fails_by_its_rate(
    shop: Watched, baseline: list[float | None], served: list[float | None]
) -> None:
    shop.train({"amount": baseline})
    shop.serve({"amount": served})
    found = shop.feature("amount")
    assert (found["level"], found["served"]["psi"]) == ("fail", None)
    assert [one["metric"] for one in found["findings"]] == ["null_rate"]


def test_nan_and_infinities_have_bins_of_their_own(shop: Watched) -> None:
    shop.train({"amount": [1.0, 2.0, 3.0, 4.0] * 5})
    shop.serve({"amount": [math.nan, math.inf, -math.inf, 1.0] * 5})
    found = shop.feature("amount")
    assert {one["bin"]: one["served"] for one in found["bins"] if one["served"]} == {
        "-infinity": 5, "1": 5, "infinity": 5, "NaN": 5,
    }  # fmt: skip
    assert math.isfinite(found["served"]["psi"])
    assert found["level"] == "fail"


def test_new_categories_are_the_rest(tmp_path: Path) -> None:
    shop = write_watched(tmp_path, {"country": "varchar"}, RULES)
    shop.train({"country": ["de", "fr"] * 10})
    shop.serve({"country": ["de", "xx", "yy", "zz"] * 5})
    found = shop.feature("country")
    assert {one["bin"]: one["served"] for one in found["bins"]} == {"de": 5, "fr": 0, "(the rest)": 15}
    assert found["level"] == "fail"
    assert found["served"]["ks"] is None


def test_a_feature_that_the_baseline_lacks_is_a_warning(tmp_path: Path) -> None:
    shop = write_watched(tmp_path, {"amount": "double", "visits": "bigint"}, RULES)
    shop.train({"amount": [1.0] * 20})
    shop.serve({"amount": [1.0] * 20, "visits": [1] * 20})
    found = shop.feature("visits")
    assert found["level"] == "warn"
    assert "the baseline does not have it" in found["findings"][0]["text"]
    assert found["served"] is None


def test_a_baseline_of_other_features_is_an_error(shop: Watched) -> None:
    shop.serve({"amount": [1.0] * 20})
    duckdb.sql(f"COPY (SELECT 1 AS other) TO '{shop.root}/training.parquet'")
    ended = shop.monitor()
    assert ended.exit_code == 2
    assert "has no feature of 'shop_v1'" in ended.stderr


def test_a_baseline_without_rows_is_an_error(shop: Watched) -> None:
    shop.serve({"amount": [1.0] * 20})
    shop.train({"amount": []})
    ended = shop.monitor()
    assert ended.exit_code == 2
    assert "has no rows" in ended.stderr


def test_another_type_in_the_log_fails(shop: Watched) -> None:
    shop.serve({"amount": [1.0] * 20})
    duckdb.sql(f"COPY (SELECT 'text' AS amount FROM range(20)) TO '{shop.root}/training.parquet'")
    found = shop.feature("amount")
    assert found["level"] == "fail"
    assert found["findings"][0]["text"] == "it is DOUBLE in the log and VARCHAR in the baseline"


def test_numbers_of_several_types_are_compared_by_value(shop: Watched) -> None:
    shop.serve({"amount": [1.0, 2.0] * 10})
    duckdb.sql(f"COPY (SELECT (i % 2 + 1)::TINYINT AS AMOUNT FROM range(20) t(i)) TO '{shop.root}/training.parquet'")
    found = shop.feature("amount")
    assert (found["level"], found["served"]["psi"]) == ("pass", 0.0)


@pytest.mark.parametrize(
    ("baseline", "said"),
    [
        ("nowhere.parquet", "does not exist"),
        ("nowhere.json", "does not exist"),
        ("skewless.csv", "is no Parquet file"),
        ("no_such_table", "the baseline 'no_such_table' cannot be read"),
        ("features/shop.yml", "does not exist"),
        ("users", "it is taken for a table of the warehouse"),
    ],
)
def test_a_baseline_that_cannot_be_read_is_an_error(shop: Watched, baseline: str, said: str) -> None:
    shop.serve({"amount": [1.0]})
    ended = shop.monitor("--baseline", baseline)
    assert ended.exit_code == 2
    assert said in ended.stderr


def test_what_is_missing_is_said_with_what_to_write(shop: Watched) -> None:
    where = ["monitor", "--project-dir", str(shop.root), "shop_v1"]
    ended = CliRunner().invoke(cli, where)
    assert (ended.exit_code, "give --baseline training.parquet" in ended.stderr) == (2, True)
    ended = CliRunner().invoke(cli, [*where, "--baseline", "training.parquet"])
    assert (ended.exit_code, "give --log served" in ended.stderr) == (2, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--since", "soon"),
        ("--every", "1 month"),
        ("--every", "0 seconds"),
        ("--every", "10000000 days"),
        ("--since", "2026-01-02", "--until", "2026-01-01"),
    ],
)
def test_spans_that_are_none_are_usage_errors(shop: Watched, arguments: tuple[str, ...]) -> None:
    shop.train({"amount": [1.0]})
    shop.serve({"amount": [1.0]})
    ended = shop.monitor(*arguments)
    assert ended.exit_code == 2
    assert ended.stderr.count("error:") == 1


# Spans and periods.


def test_rows_are_those_from_since_and_before_until(shop: Watched) -> None:
    shop.train({"amount": [1.0] * 20})
    for day in range(4):
        shop.serve({"amount": [1.0] * (day + 1)}, at=DAY + dt.timedelta(days=day))
    assert shop.result()["rows"] == 10
    assert shop.result("--since", "2026-06-13", "--until", "2026-06-15")["rows"] == 5
    assert shop.result("--since", "2026-06-13T00:00:00.000001Z")["rows"] == 7


def test_over_time_each_period_is_measured(shop: Watched) -> None:
    shop.train({"amount": _normal(1_000)})
    for hour in range(3):
        shop.serve({"amount": _normal(1_000, shift=hour, seed=hour)}, at=DAY + dt.timedelta(hours=hour))
    [first, second, third] = shop.feature("amount", "--every", "1 hour")["periods"]
    assert [one["start"] for one in (first, second, third)] == [f"2026-06-12T0{hour}:00:00Z" for hour in range(3)]
    assert first["psi"] < 0.05 < 0.5 < second["psi"] < third["psi"]
    assert [one["rows"] for one in (first, second, third)] == [1_000] * 3


def test_the_newest_period_is_judged_beside_a_long_span(shop: Watched) -> None:
    shop.train({"amount": _normal(4_000)})
    for day in range(9):
        shop.serve({"amount": _normal(1_000, seed=day)}, at=DAY + dt.timedelta(days=day))
    assert shop.result()["level"] == "pass"
    shop.serve({"amount": _normal(1_000, shift=1)}, at=DAY + dt.timedelta(days=9))
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
    shop.train({"amount": _normal(200), "visits": [1, 2] * 100})
    shop.serve({"amount": _normal(100, shift=1), "visits": [1, None] * 50})
    shop.serve({"amount": _normal(100, shift=2)}, at=DAY + dt.timedelta(days=1), bundle=old)
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


# Profiles.


def test_a_frozen_baseline_gives_what_the_training_set_gives(tmp_path: Path) -> None:
    shop = write_watched(tmp_path, {"amount": "double", "country": "varchar"}, RULES)
    shop.train({"amount": [*_normal(50), math.nan, None], "country": ["de", "<b>", None, "日本"] * 13})
    shop.serve({"amount": _normal(100, shift=1), "country": ["de", "fr"] * 50})
    whole = shop.result()
    ended = shop.monitor("--freeze", tmp_path / "profile.json")
    assert ended.exit_code == 1
    (tmp_path / "training.parquet").unlink()
    frozen = shop.result("--baseline", tmp_path / "profile.json")
    assert frozen["features"] == whole["features"]
    assert frozen["baseline"]["digest"] == whole["baseline"]["digest"]


def test_a_baseline_is_frozen_without_a_log(shop: Watched) -> None:
    shop.train({"amount": _normal(100)})
    words = ["monitor", "--project-dir", str(shop.root), "shop_v1", "--baseline", str(shop.root / "training.parquet")]
    ended = CliRunner().invoke(cli, [*words, "--freeze", str(shop.root / "profile.json")])
    assert ended.exit_code == 0, ended.output
    profile = json.loads((shop.root / "profile.json").read_text(encoding="utf-8"))
    assert (profile["rows"], profile["service"], sum(profile["features"][0]["counts"])) == (100, "shop_v1", 100)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"rows": 20', '"rows": "many"', "is no profile of a baseline"),
        ('"rows": 20', '"surprise": 20', "is no profile of a baseline"),
        ('"format": 1', '"format": 2', "has format 2, and this release reads 1"),
        ('"nulls": 0', '"nulls": -1', "is damaged: a count of 'amount'"),
        ('"has_floor": true', '"has_floor": false', "is damaged: the number of counts of 'amount'"),
        ('"format": 1', '"format": 1,', "is no profile of a baseline"),
    ],
)
def test_a_damaged_profile_is_an_error(shop: Watched, old: str, new: str, said: str) -> None:
    shop.train({"amount": [1.0] * 20})
    shop.serve({"amount": [1.0] * 20})
    file = shop.root / "profile.json"
    assert shop.monitor("--freeze", file).exit_code == 0
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    ended = shop.monitor("--baseline", file)
    assert ended.exit_code == 2
    assert said in ended.stderr


# Thresholds.


def _judged(tmp_path: Path, monitor: str, shift: float = 0.0, **served: Any) -> dict[str, Any]:
    shop = write_watched(tmp_path, NUMBER, monitor)
    shop.train({"amount": _normal(1_000)})
    shop.serve({"amount": _normal(1_000, shift)}, **served)
    return shop.feature("amount")


def test_a_service_may_have_other_thresholds(tmp_path: Path) -> None:
    assert _judged(tmp_path, "{thresholds: {psi: {warn: 5, fail: 9}}}", shift=1)["level"] == "pass"
    assert _judged(tmp_path, "{thresholds: {psi: {warn: 0.5, fail: 9}}}", shift=1)["level"] == "warn"


def test_a_feature_may_have_other_thresholds_than_its_service(tmp_path: Path) -> None:
    rules = "{thresholds: {psi: {fail: 0.1}}, features: {amount: {psi: {fail: 9}}}}"
    assert _judged(tmp_path, rules, shift=1)["level"] == "pass"


def test_a_rule_without_numbers_is_off(tmp_path: Path) -> None:
    assert _judged(tmp_path, "{thresholds: {psi: {}}}", shift=1)["level"] == "pass"


def test_a_feature_that_is_not_enabled_is_left_out(tmp_path: Path) -> None:
    shop = write_watched(
        tmp_path, {"amount": "double", "visits": "bigint"}, "{min_rows: 10, features: {visits: {enabled: false}}}"
    )
    shop.train({"amount": [1.0] * 20})
    shop.serve({"amount": [1.0] * 20, "visits": [1] * 20})
    assert [one["name"] for one in shop.result()["features"]] == ["amount"]


def test_a_threshold_of_no_feature_is_told_at_its_place(tmp_path: Path) -> None:
    shop = write_watched(tmp_path, NUMBER, "{features: {amuont: {psi: {fail: 1}}}}")
    ended = shop.monitor()
    assert ended.exit_code == 2
    assert "'amuont' is not a feature of 'shop_v1'" in ended.stderr
    assert "did you mean 'amount'?" in ended.stderr


@pytest.mark.parametrize("metric", ["kl", "js", "ks"])
def test_every_distance_can_have_a_threshold(tmp_path: Path, metric: str) -> None:
    found = _judged(tmp_path, f"{{thresholds: {{psi: {{}}, {metric}: {{warn: 0.01}}}}}}", shift=1)
    assert [(one["metric"], one["level"]) for one in found["findings"]] == [(metric, "warn")]


def test_freshness_is_the_mean_age(tmp_path: Path) -> None:
    rules = "{thresholds: {freshness: {warn: 30 minutes, fail: 2 hours}}}"
    assert _judged(tmp_path, rules, age=dt.timedelta(minutes=29))["level"] == "pass"
    assert _judged(tmp_path / "2", rules, age=dt.timedelta(minutes=30))["level"] == "warn"
    [finding] = _judged(tmp_path / "3", rules, age=dt.timedelta(hours=2))["findings"]
    assert finding["text"] == "mean age 2 hours (fails from 2 hours)"


@pytest.mark.parametrize(
    ("metric", "status"),
    [("not_found_rate", "NOT_FOUND"), ("outside_max_age_rate", "OUTSIDE_MAX_AGE"), ("invalid_rate", "INVALID")],
)
def test_a_status_can_have_a_threshold(tmp_path: Path, metric: str, status: Any) -> None:
    rules = f"{{thresholds: {{{metric}: {{fail: 0.5}}}}}}"
    found = _judged(tmp_path, rules, statuses=[status] * 500 + ["PRESENT"] * 500)
    assert [(one["metric"], one["value"]) for one in found["findings"]] == [(metric, 0.5)]
    assert _judged(tmp_path / "less", rules, statuses=[status] * 499 + ["PRESENT"] * 501)["level"] == "pass"


def test_what_needs_looking_at_comes_first(tmp_path: Path) -> None:
    names = ("calm", "lost", "moved", "moved_far")
    shop = write_watched(tmp_path, dict.fromkeys(names, "double"), RULES)
    shop.train({name: _normal(500) for name in names if name != "lost"})
    shop.serve({"calm": _normal(500), "lost": _normal(500), "moved": _normal(500, 1), "moved_far": _normal(500, 3)})
    assert [one["name"] for one in shop.result()["features"]] == ["moved_far", "moved", "lost", "calm"]


# What is left behind.


def test_places_of_the_properties_are_below_the_project(tmp_path: Path) -> None:
    shop = write_watched(tmp_path / "shop", NUMBER, "{baseline: training.parquet, log: served, min_rows: 10}")
    shop.train({"amount": [1.0] * 20})
    shop.serve({"amount": [1.0] * 20})
    ended = CliRunner().invoke(cli, ["monitor", "--project-dir", str(shop.root), "shop_v1"])
    assert ended.exit_code == 0, ended.output


def test_results_are_kept_as_of_every_command(shop: Watched) -> None:
    shop.train({"amount": _normal(100)})
    shop.serve({"amount": _normal(100, shift=3)})
    shop.monitor()
    kept = json.loads((shop.root / "target/run_results.json").read_text(encoding="utf-8"))
    [one] = kept["results"]
    assert (one["unique_id"], one["status"]) == ("service.shop.shop_v1.amount", "fail")
    assert "PSI" in one["message"]


def _history(shop: Watched) -> list[dict[str, Any]]:
    text = (shop.root / "target/monitor/shop_v1.jsonl").read_text(encoding="utf-8")
    return [
        json.loads(line) for line in text.splitlines() if line.strip() and line.startswith("{") and line.endswith("}")
    ]


def test_history_keeps_each_period_once(shop: Watched) -> None:
    shop.train({"amount": _normal(100)})
    shop.serve({"amount": _normal(100)})
    for _ in range(3):
        shop.monitor()
    assert [(one["feature"], one["start"], one["rows"]) for one in _history(shop)] == [
        ("amount", "2026-06-12T00:00:00", 100)
    ]
    shop.serve({"amount": _normal(50)}, at=DAY + dt.timedelta(hours=5))
    shop.monitor()
    shop.monitor("--since", "2026-06-12T01:00:00Z")  # less than is known of the day
    assert [one["rows"] for one in _history(shop)] == [100, 150]


def test_history_outlives_the_log_in_the_report(shop: Watched) -> None:
    shop.train({"amount": _normal(100)})
    shop.serve({"amount": _normal(100)})
    shop.monitor()
    shutil.rmtree(shop.log)
    shop.serve({"amount": _normal(100)}, at=DAY + dt.timedelta(days=30))
    shop.monitor("--report", shop.root / "report.html")
    page = (shop.root / "report.html").read_text(encoding="utf-8")
    assert "2026-06-12: 0." in page
    assert "2026-07-12: 0." in page


def test_history_that_was_cut_off_loses_its_last_line_only(shop: Watched) -> None:
    shop.train({"amount": _normal(100)})
    shop.serve({"amount": _normal(100)})
    shop.monitor()
    file = shop.root / "target/monitor/shop_v1.jsonl"
    with open(file, "a", encoding="utf-8") as opened:
        opened.write('{"feature": "amount", "sta')
    shop.serve({"amount": _normal(100)}, at=DAY + dt.timedelta(days=1))
    ended = shop.monitor()
    assert "has a line that cannot be read" in ended.stderr
    assert [one["rows"] for one in _history(shop)] == [100, 100]


def test_another_baseline_begins_another_history(shop: Watched) -> None:
    shop.serve({"amount": _normal(100)})
    for seed in (1, 2):
        shop.train({"amount": _normal(100, seed=seed)})
        shop.monitor()
    assert len({one["digest"] for one in _history(shop)}) == 2


FLOATS = st.lists(st.none() | st.floats(), min_size=1, max_size=30)


@settings(deadline=None, max_examples=15)
@given(baseline=FLOATS, served=FLOATS)
def test_no_values_make_a_nan_in_the_output(
    tmp_path_factory: pytest.TempPathFactory, baseline: list[float | None], served: list[float | None]
) -> None:
    shop = write_watched(tmp_path_factory.mktemp("shop"), NUMBER, "{min_rows: 1}")
    shop.train({"amount": baseline})
    shop.serve({"amount": served})
    ended = shop.monitor("--output", "json", "--report", shop.root / "r.html", "--prometheus", shop.root / "m.prom")
    assert ended.exit_code in (0, 1), ended.output

    def refuse(word: str) -> None:
        raise AssertionError(word)

    json.loads(ended.stdout, parse_constant=refuse)
    gauges = (shop.root / "m.prom").read_text(encoding="utf-8")
    assert not [line for line in gauges.splitlines() if line.endswith((" NaN", "Inf"))]
    page = (shop.root / "r.html").read_text(encoding="utf-8")
    assert "nan" not in page.replace("NaN", "").lower().replace("finance", "")


def test_what_the_server_serves_from_its_bundle_is_of_the_current_definition(tmp_path: Path) -> None:
    """From `skewless run` through a bundle's file, the online store and the log to the verdict."""
    shop = write_watched(tmp_path, NUMBER, "{min_rows: 1}")
    columns = "1 AS user_id, TIMESTAMP '2026-06-01' AS changed_at, 7.0 AS amount"
    duckdb.sql(f"COPY (SELECT {columns}) TO '{tmp_path}/users.parquet'")
    ended = CliRunner().invoke(cli, ["run", "--project-dir", str(tmp_path), "--as-of", "2026-06-12"])
    assert ended.exit_code == 0, ended.output
    server = FeatureServer.load(
        str(tmp_path / "target/serving/shop_v1.json"), store=f"sqlite:///{tmp_path}/target/online.db"
    )
    log = ServingLog(shop.log, clock=lambda: DAY)
    rows = {"user_id": [1, 2]}
    log.of(server.bundle).record(rows, server.get_columns(rows, as_of=DAY))
    log.close()
    shop.train({"amount": [7.0, None]})
    found = shop.result()
    assert [(one["rows"], one["current"], one["changed"]) for one in found["definitions"]] == [(2, True, [])]
    [feature] = found["features"]
    assert (feature["level"], feature["served"]["psi"]) == ("pass", 0.0)
    assert feature["served"]["statuses"] == {"PRESENT": 0.5, "NOT_FOUND": 0.5}
    assert feature["served"]["age_mean_seconds"] == 11 * 86_400
