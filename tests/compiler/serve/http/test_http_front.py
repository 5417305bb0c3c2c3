"""Tokens, request ids, health, metrics, the descriptions of services, the access log."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest
from prometheus_client.parser import text_string_to_metric_families

from serve.http.bazaar import NOON, NOON_TEXT
from serve.http.serving import ask, columns, error, running
from skewless.serve.http.app import make_app
from skewless.serve.http.metrics import METRICS
from skewless.serve.http.security import digests_of, tokens_in
from skewless.serve.http.settings import Settings


@pytest.fixture(scope="module")
def guarded(settings: Settings) -> Iterator[httpx.Client]:
    digests = digests_of(tokens_in("first-token, second-token\nthird"))
    with running(make_app(replace(settings, token_digests=digests))) as client:
        yield client


@pytest.mark.parametrize("token", ["first-token", "second-token", "third"])
def test_each_token_opens(guarded: httpx.Client, token: str) -> None:
    response = guarded.get("/services", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "a bearer token is needed, in the header Authorization"),
        ("Bearer first", "the bearer token is not valid"),
        ("Bearer first-token,", "the bearer token is not valid"),
        ("Bearer", "the header Authorization is not of the form 'Bearer TOKEN'"),
        ("Basic first-token", "the header Authorization is not of the form 'Bearer TOKEN'"),
        ("first-token", "the header Authorization is not of the form 'Bearer TOKEN'"),
    ],
)
@pytest.mark.parametrize("path", ["/get-online-features", "/metrics", "/services", "/docs", "/nothing"])
def test_nothing_else_does(guarded: httpx.Client, path: str, header: str | None, message: str) -> None:
    response = guarded.get(path, headers={} if header is None else {"Authorization": header})
    assert error(response) == (401, "FeastPermissionError", message)
    assert response.headers["www-authenticate"] == "Bearer"


def test_health_needs_no_token(guarded: httpx.Client) -> None:
    response = guarded.get("/health")
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("given", ["abc-123", "x" * 128])
def test_a_request_keeps_its_id(client: httpx.Client, given: str) -> None:
    assert client.get("/nothing", headers={"X-Request-Id": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", [None, "", "two words", "x" * 129])
def test_a_request_without_an_id_gets_one(client: httpx.Client, given: str | None) -> None:
    headers = {} if given is None else {"X-Request-Id": given}
    ids = {client.get("/services", headers=headers).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3
    assert given not in ids


def test_every_vector_is_logged_with_its_request_id(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "served"
    with running(make_app(replace(settings, log_folder=folder))) as client:
        entities = {"user_id": [1, 9], "stall": ["a", "b"]}
        body = {"entities": entities, "features": ["spending:orders_1h", "stalls:last_amount"], "as_of": NOON_TEXT}
        client.post("/get-online-features", json=body, headers={"X-Request-Id": "r1"})
        dates = {"user_id": [1], "number": ["NaN"], "money": [0.5], "at": [1781222400], "day": ["2026-06-12"]}
        ask(client, dates, feature_service="echoes", as_of=NOON_TEXT)
        ask(client, {"user_id": ["wrong"]}, feature_service="types")
    files = {path.parts[-4]: pq.read_table(path).to_pylist() for path in folder.rglob("*.parquet")}
    assert set(files) == {"log_service=spending", "log_service=stalls", "log_service=echoes"}
    logged = files["log_service=stalls"]
    assert [(row["log_request_id"], row["log_row"], row["log_as_of"]) for row in logged] == [
        ("r1", 0, NOON), ("r1", 1, NOON),
    ]  # fmt: skip
    assert [(row["user_id"], row["stall"], row["last_amount"]) for row in logged] == [(1, "a", 10.0), (9, "b", None)]
    echo = files["log_service=echoes"][0]
    assert (echo["money"], echo["at"], echo["day"]) == (Decimal("0.50"), dt.datetime(2026, 6, 12), dt.date(2026, 6, 12))


def test_an_entity_that_is_not_sampled_is_not_logged(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "served"
    with running(make_app(replace(settings, log_folder=folder, log_fraction=0.0))) as client:
        assert ask(client, {"user_id": [1]}, feature_service="types").status_code == 200
    assert not list(tmp_path.rglob("*.parquet"))


def test_what_becomes_of_logged_rows_is_counted(settings: Settings, tmp_path: Path) -> None:
    with running(make_app(replace(settings, log_folder=tmp_path / "served"))) as client:
        for _ in range(200):
            found = _samples(client.get("/metrics").text)
            if ("skewless_serving_log_rows_total", "written") in found:
                break
            time.sleep(0.05)
    assert {key[1] for key in found if key[0] == "skewless_serving_log_rows_total"} == {"written", "dropped", "failed"}


def test_metrics_count_requests_rows_statuses_and_ages(settings: Settings) -> None:
    with running(make_app(settings)) as client:
        ask(client, {"user_id": [1, 9]}, feature_service="types", as_of=NOON_TEXT)
        ask(client, {"user_id": [1]}, features=["spending:orders_1h"], as_of=NOON_TEXT)
        ask(client, {"user_id": ["x"]}, feature_service="types")
        client.get("/nothing")
        response = client.get("/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = _samples(response.text)
    route = "/get-online-features"
    assert found["skewless_requests_total", route, "types", "200"] == 1
    assert found["skewless_requests_total", route, "", "200"] == 1
    assert found["skewless_requests_total", route, "types", "422"] == 1
    assert found["skewless_requests_total", "", "", "404"] == 1
    assert found["skewless_request_seconds_count", route, "types"] == 2
    assert found["skewless_entity_rows_total", "types"] == 2
    assert found["skewless_values_total", "types", "types", "PRESENT"] == 12
    assert found["skewless_values_total", "types", "types", "NOT_FOUND"] == 12
    assert found["skewless_values_total", "", "spending", "PRESENT"] == 1
    assert found["skewless_store_errors_total",] == 0
    ages = {key[1]: value for key, value in found.items() if key[0] == "skewless_state_age_seconds"}
    assert set(ages) == {"spending", "types", "stalls"}
    assert all(value > 0 for value in ages.values())


def test_every_metric_has_a_name_that_is_documented(settings: Settings) -> None:
    with running(make_app(settings)) as client:
        ask(client, {"user_id": [1]}, feature_service="types")
        text = client.get("/metrics").text
    families = {family.name for family in text_string_to_metric_families(text)}
    assert families == {name.removesuffix("_total") for name in METRICS}


def _samples(text: str) -> dict[tuple[str, ...], float]:
    """(name, values of labels in the order route, service, view, status, outcome) to value."""
    order = ("route", "service", "view", "status", "outcome")
    return {
        (sample.name, *(sample.labels[name] for name in order if name in sample.labels)): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if "le" not in sample.labels
    }


def test_services_are_listed(client: httpx.Client) -> None:
    services = {one["name"]: one for one in client.get("/services").json()["services"]}
    assert set(services) == {"everything", "types", "stalls", "sides", "overflowing", "echoes"}
    assert services["stalls"] == {"name": "stalls", "keys": ["user_id", "stall"], "features": 1}


def test_a_service_is_described(client: httpx.Client, bundles: Any) -> None:
    found = client.get("/services/sides").json()
    assert found["project"] == "bazaar"
    assert found["keys"] == [{"name": "user_id", "type": "BIGINT"}, {"name": "buyer_id", "type": "BIGINT"}]
    assert found["request_fields"] == []
    assert found["features"][2] == {
        "name": "buyer__orders_1h", "full_name": "buyer__orders_1h", "type": "BIGINT", "view": "spending",
        "feature": "orders_1h",
    }  # fmt: skip
    bundle = json.loads((bundles / "sides.json").read_text())
    assert found["views"] == [{"name": "spending", "version": bundle["instances"][0]["version"]}]
    assert found["compiled_with"] == bundle["versions"]
    fields = client.get("/services/echoes").json()["request_fields"]
    assert fields[1] == {"name": "money", "type": "DECIMAL(30,2)"}


def test_the_page_needs_nothing_from_elsewhere(client: httpx.Client) -> None:
    response = client.get("/docs")
    assert response.headers["content-type"].startswith("text/html")
    assert "/get-online-features" in response.text
    assert "curl SERVER/get-online-features -d &#x27;{&quot;feature_service&quot;: &quot;types&quot;" in response.text
    assert "http:" not in response.text
    assert "https:" not in response.text


def test_full_names_are_those_of_an_answer(client: httpx.Client) -> None:
    described = client.get("/services/sides").json()["features"]
    response = ask(client, {"user_id": [1], "buyer_id": [2]}, feature_service="sides", full_feature_names=True)
    assert [one["full_name"] for one in described] == list(columns(response))[2:]
