"""Skewless on the benchmark's data and Redis: prepares it, and asks its `FeatureServer` and its HTTP server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from processes import CLIENTS, Client, free_port, server
from serving import AS_OF, write_project

_SKEWLESS = [sys.executable, "-m", "skewless"]


@dataclass(frozen=True, kw_only=True)
class OurSide:
    """Where the project is, and the Redis it is served from."""

    folder: Path
    redis: str

    @property
    def events(self) -> Path:
        return self.folder / "events.parquet"

    @property
    def bundles(self) -> Path:
        return self.folder / "target" / "serving"

    def write(self) -> None:
        write_project(self.folder, online=f"{{type: redis, url: '{self.redis}'}}")

    def load(self, *views: str) -> None:
        """`skewless run`, of these views or of all."""
        selected = ["--select", *views] if views else []
        command = [*_SKEWLESS, "run", "--as-of", AS_OF.isoformat(), *selected]
        subprocess.run(command, cwd=self.folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603

    def client(self) -> Client:
        return Client([sys.executable, str(CLIENTS / "our_server.py"), str(self.bundles)], self.folder, os.environ)


@contextmanager
def our_server(side: OurSide, workers: int) -> Iterator[str]:
    """The address of our HTTP server."""
    port = free_port()
    command = [*_SKEWLESS, "serve", "--port", str(port), "--workers", str(workers), "--no-access-log"]
    with server(command, port, side.folder, os.environ):
        yield f"http://127.0.0.1:{port}"
