"""Tokens, request ids, health, metrics, the descriptions of services, the access log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from serve.http.bazaar import NOON, NOON_TEXT
from serve.http.serving import ask, columns, error, running
from skewless.contract.artifact import Bundle
from skewless.serve.http.app import make_app
from skewless.serve.http.metrics import METRICS
from skewless.serve.http.security import digests_of, tokens_in
from skewless.serve.http.settings import Settings
from skewless.serve.vector import Vector


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
        ("Bearer", "the bearer token is not valid"),
        ("Basic first-token", "the bearer token is not valid"),
        ("first-token", "the bearer token is not valid"),
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


def test_every_vector_is_handed_to_the_log_with_its_request_id(settings: Settings) -> None:
    told: list[tuple[str, str, dict[str, Any], Vector]] = []

    def log(request_id: str, bundle: Bundle, columns: Any, vector: Vector) -> None:
        told.append((request_id, bundle.service, columns, vector))

    with running(make_app(settings, log=log)) as client:
        entities = {"user_id": [1], "stall": ["a"]}
        asked = {"features": ["spending:orders_1h", "stalls:last_amount"], "as_of": NOON_TEXT}
        body = {"entities": entities, **asked}
        client.post("/get-online-features", json=body, headers={"X-Request-Id": "r1"})
        ask(client, {"user_id": ["wrong"]}, feature_service="types")
    assert [one[:3] for one in told] == [("r1", "spending", {"user_id": [1]}), ("r1", "stalls", entities)]
    assert [vector.as_of for *_, vector in told] == [NOON, NOON]
    assert told[0][3].values["orders_1h"] == [2]


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
    """(name, values of labels in the order route, service, view, status) to value."""
    order = ("route", "service", "view", "status")
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
    assert "http:" not in response.text
    assert "https:" not in response.text


def test_full_names_are_those_of_an_answer(client: httpx.Client) -> None:
    described = client.get("/services/sides").json()["features"]
    response = ask(client, {"user_id": [1], "buyer_id": [2]}, feature_service="sides", full_feature_names=True)
    assert [one["full_name"] for one in described] == list(columns(response))[2:]
