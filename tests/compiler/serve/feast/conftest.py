"""Feast's clients of two generations, each in an environment of its own, and a server for them."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from environments import interpreter

from .shop import skewless, write_shop

HERE = Path(__file__).parent
GENERATIONS = {"0.63": HERE / "feast-0.63.txt", "newest": HERE / "feast-newest.txt"}
TOKEN, TOKEN_VARIABLE = "t0ken-of-the-tests", "SHOP_TOKEN"
HAND_WRITTEN = """
from feast import Entity, FeatureView, Field
from feast.types import Float64, Int64, String
from feast.value_type import ValueType

user = Entity(name="user", join_keys=["user_id"], value_type=ValueType.INT64)
sku = Entity(name="sku", join_keys=["sku"], value_type=ValueType.STRING)
keys = [Field(name="user_id", dtype=Int64), Field(name="sku", dtype=String)]
basket = FeatureView(name="basket", entities=[user, sku], schema=[*keys, Field(name="item_amount", dtype=Float64)])
gone = FeatureView(name="gone", entities=[user], schema=[keys[0], Field(name="x", dtype=Float64)])
"""
_PATIENCE_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a client got: columns by name, or the exception it raised."""

    values: dict[str, list[Any]] = field(default_factory=dict)
    types: dict[str, list[str]] = field(default_factory=dict)
    statuses: dict[str, list[str]] = field(default_factory=dict)
    event_timestamps: dict[str, list[int]] = field(default_factory=dict)
    error: str = ""
    module: str = ""
    message: str = ""

    def features(self, *names: str) -> dict[str, list[Any]]:
        """Values of some columns. Raises the client's error as an assertion."""
        assert not self.error, f"{self.error}: {self.message}"
        return {name: self.values[name] for name in names}


@dataclass(frozen=True)
class Client:
    """One generation's `get_online_features`, in a process of its own."""

    generation: str
    python: Path
    process: subprocess.Popen[str]
    folder: Path
    """Repositories: `plain` as it is exported; `for_old_clients`; and `hand_written`, as somebody might write it, with a
    feature view of several keys and one that the server lacks."""

    @property
    def sends_whole_requests(self) -> bool:
        """From 0.64 on; earlier clients ask view by view, and keep no status but PRESENT."""
        return self.generation != "0.63"

    def ask(self, *, repository: str = "plain", **asked: Any) -> Told:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        line = json.dumps({"repository": str(self.folder / repository), **asked})
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return Told(**json.loads(self.process.stdout.readline()))


def apply(python: Path, folder: Path) -> None:
    command = [str(python), "-c", "from feast.cli.cli import cli; cli()", "apply"]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True)  # noqa: S603
    assert done.returncode == 0, done.stderr


def environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return {**kept, TOKEN_VARIABLE: TOKEN, "FEAST_USAGE": "False"}


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, its state loaded as of now."""
    folder = tmp_path_factory.mktemp("shop")
    write_shop(folder, dt.datetime.now(dt.UTC).replace(tzinfo=None))
    skewless(folder, "run", "--quiet")
    return folder


@pytest.fixture(scope="session")
def url(shop: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "skewless", "serve", "--port", str(port), "--no-access-log"]
    server = subprocess.Popen(command, cwd=shop, env={**os.environ, "SKEWLESS_TOKENS": TOKEN})  # noqa: S603
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(server, address)
        yield address
    finally:
        server.terminate()
        server.wait()


def _wait(server: subprocess.Popen[bytes], address: str) -> None:
    since = time.monotonic()
    while time.monotonic() - since < _PATIENCE_SECONDS:
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(f"{address}/health"):  # noqa: S310
                return
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


@pytest.fixture(scope="session")
def exported(shop: Path, url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repositories, each in a folder of its name."""
    folder = tmp_path_factory.mktemp("exported")
    export = ("export", "feast", "--quiet", "--url", url, "--token-variable", TOKEN_VARIABLE, "--output")
    skewless(shop, *export, str(folder / "plain"))
    skewless(shop, *export, str(folder / "for_old_clients"), "--old-clients")
    (folder / "hand_written").mkdir()
    (folder / "hand_written" / "definitions.py").write_text(HAND_WRITTEN)
    shutil.copy(folder / "plain" / "feature_store.yaml", folder / "hand_written")
    return folder


@pytest.fixture(scope="session", params=GENERATIONS)
def client(
    request: pytest.FixtureRequest, exported: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    python = interpreter(GENERATIONS[request.param])
    folder = tmp_path_factory.mktemp("client") / "repositories"
    shutil.copytree(exported, folder)
    for repository in folder.iterdir():
        apply(python, repository)
    with _started(python) as process:
        yield Client(request.param, python, process, folder)


@contextmanager
def another(client: Client) -> Iterator[Client]:
    """The same client in a process of its own, which may be ruined."""
    with _started(client.python) as process:
        yield replace(client, process=process)


@contextmanager
def _started(python: Path) -> Iterator[subprocess.Popen[str]]:
    command = [str(python), str(HERE / "client.py")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=environment(), text=True, **pipes) as process:  # type: ignore[call-overload]  # noqa: S603
        try:
            yield process
        finally:
            process.terminate()
