"""The stores that are disturbed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from stores.redis_server import RedisServer


def online(store: str, server: RedisServer) -> str:
    """A store as a profile has it."""
    return f"{{type: redis, url: '{server.url}'}}" if store == "redis" else "{type: sqlite, path: target/online.db}"


def let_a_minute_pass(folder: Path, server: RedisServer) -> None:
    """Takes away what a killed run has said of itself, as the minute would for which that holds."""
    for key in [*server.client.scan_iter("*:loading"), *server.client.scan_iter("*:lock")]:
        server.client.delete(key)
    file = folder / "target" / "online.db"
    if file.exists():
        connection = sqlite3.connect(file, timeout=30)
        with connection:
            connection.execute("DELETE FROM loaders")
        connection.close()
