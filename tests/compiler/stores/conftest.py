"""The same tests over every store."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from skewless.stores.open import open_store
from skewless.stores.store import OnlineStore


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
