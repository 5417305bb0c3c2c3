"""A real server in a thread or a process, and clients that read Feast's forms."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp

ROOT = Path(__file__).parents[4]


@contextmanager
def running(app: ASGIApp) -> Iterator[httpx.Client]:
    """The application on a free port of this machine, as long as the block lasts."""
    config = uvicorn.Config(app, port=0, http="httptools", ws="none", lifespan="on", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    _wait(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(timeout=20)
    assert not thread.is_alive()


@dataclass(frozen=True)
class Process:
    """`skewless serve`, and the URL that it says it serves on."""

    process: subprocess.Popen[str]
    url: str
    said: list[str]
    """Lines of its standard error so far."""

    def stop(self) -> tuple[int, str]:
        """SIGTERM: (exit code, standard output)."""
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=20)
        return self.process.returncode, output


@contextmanager
def serving(*arguments: str, **environment: str) -> Iterator[Process]:
    """The command in a process of its own, on a free port."""
    process = subprocess.Popen(  # noqa: S603 - this interpreter, this command
        [sys.executable, "-m", "skewless", "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "compiler"), **environment},
    )
    assert process.stderr is not None
    said: list[str] = []
    try:
        url = ""
        for line in process.stderr:
            said.append(line)
            if (found := re.search(r"Serving on (\S+)", line)) is not None:
                url = found[1]
                break
        assert url, "".join(said)
        yield Process(process, url, said)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ask(client: httpx.Client, entities: dict[str, list[Any]], **more: Any) -> httpx.Response:
    return client.post("/get-online-features", json={"entities": entities, **more})


def columns(response: httpx.Response, what: str = "values") -> dict[str, list[Any]]:
    """Name to values, statuses or event timestamps."""
    assert response.status_code == 200, response.text
    body = response.json()
    names = body["metadata"]["feature_names"]
    return {name: result[what] for name, result in zip(names, body["results"], strict=True)}


def error(response: httpx.Response) -> tuple[int, str, str]:
    """(status, class, message), read as Feast's clients do."""
    assert response.headers["content-type"] == "application/json"
    detail = json.loads(response.json())
    assert detail["module"] == "feast.errors"
    return response.status_code, detail["class"], detail["message"]


def _wait(condition: Any) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
