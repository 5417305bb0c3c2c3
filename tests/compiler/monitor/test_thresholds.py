"""From which value on `skewless monitor` warns and fails: by default, by service and by feature."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from .served import NUMBER, RULES, normal, write_watched


def _judged(tmp_path: Path, monitor: str, shift: float = 0.0, **served: Any) -> dict[str, Any]:
    shop = write_watched(tmp_path, NUMBER, monitor)
    shop.train({"amount": normal(1_000)})
    shop.serve({"amount": normal(1_000, shift)}, **served)
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
    shop.train({name: normal(500) for name in names if name != "lost"})
    shop.serve({"calm": normal(500), "lost": normal(500), "moved": normal(500, 1), "moved_far": normal(500, 3)})
    assert [one["name"] for one in shop.result()["features"]] == ["moved_far", "moved", "lost", "calm"]
