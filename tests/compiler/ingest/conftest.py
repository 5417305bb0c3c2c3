"""Streams of orders, whose consumers wait for fractions of a second."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from stores.redis_server import RedisServer

from skewless.ingest.stream import consume, patience

from .redis_orders import Orders

AOF = {"appendonly": "yes", "appendfsync": "always"}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consume, "_RECLAIM_EVERY", 0.1)
    monkeypatch.setattr(consume, "_WAIT", 0.05)
    monkeypatch.setattr(consume, "_ROWS_PER_MESSAGE", 1.0)
    monkeypatch.setattr(patience, "_FIRST", 0.02)


@pytest.fixture
def orders(redis_server: RedisServer, quick: None) -> Iterator[Orders]:
    orders = Orders(redis_server)
    yield orders
    orders.leave()


@pytest.fixture
def own(tmp_path: Path, quick: None) -> Iterator[Orders]:
    """On a server of the test's own, which keeps what it was told over a restart."""
    server = RedisServer(tmp_path / "redis", **AOF).start()
    orders = Orders(server)
    yield orders
    orders.leave()
    server.stop()
