"""Feast on the benchmark's data and Redis: prepares it, and asks its SDK and its HTTP server.

Feast runs from an interpreter of its own: target/feast-bench/bin/python, made by `make target/feast-bench/.complete`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from processes import CLIENTS, Client, free_port, server

_HERE = Path(__file__).parent / "feast"
_COMMAND = "from feast.cli.cli import cli; cli()"


@dataclass(frozen=True, kw_only=True)
class FeastSide:
    """Where Feast is, and what it works on. `redis` is `host:port`, with `,db=1` and the like behind it."""

    python: Path
    folder: Path
    redis: str
    events: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        return {**kept, "BENCH_REDIS": self.redis, "BENCH_EVENTS": str(self.events), "FEAST_USAGE": "False"}

    def prepare(self) -> float:
        """Registers the features and materializes them; the seconds of the latter."""
        shutil.copytree(_HERE / "repository", self.folder)
        self._feast("apply")
        begun = time.perf_counter()
        self._feast("materialize", "2026-01-01T00:00:00", "2026-02-01T00:00:00")
        return time.perf_counter() - begun

    def client(self) -> Client:
        return Client([str(self.python), str(CLIENTS / "feast_sdk.py")], self.folder, self.environment)

    def version_of(self, package: str) -> str:
        """The version of a package in Feast's environment; of Python itself, for `python`."""
        code = "import importlib.metadata as m, platform, sys; p = sys.argv[1]; "
        code += "print(platform.python_version() if p == 'python' else m.version(p))"
        command = [str(self.python), "-c", code, package]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603

    def _feast(self, *arguments: str) -> None:
        command = [str(self.python), "-c", _COMMAND, *arguments]
        subprocess.run(command, cwd=self.folder, env=self.environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603


@contextmanager
def feast_server(side: FeastSide, workers: int) -> Iterator[str]:
    """The address of Feast's HTTP server, which neither restarts its workers nor reads its registry again meanwhile."""
    port = free_port()
    options = ["--port", str(port), "--workers", str(workers), "--no-access-log"]
    options += ["--max-requests", "0", "--max-requests-jitter", "0", "--registry_ttl_sec", "86400"]
    command = [str(side.python), "-c", _COMMAND, "serve", *options]
    with server(command, port, side.folder, side.environment):
        yield f"http://127.0.0.1:{port}"
