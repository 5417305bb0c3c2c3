"""A server over Redis, which hangs, dies and comes back: refused in time, never wrong, and well again by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from stores.redis_server import RedisServer

from serve.http.bazaar import NOON_TEXT, load, write_bazaar
from serve.http.serving import ask, columns, error, running
from skewless.serve.http.app import make_app
from skewless.serve.http.settings import Settings


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis")).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def project(redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("over-redis") / "project"
    write_bazaar(folder, f"{{type: redis, url: '{redis.url}', timeout: 0.3}}")
    return folder


@pytest.fixture
def client(project: Path) -> Iterator[httpx.Client]:
    with running(make_app(Settings(bundles=project / "target" / "serving", access_log=False))) as client:
        yield client


def _amounts(client: httpx.Client) -> httpx.Response:
    return ask(client, {"user_id": [1, 9]}, feature_service="types", as_of=NOON_TEXT)


def _is_well_within(client: httpx.Client, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if client.get("/health").status_code == 200 and _amounts(client).status_code == 200:
            return columns(_amounts(client))["amount"] == [30.5, None]
        time.sleep(0.05)
    return False


def test_redis_that_hangs_is_503_until_it_answers(redis: RedisServer, client: httpx.Client) -> None:
    assert columns(_amounts(client))["amount"] == [30.5, None]
    redis.pause()
    try:
        assert error(_amounts(client))[:2] == (503, "FeastError")
        assert client.get("/health").status_code == 503
        assert client.get("/services").status_code == 200
        assert "skewless_state_age_seconds{" not in client.get("/metrics").text
    finally:
        redis.resume()
    assert _is_well_within(client, 10)


def test_redis_that_has_lost_its_state_is_503_until_it_is_loaded(
    redis: RedisServer, client: httpx.Client, project: Path
) -> None:
    assert columns(_amounts(client))["amount"] == [30.5, None]
    redis.stop()
    assert error(_amounts(client))[:2] == (503, "FeastError")
    redis.start()
    assert client.get("/health").status_code == 503
    status, _, message = error(_amounts(client))
    assert status == 503
    assert "load it: skewless run" in message
    load(project)
    assert _is_well_within(client, 10)
