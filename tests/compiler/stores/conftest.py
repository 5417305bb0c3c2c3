"""The same tests over every store."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from skewless.stores.open import open_store
from skewless.stores.store import OnlineStore
from stores.redis_server import RedisServer, start_cluster


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A server that the tests share; each takes a prefix of its own."""
    server = RedisServer(tmp_path_factory.mktemp("redis")).start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[RedisServer]]:
    servers = start_cluster(tmp_path_factory.mktemp("cluster"))
    yield servers
    for server in servers:
        server.stop()


@pytest.fixture(params=["sqlite", "redis", "cluster"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'online.db'}"
    prefix = f"?prefix={uuid.uuid4().hex}"
    if request.param == "redis":
        return request.getfixturevalue("redis_server").url + prefix
    return request.getfixturevalue("redis_cluster")[0].url + prefix


@pytest.fixture
def store(address: str) -> Iterator[OnlineStore]:
    opened = open_store(address, project="shop")
    yield opened
    opened.close()
