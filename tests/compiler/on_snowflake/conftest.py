"""fakesnow as a server, in an environment of its own that is made once."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from environments import interpreter

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "fakesnow.txt"
_PATIENCE_SECONDS = 60
Server = Callable[..., Any]


@pytest.fixture(scope="session")
def emulator() -> Path:
    """The interpreter that has fakesnow."""
    return interpreter(REQUIREMENTS)


@contextmanager
def running(python: Path, *options: str) -> Iterator[dict[str, Any]]:
    """The settings of a target that reads from a server of its own."""
    with started(python, *options) as (settings, _):
        yield settings


@contextmanager
def started(python: Path, *options: str) -> Iterator[tuple[dict[str, Any], subprocess.Popen[bytes]]]:
    """A server, and the settings of a target that reads from it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [str(python), str(HERE / "fake_server.py"), str(port), *options]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        _wait(process, port)
        yield {
            "account": "fake", "user": "tester", "password": "sw0rdf1sh", "host": "127.0.0.1", "port": port,
            "protocol": "http", "database": "db1", "schema": "s1", "warehouse": "wh",
        }, process  # fmt: skip
    finally:
        process.terminate()
        process.wait()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    since = time.monotonic()
    while time.monotonic() - since < _PATIENCE_SECONDS:
        assert process.poll() is None, "fakesnow ended"
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("fakesnow does not answer")


@pytest.fixture(scope="session")
def fakesnow(emulator: Path) -> Iterator[dict[str, Any]]:
    with running(emulator) as settings:
        yield settings
