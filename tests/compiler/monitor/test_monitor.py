"""`skewless monitor`: what it compares, says and exits with, on logs of the real serving log."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from skewless import FeatureServer
from skewless.cli.main import cli
from skewless.serve.log import ServingLog

from .served import DAY, NUMBER, RULES, TYPES, Watched, normal, write_watched


def test_the_same_distribution_passes(shop: Watched) -> None:
    shop.train({"amount": normal(4_000)})
    shop.serve({"amount": normal(4_000, seed=1)})
    ended = shop.monitor()
    assert ended.exit_code == 0, ended.output
    assert "PASS=1 WARN=0 ERROR=0" in ended.stderr


def test_another_distribution_fails_and_says_why(shop: Watched) -> None:
    shop.train({"amount": normal(4_000)})
    shop.serve({"amount": normal(4_000, shift=2)})
    ended = shop.monitor()
    assert ended.exit_code == 1
    assert "(fails from 0.25)" in ended.stdout


def test_a_warning_is_a_failure_where_that_is_asked_for(shop: Watched) -> None:
    shop.train({"amount": normal(4_000)})
    shop.serve({"amount": normal(4_000, shift=0.4)})
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
