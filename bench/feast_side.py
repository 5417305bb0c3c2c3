"""Feast on the benchmark's data and Redis: prepares it, and asks its SDK and its HTTP server.

Feast runs from an interpreter of its own: target/feast-bench/bin/python, made by `make target/feast-bench/.complete`.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent / "feast"
_COMMAND = "from feast.cli.cli import cli; cli()"
_PATIENCE_SECONDS = 60


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

    def _feast(self, *arguments: str) -> None:
        command = [str(self.python), "-c", _COMMAND, *arguments]
        subprocess.run(command, cwd=self.folder, env=self.environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603


class FeastClient:
    """Feast's SDK, in a process that goes on between measurements."""

    def __init__(self, side: FeastSide) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            [str(side.python), str(_HERE / "client.py")],
            cwd=side.folder, env=side.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def __enter__(self) -> FeastClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.__exit__(None, None, None)

    def get(self, service: str, rows: int) -> dict[str, list[Any]]:
        return self._ask(do="get", service=service, rows=rows)

    def measure(self, service: str, rows: int, times: int) -> list[int]:
        """Nanoseconds of each call of `get_online_features(...).to_dict()`."""
        return self._ask(do="measure", service=service, rows=rows, times=times)

    def _ask(self, **told: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextmanager
def feast_server(side: FeastSide, workers: int) -> Iterator[str]:
    """The address of Feast's HTTP server, which neither restarts its workers nor reads its registry again meanwhile."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--port", str(port), "--workers", str(workers), "--no-access-log"]
    options += ["--max-requests", "0", "--max-requests-jitter", "0", "--registry_ttl_sec", "86400"]
    command = [str(side.python), "-c", _COMMAND, "serve", *options]
    with subprocess.Popen(  # noqa: S603
        command, cwd=side.folder, env=side.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            _wait(server, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    since = time.monotonic()
    while time.monotonic() - since < _PATIENCE_SECONDS:
        assert server.poll() is None, "Feast's server ended"
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("Feast's server does not answer")
