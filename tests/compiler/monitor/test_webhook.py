"""The webhook, on a real HTTP server: what it is told, how often it is tried, and what it never gives away."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result

from skewless.ground.errors import SkewlessError
from skewless.monitor.webhook import send
from skewless.project.model import Webhook
from skewless.tasks.bundles import bundle_of
from skewless.tasks.workspace import Options, load_workspace

from .served import Watched, write_watched


@dataclass
class Receiver:
    """What a server was told. It answers with `answers`, then with 200; a number below zero is so many seconds late."""

    answers: list[int]
    port: int = 0
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@contextmanager
def _receiver(*answers: int) -> Iterator[Receiver]:
    receiver = Receiver(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            receiver.headers.append(dict(self.headers))
            receiver.paths.append(self.path)
            answer = receiver.answers.pop(0) if receiver.answers else 200
            if answer < 0:
                time.sleep(-answer)
                return
            self.send_response(answer)
            if answer in (302, 307):
                self.send_header("Location", f"http://127.0.0.1:{receiver.port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def _webhook(port: int, **settings: Any) -> Webhook:
    known = {"on": "fail", "headers": {}, "timeout": 5.0, "url": f"http://127.0.0.1:{port}/hook/s3cret-path"}
    return Webhook(**(known | settings))


def test_a_server_that_fails_twice_is_told_at_the_third_try() -> None:
    pauses: list[float] = []
    with _receiver(500, 503) as receiver:
        send(_webhook(receiver.port), {"text": "é <b>"}, pauses.append)
    assert receiver.bodies == [{"text": "é <b>"}] * 3
    assert pauses == [1.0, 2.0]
    assert receiver.headers[0]["Content-Type"] == "application/json"


def test_it_gives_up_after_five_tries() -> None:
    pauses: list[float] = []
    with (
        _receiver(*[500] * 9) as receiver,
        pytest.raises(SkewlessError, match="was not told: it answered 500") as error,
    ):
        send(_webhook(receiver.port), {}, pauses.append)
    assert (len(receiver.bodies), pauses) == (5, [1.0, 2.0, 4.0, 8.0])
    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize("answer", [400, 401, 404, 302, 307])
def test_a_refusal_is_final(answer: int) -> None:
    with _receiver(answer) as receiver, pytest.raises(SkewlessError, match=f"answered {answer}"):
        send(_webhook(receiver.port), {}, lambda _: None)
    assert receiver.paths == ["/hook/s3cret-path"]


@pytest.mark.parametrize("answer", [408, 429, 502])
def test_a_server_that_is_busy_is_asked_again(answer: int) -> None:
    with _receiver(answer) as receiver:
        send(_webhook(receiver.port), {}, lambda _: None)
    assert len(receiver.bodies) == 2


def test_a_server_that_hangs_is_left() -> None:
    with _receiver(-1) as receiver:
        send(_webhook(receiver.port, timeout=0.2), {}, lambda _: None)
    assert len(receiver.bodies) == 2


def test_nobody_there_is_one_message_without_the_path() -> None:
    with _receiver() as receiver:
        pass
    with pytest.raises(SkewlessError, match=r"the webhook at 127.0.0.1 was not told: it cannot be reached") as error:
        send(_webhook(receiver.port), {}, lambda _: None)
    assert "s3cret" not in str(error.value)


def test_a_header_that_cannot_be_sent_is_not_repeated() -> None:
    with pytest.raises(SkewlessError, match="cannot be sent") as error:
        send(_webhook(1, headers={"Authorization": "Bearer hidden\nX: y"}), {}, lambda _: None)
    assert "hidden" not in str(error.value)


# From the command line.


def _shop(tmp_path: Path, port: int, on: str) -> Watched:
    hook = (
        f"url: \"http://127.0.0.1:{port}/hook/{{{{ env_var('HOOK_KEY') }}}}\", on: {on}, "
        "headers: {Authorization: \"Bearer {{ env_var('HOOK_TOKEN') }}\"}"
    )
    return write_watched(tmp_path / "shop", {"amount": "double"}, f"{{min_rows: 10, webhook: {{{hook}}}}}")


def _monitor(shop: Watched, monkeypatch: pytest.MonkeyPatch, shift: float, *arguments: str) -> Result:
    secrets = {"HOOK_KEY": "s3cret-path", "HOOK_TOKEN": "s3cret-token"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("skewless.monitor.webhook._PAUSES", (0.0, 0.0))
    workspace = load_workspace(Options(project_dir=shop.root), secrets)
    bundle = bundle_of(workspace.service("shop_v1"), workspace.versions, project="shop", store="")
    pq.write_table(pa.table({"amount": [float(value) for value in range(100)]}), shop.root / "training.parquet")
    shop.serve({"amount": [value + shift for value in range(100)]}, bundle=bundle)
    return shop.monitor(*arguments)


@pytest.mark.parametrize(
    ("on", "shift", "told"),
    [("fail", 50, True), ("fail", 0, False), ("warn", 50, True), ("warn", 0, False), ("always", 0, True)],
)
def test_it_is_told_what_it_wants_to_hear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on: str, shift: float, told: bool
) -> None:
    with _receiver() as receiver:
        _monitor(_shop(tmp_path, receiver.port, on), monkeypatch, shift)
    assert bool(receiver.bodies) is told


def test_the_message_names_what_needs_looking_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with _receiver(500, 500) as receiver:
        ended = _monitor(_shop(tmp_path, receiver.port, "fail"), monkeypatch, 50)
    assert ended.exit_code == 1
    [_, _, body] = receiver.bodies
    assert body["text"] == "shop_v1: 1 failed, 0 warned of 1 features: amount"
    assert (body["service"], body["level"], body["rows"]) == ("shop_v1", "fail", 100)
    [feature] = body["features"]
    assert (feature["name"], feature["findings"][0]["metric"]) == ("amount", "psi")
    assert receiver.paths[-1] == "/hook/s3cret-path"
    assert receiver.headers[-1]["Authorization"] == "Bearer s3cret-token"


def test_a_webhook_that_fails_loses_nothing_and_gives_nothing_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = _shop(tmp_path, 1, "always")
    ended = _monitor(shop, monkeypatch, 0, "--debug", "--report", str(shop.root / "report.html"))
    assert ended.exit_code == 1
    assert "was not told" in ended.stderr
    assert "amount" in ended.stdout
    assert (shop.root / "report.html").is_file()
    assert (shop.root / "target/monitor/shop_v1.jsonl").is_file()
    left = [path.read_text(encoding="utf-8") for path in (shop.root / "target").rglob("*.json*")]
    assert not [text for text in (ended.output, *left) if "s3cret" in text]
