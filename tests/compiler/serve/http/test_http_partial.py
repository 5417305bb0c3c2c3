"""A value that cannot be computed, over HTTP: it is INVALID, and all others are answered."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import httpx
import pyarrow.parquet as pq
import pytest
from prometheus_client.parser import text_string_to_metric_families

from serve.http.bazaar import NOON_TEXT
from serve.http.serving import ask, columns, error, running
from skewless.serve.http.app import make_app
from skewless.serve.http.settings import Settings

ASKED = {"user_id": [1, None, 1], "factor": [1, 2, 3]}
"""Of `overflow`: `scaled` is beyond an INTEGER for the last two, and `same` is NULL for the second, which has no key."""


def test_a_value_that_cannot_be_computed_is_invalid_and_all_others_are_answered(client: httpx.Client) -> None:
    response = ask(client, ASKED, feature_service="overflowing", as_of=NOON_TEXT)
    assert columns(response) == {"user_id": [1, None, 1], "same": [1, None, 1], "scaled": [2147483647, None, None]}
    assert columns(response, "statuses") == {
        "user_id": ["PRESENT"] * 3,
        "same": ["PRESENT", "NULL_VALUE", "PRESENT"],
        "scaled": ["PRESENT", "INVALID", "INVALID"],
    }


def test_other_views_of_a_request_are_answered(client: httpx.Client) -> None:
    asked = {"features": ["spending:orders_1h", "overflow:scaled"], "full_feature_names": True, "as_of": NOON_TEXT}
    response = ask(client, ASKED, **asked)
    assert columns(response)["spending__orders_1h"] == [2, 0, 2]
    assert columns(response, "statuses")["overflow__scaled"] == ["PRESENT", "INVALID", "INVALID"]


@pytest.mark.parametrize("views", [["overflow:scaled"], ["spending:orders_1h", "overflow:scaled"]])
def test_clients_that_would_take_it_for_null_get_an_error(client: httpx.Client, views: list[str]) -> None:
    """Feast's before 0.64 look at no status but PRESENT. They ask for features, without full_feature_names."""
    response = ask(client, ASKED, features=views, as_of=NOON_TEXT)
    words = "Out of Range Error: Overflow in multiplication of INT32 (2 * 2147483647)!"
    message = f"the feature 'overflow__scaled' cannot be computed for rows 2, 3: {words}"
    assert error(response) == (500, "FeastError", message)


def test_a_feature_that_nobody_asks_for_is_in_nobodys_way(client: httpx.Client) -> None:
    assert columns(ask(client, ASKED, features=["overflow:same"], as_of=NOON_TEXT))["same"] == [1, None, 1]


def test_metrics_and_the_access_log_count_it(settings: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    with running(make_app(replace(settings, access_log=True))) as client:
        ask(client, ASKED, feature_service="overflowing", as_of=NOON_TEXT)
        ask(client, {"user_id": [1], "factor": [1]}, feature_service="overflowing", as_of=NOON_TEXT)
        ask(client, ASKED, features=["overflow:same"], as_of=NOON_TEXT)
        text = client.get("/metrics").text
    counts = {
        (sample.labels["service"], sample.labels["status"]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "skewless_values_total"
    }
    assert counts == {
        ("overflowing", "PRESENT"): 5, ("overflowing", "NULL_VALUE"): 1, ("overflowing", "INVALID"): 2,
        ("", "PRESENT"): 2, ("", "NULL_VALUE"): 1,
    }  # fmt: skip
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [(line["status"], line.get("invalid")) for line in lines] == [
        (200, {"overflow__scaled": 2}), (200, None), (200, None), (200, None),
    ]  # fmt: skip
    assert all("error" not in line for line in lines)


def test_the_serving_log_tells_it_from_null(settings: Settings, tmp_path: Path) -> None:
    with running(make_app(replace(settings, log_folder=tmp_path))) as client:
        ask(client, ASKED, feature_service="overflowing", as_of=NOON_TEXT)
    (path,) = tmp_path.rglob("*.parquet")
    logged = [
        (row["same"], row["same__status"], row["scaled"], row["scaled__status"])
        for row in pq.read_table(path).to_pylist()
    ]
    assert logged == [
        (1, "PRESENT", 2147483647, "PRESENT"), (None, "NULL_VALUE", None, "INVALID"), (1, "PRESENT", None, "INVALID"),
    ]  # fmt: skip
