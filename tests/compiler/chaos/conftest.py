"""What is disturbed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from stores.redis_server import RedisServer


@pytest.fixture
def durable(tmp_path: Path) -> Iterator[RedisServer]:
    """A server of the test's own, which keeps what it was told over a restart."""
    server = RedisServer(tmp_path / "redis", appendonly="yes", appendfsync="always").start()
    yield server
    server.stop()
