"""A store that fails, hangs or has been emptied, too many requests at once, and faults of our own."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as parquet
import pytest

from serve.http.serving import ask, error, running
from skewless.ground.errors import StoreError
from skewless.serve.http.app import make_app
from skewless.serve.http.catalogue import Catalogue, Served, load_catalogue
from skewless.serve.http.settings import Settings
from skewless.stores.store import OnlineStore, Snapshot, StateInfo


class TroubledStore:
    """A store that does what `trouble` says before each read, if there is any."""

    def __init__(self, store: OnlineStore) -> None:
        self._store = store
        self.trouble: Any = None

    def read(self, wanted: Mapping[str, Sequence[bytes]]) -> Snapshot:
        self._meet()
        return self._store.read(wanted)

    def versions(self) -> tuple[StateInfo, ...]:
        self._meet()
        return self._store.versions()

    def close(self) -> None:
        self._store.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def _meet(self) -> None:
        if self.trouble is not None:
            self.trouble()


def _over(catalogue: Catalogue) -> tuple[Catalogue, TroubledStore]:
    store: Any = TroubledStore(catalogue.stores[0])

    def moved(served: Mapping[str, Served]) -> dict[str, Served]:
        return {name: replace(one, server=one.server.reading(store)) for name, one in served.items()}

    return Catalogue(services=moved(catalogue.services), views=moved(catalogue.views), stores=(store,)), store


def _fail() -> None:
    raise StoreError("the online store is away", help="wait")


def test_a_store_that_fails_is_503_until_it_is_back(settings: Settings) -> None:
    catalogue, store = _over(load_catalogue(settings))
    with running(make_app(settings, catalogue=catalogue)) as client:
        store.trouble = _fail
        for asked in ({"feature_service": "types"}, {"features": ["spending:orders_1h", "types:amount"]}):
            response = ask(client, {"user_id": [1]}, **asked)
            assert error(response) == (503, "FeastError", "the online store is away; wait")
        health = client.get("/health")
        assert (health.status_code, health.content) == (503, b"")
        metrics = client.get("/metrics")
        assert "skewless_store_errors_total 4.0" in metrics.text
        assert "skewless_state_age_seconds{" not in metrics.text
        store.trouble = None
        assert ask(client, {"user_id": [1]}, feature_service="types").status_code == 200
        assert client.get("/health").status_code == 200


def test_the_access_log_says_why_the_server_is_at_fault(settings: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    catalogue, store = _over(load_catalogue(settings))
    with running(make_app(replace(settings, access_log=True), catalogue=catalogue)) as client:
        store.trouble = _fail
        ask(client, {"user_id": [1]}, feature_service="types")
        client.get("/health")
        ask(client, {"user_id": ["somebody's"]}, feature_service="types")
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [(line["status"], line.get("error")) for line in lines] == [
        (503, "the online store is away; wait"), (503, "the online store is away"), (422, None),
    ]  # fmt: skip


def test_a_store_that_hangs_keeps_nobody_waiting(settings: Settings) -> None:
    limits = replace(settings.limits, seconds=0.5, threads=1, requests=3)
    catalogue, store = _over(load_catalogue(settings))
    goes_on = threading.Event()
    with running(make_app(replace(settings, limits=limits), catalogue=catalogue)) as client:
        store.trouble = goes_on.wait
        try:
            with ThreadPoolExecutor(8) as pool:
                asked = [pool.submit(ask, client, {"user_id": [1]}, feature_service="types") for _ in range(8)]
                assert client.get("/services").status_code == 200
                answers = sorted(error(one.result())[::2] for one in asked)
            assert answers[0] == (503, "the server is busy; try again")
            assert answers[-1] == (504, "there was no answer within 0.5 seconds")
            assert client.get("/health").status_code == 503
            assert "skewless_requests_total" in client.get("/metrics").text
        finally:
            store.trouble = None
            goes_on.set()
        assert _asked_until_answered(client)


def _asked_until_answered(client: httpx.Client) -> bool:
    """The thread that hung has to end its work first."""
    return any(ask(client, {"user_id": [1]}, feature_service="types").status_code == 200 for _ in range(20))


def test_what_is_answered_too_late_is_neither_counted_nor_logged(settings: Settings, tmp_path: Path) -> None:
    limits = replace(settings.limits, seconds=0.3)
    catalogue, store = _over(load_catalogue(settings))
    goes_on = threading.Event()
    logging = replace(settings, limits=limits, log_folder=tmp_path / "log")
    with running(make_app(logging, catalogue=catalogue)) as client:
        store.trouble = goes_on.wait
        assert error(ask(client, {"user_id": [1]}, feature_service="types"))[0] == 504
        store.trouble = None
        goes_on.set()
        assert ask(client, {"user_id": [1, 2]}, feature_service="types").status_code == 200
        counted = client.get("/metrics").text
    assert 'skewless_entity_rows_total{service="types"} 2.0' in counted
    assert sum(parquet.read_metadata(file).num_rows for file in (tmp_path / "log").rglob("*.parquet")) == 2


def test_a_body_that_does_not_come_is_not_waited_for(settings: Settings) -> None:
    limits = replace(settings.limits, seconds=0.3)

    def slowly() -> Any:
        yield b'{"entities"'
        threading.Event().wait(1.0)
        yield b": {}}"

    with running(make_app(replace(settings, limits=limits))) as client:
        response = client.post("/get-online-features", content=slowly())
        assert error(response)[0] == 504


def test_state_that_is_gone_is_not_healthy(settings: Settings) -> None:
    catalogue, store = _over(load_catalogue(settings))
    empty: Any = tuple
    with running(make_app(settings, catalogue=catalogue)) as client:
        store.versions = empty  # type: ignore[method-assign]
        assert client.get("/health").status_code == 503


def test_a_fault_of_our_own_is_told_in_the_protocols_form(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("a secret detail")

    catalogue, store = _over(load_catalogue(settings))
    with running(make_app(settings, catalogue=catalogue)) as client:
        store.trouble = broken
        response = ask(client, {"user_id": [1]}, feature_service="types")
    assert error(response) == (500, "FeastError", "internal error; the server's log says more")
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_a_clock_behind_the_state_answers_several_views_for_the_state(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datetime as dt

    from serve.http.bazaar import NOON
    from serve.http.serving import columns
    from skewless.serve.http import app

    monkeypatch.setattr(app, "_now", lambda: NOON - dt.timedelta(seconds=2))
    with running(make_app(settings)) as client:
        response = ask(client, {"user_id": [1]}, features=["spending:orders_1h", "types:amount"])
    assert columns(response) == {"user_id": [1], "orders_1h": [2], "amount": [30.5]}
