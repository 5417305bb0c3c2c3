"""`skewless serve`: a process of its own, how it ends, and what it refuses to start with."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import sqlite3
import ssl
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from certificates import write_certificate
from click.testing import CliRunner, Result

from serve.http.bazaar import NOON_TEXT
from serve.http.serving import ROOT, ask, columns, error, running, serving
from skewless.cli.main import cli
from skewless.contract.artifact import load_bundle
from skewless.serve.http.app import make_app
from skewless.serve.http.catalogue import load_catalogue
from skewless.serve.http.settings import Settings

SECRET = "a-secret-token"  # noqa: S105
KEY_PASSWORD = "of the key"  # noqa: S105


def copy_store(bundles: Path, path: Path) -> None:
    """By SQLite itself: what is not yet in the file stands in its log."""
    with closing(sqlite3.connect(bundles.parent / "online.db")) as store, closing(sqlite3.connect(path)) as copy:
        store.backup(copy)


def test_a_project_is_served_and_its_requests_are_logged(bundles: Path) -> None:
    root = str(bundles.parents[1])
    with serving("--project-dir", root, SKEWLESS_TOKENS=f"{SECRET},another") as server:
        headers = {"Authorization": f"Bearer {SECRET}", "X-Request-Id": "mine"}
        with httpx.Client(base_url=server.url, headers=headers, trust_env=False) as client:
            response = ask(client, {"user_id": [1, 9]}, feature_service="types", as_of=NOON_TEXT)
            assert columns(response)["amount"] == [30.5, None]
            assert error(client.get("/services", headers={"Authorization": "Bearer wrong"}))[0] == 401
        code, output = server.stop()
    assert code == 0
    first, second = map(json.loads, output.splitlines())
    page = (ROOT / "docs/reference/http.md").read_text().split("## The access log")[1].split("##")[0]
    assert all(f"`{name}`" in page for name in first)
    assert first.pop("timestamp").endswith("Z")
    assert first.pop("seconds") > 0
    assert first == {
        "level": "info", "event": "request", "request_id": "mine", "client": "127.0.0.1", "method": "POST",
        "path": "/get-online-features", "status": 200, "service": "types", "rows": 2,
    }  # fmt: skip
    assert (second["status"], second["service"], second["rows"]) == (401, None, None)
    assert SECRET not in output + "".join(server.said)


def test_bundles_are_served_without_the_project_over_tls(bundles: Path, tmp_path: Path) -> None:
    """Only the services that are named, the views they use, and the store that is named."""
    shutil.copytree(bundles, tmp_path / "bundles")
    copy_store(bundles, tmp_path / "copy.db")
    certificate, key = write_certificate(tmp_path, password=KEY_PASSWORD)
    options = ("--bundles", str(tmp_path / "bundles"), "--service", "stalls", "--no-access-log")
    tls = ("--cert", str(certificate), "--key", str(key))
    environment = {"SKEWLESS_STORE": f"sqlite:///{tmp_path / 'copy.db'}", "SKEWLESS_TLS_KEY_PASSWORD": KEY_PASSWORD}
    with serving(*options, *tls, **environment) as server:
        assert server.url.startswith("https://127.0.0.1:")
        context = ssl.create_default_context(cafile=str(certificate))
        with httpx.Client(base_url=server.url, verify=context, trust_env=False) as client:
            response = ask(client, {"user_id": [1], "stall": ["a"]}, feature_service="stalls", as_of=NOON_TEXT)
            assert columns(response)["last_amount"] == [10.0]
            assert [one["name"] for one in client.get("/services").json()["services"]] == ["stalls"]
            assert error(ask(client, {"user_id": [1]}, features=["types:amount"]))[0] == 404
            response = ask(client, {"user_id": [1], "stall": ["b"]}, features=["stalls:last_amount"], as_of=NOON_TEXT)
            assert columns(response)["last_amount"] == [30.5]
        assert server.stop() == (0, "")


def test_a_request_under_way_is_answered_before_the_end(bundles: Path) -> None:
    with serving("--project-dir", str(bundles.parents[1]), "--no-access-log") as server:
        place = urlsplit(server.url)
        assert httpx.get(f"{server.url}/health", trust_env=False).status_code == 200
        body = json.dumps({"entities": {"user_id": [1], "stall": ["a"]}, "feature_service": "stalls"}).encode()
        head = f"POST /get-online-features HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
            connection.sendall(head + body[:20])
            time.sleep(0.3)  # until the head has been read
            server.process.send_signal(signal.SIGTERM)
            _wait_until_refused(str(place.hostname), int(place.port or 0))
            assert server.process.poll() is None
            connection.sendall(body[20:])
            answer = b"".join(iter(lambda: connection.recv(65_536), b""))
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert json.loads(answer.split(b"\r\n\r\n", 1)[1])["results"][2]["values"] == [10.0]
        assert server.process.wait(timeout=20) == 0


def _wait_until_refused(host: str, port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            return
        time.sleep(0.05)
    raise AssertionError("new connections are still taken")


def test_several_processes_serve_together_and_count_together(bundles: Path) -> None:
    with serving("--project-dir", str(bundles.parents[1]), "--workers", "2") as server:
        seen: set[str] = set()
        asked = 0
        while len(seen) < 2 and asked < 2_000:
            with httpx.Client(base_url=server.url, trust_env=False) as client:
                response = ask(client, {"user_id": [1]}, feature_service="types", as_of=NOON_TEXT)
            assert columns(response)["amount"] == [30.5]
            seen.add(response.headers["x-request-id"].split("-")[0])
            asked += 1
        assert len(seen) == 2
        metrics = httpx.get(f"{server.url}/metrics", trust_env=False).text
        route = 'route="/get-online-features",service="types",status="200"'
        assert f"skewless_requests_total{{{route}}} {asked}.0" in metrics
        assert "skewless_state_age_seconds{" in metrics
        code, output = server.stop()
        assert code == 0
        assert sum('"path":"/get-online-features"' in line for line in output.splitlines()) == asked


def _refused(*arguments: str, **environment: str) -> Result:
    result = CliRunner(env=environment).invoke(cli, ["serve", "--port", "0", *arguments])
    assert not isinstance(result.exception, BaseException) or isinstance(result.exception, SystemExit)
    return result


def _said(result: Result) -> tuple[int, str]:
    return result.exit_code, " ".join(result.stderr.split())


def test_without_bundles_there_is_nothing_to_serve(tmp_path: Path) -> None:
    assert _said(_refused("--bundles", str(tmp_path))) == (
        2, f"error: there are no bundles in '{tmp_path}' help: write them with: skewless run",
    )  # fmt: skip


def test_views_of_a_chosen_service_are_served_under_the_names_that_it_uses(settings: Settings) -> None:
    views = load_catalogue(replace(settings, services=("sides",))).views
    assert sorted(views) == ["buyer", "spending"]


def test_a_service_that_is_not_there_is_not_served(bundles: Path) -> None:
    code, said = _said(_refused("--bundles", str(bundles), "--service", "stall"))
    assert code == 2
    assert "there is no bundle of a service 'stall'" in said
    assert "did you mean 'stalls'?" in said


def test_a_bundle_of_another_duckdb_is_refused(bundles: Path, tmp_path: Path) -> None:
    bundle = json.loads((bundles / "stalls.json").read_text())
    bundle["versions"]["duckdb"] = "1.9.9"
    (tmp_path / "stalls.json").write_text(json.dumps(bundle))
    code, said = _said(_refused("--bundles", str(tmp_path)))
    assert code == 2
    assert "compiled for DuckDB 1.9.9" in said
    assert "help: compile and serve with one version: skewless compile" in said


def test_state_that_is_missing_is_refused_with_the_command_that_loads_it(bundles: Path, tmp_path: Path) -> None:
    _store_without_stalls(bundles, tmp_path / "partial.db")
    for store in ("missing.db", "partial.db"):
        code, said = _said(_refused("--bundles", str(bundles), "--store", f"sqlite:///{tmp_path / store}"))
        assert code == 1
        assert ("'stalls'" in said) is (store == "partial.db")
        assert "load it: skewless run" in said


def _store_without_stalls(bundles: Path, path: Path) -> None:
    from skewless.stores.sqlite import SqliteStore

    copy_store(bundles, path)
    store = SqliteStore(path)
    store.drop([load_bundle(bundles / "stalls.json").instances[0].version])
    store.close()


def test_whoever_asks_for_a_view_without_state_is_told(settings: Settings, bundles: Path, tmp_path: Path) -> None:
    _store_without_stalls(bundles, tmp_path / "partial.db")
    folder = tmp_path / "bundles"
    shutil.copytree(bundles, folder)
    (folder / "stalls.json").unlink()
    with running(make_app(replace(settings, bundles=folder, store=f"sqlite:///{tmp_path / 'partial.db'}"))) as client:
        status, _, message = error(ask(client, {"user_id": [1], "stall": ["a"]}, features=["stalls:last_amount"]))
    assert status == 503
    assert "the online store holds no state of 'stalls'" in message
    assert "load it: skewless run" in message


def test_a_port_in_use_is_refused(bundles: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert _said(_refused("--bundles", str(bundles), "--port", str(port))) == (
            2, f"error: port {port} of 127.0.0.1 is in use help: choose another: --port {port + 1}",
        )  # fmt: skip


def test_a_host_that_is_not_ours_is_refused(bundles: Path) -> None:
    code, said = _said(_refused("--bundles", str(bundles), "--host", "192.0.2.1"))
    assert code == 2
    assert "of 192.0.2.1 cannot be listened on" in said


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--cert", "{folder}/server.crt"), "a certificate and its key belong together"),
        (("--cert", "{folder}/none.crt", "--key", "{folder}/server.key"), "there is no file '{folder}/none.crt'"),
        (("--cert", "{folder}/server.key", "--key", "{folder}/server.crt"), "are no certificate and its key"),
        (("--cert", "{folder}/server.crt", "--key", "{folder}/locked/server.key"), "are no certificate and its key"),
    ],
)
def test_a_certificate_that_is_none_is_refused(
    bundles: Path, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    write_certificate(tmp_path)
    (tmp_path / "locked").mkdir()
    write_certificate(tmp_path / "locked", password=KEY_PASSWORD)
    code, said = _said(_refused("--bundles", str(bundles), *(one.format(folder=tmp_path) for one in options)))
    assert code == 2
    assert message.format(folder=tmp_path) in said


def test_without_the_packages_of_the_extra_it_says_how_to_get_them(
    bundles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "skewless.serve.http.run", raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert _said(_refused("--bundles", str(bundles))) == (
        2, "error: serving over HTTP needs packages that are not installed help: pip install 'skewless[serve]'",
    )  # fmt: skip


def test_a_fraction_of_no_serving_log_is_refused(bundles: Path) -> None:
    code, said = _said(_refused("--bundles", str(bundles), "--serving-log-fraction", "0.1"))
    assert (code, said) == (2, "error: there is no serving log to write a fraction of help: add --serving-log DIR")


@pytest.mark.parametrize(
    "address", ["redis://:hidden/word@host", "redis://[::1", ":hidden-word@host:6379", "redis://host/features"]
)
def test_an_address_of_redis_that_is_wrong_is_refused_without_its_password(bundles: Path, address: str) -> None:
    code, said = _said(_refused("--bundles", str(bundles), "--store", address))
    assert code == 2
    assert "write redis://host:6379" in said or "or redis://host:6379" in said
    assert "hidden" not in said


def test_tokens_that_are_empty_leave_nothing_open(bundles: Path) -> None:
    code, said = _said(_refused("--bundles", str(bundles), SKEWLESS_TOKENS=" , "))
    assert code == 2
    assert "SKEWLESS_TOKENS is set and holds no token" in said


def test_whoever_listens_to_the_world_without_a_token_is_warned(bundles: Path) -> None:
    with serving("--bundles", str(bundles), "--host", "0.0.0.0") as server:  # noqa: S104
        assert "anybody may ask: set SKEWLESS_TOKENS" in server.said[0]
    with serving("--bundles", str(bundles), "--host", "0.0.0.0", SKEWLESS_TOKENS=SECRET) as server:  # noqa: S104
        assert len(server.said) == 1


def test_the_password_of_a_store_is_not_shown(bundles: Path) -> None:
    result = _refused("--bundles", str(bundles), SKEWLESS_STORE="nosuch://user:hidden-word@host/0")
    assert result.exit_code == 2
    assert "hidden-word" not in result.output + result.stderr
