"""Rows that are written while a state is loaded anew are in the new state, whatever comes first."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from serve.world import NOON, write_world
from stores.redis_server import RedisServer

from skewless.ground.errors import StoreError
from skewless.ingest.entities import _Tiled
from skewless.ingest.writer import SourceWriter
from skewless.stores.open import open_store
from skewless.stores.store import OnlineStore
from skewless.tasks.load import bring_up, load_view
from skewless.tasks.source_plans import plan_of_source
from skewless.tasks.workspace import Workspace

ROW = {"order_id": 99, "user_id": 1, "ordered_at": NOON - dt.timedelta(minutes=5), "amount": 7.0, "items": 1}


@pytest.fixture(params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest, redis_server: RedisServer) -> Iterator[OnlineStore]:
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{folder}/o.db" if request.param == "sqlite" else f"{redis_server.url}?prefix=loading"
        opened = open_store(address, project="shop")
        yield opened
        opened.drop([one.version for one in opened.versions()])
        opened.close()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return write_world(tmp_path).workspace


def load(workspace: Workspace, store: OnlineStore) -> None:
    for name in ("recent", "last_order"):
        with workspace.engine() as engine:
            load_view(engine, store, workspace.view(name), workspace.versions[name], NOON - dt.timedelta(hours=1))


def orders(workspace: Workspace, store: OnlineStore) -> int:
    from skewless.serve.server import FeatureServer
    from skewless.tasks.bundles import bundle_of
    from skewless.tasks.uses import Use, plan_of_use

    bundle = bundle_of(
        plan_of_use(workspace, Use(name="recent", view="recent")), workspace.versions, project="shop", store=""
    )
    return int(FeatureServer(bundle, store).get([{"user_id": 1}], as_of=NOON).values["orders_1h"][0])


def test_who_writes_waits_while_a_state_is_loaded(workspace: Workspace, store: OnlineStore) -> None:
    writer = SourceWriter(plan_of_source(workspace, "shop.orders"), store)
    with store.loading(workspace.versions["recent"]), pytest.raises(StoreError, match="is being loaded"):
        writer.push([ROW], NOON)
    load(workspace, store)
    with store.loading(workspace.versions["recent"]), pytest.raises(StoreError, match="is being loaded"):
        writer.push([ROW], NOON)
    assert orders(workspace, store) == 0
    assert writer.push([ROW], NOON).rows == 1
    assert orders(workspace, store) == 1


@pytest.mark.parametrize("first", ["load", "write"])
def test_a_state_that_is_replaced_under_a_write_gets_the_rows(
    workspace: Workspace, store: OnlineStore, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    load(workspace, store)
    write, loads = _Tiled.write, iter([True])

    def written_meanwhile(self: _Tiled, *arguments: Any) -> Any:
        if first == "load" and next(loads, False):
            load(workspace, store)
        written = write(self, *arguments)
        if first == "write" and next(loads, False):
            load(workspace, store)
        return written

    monkeypatch.setattr(_Tiled, "write", written_meanwhile)
    writer = SourceWriter(plan_of_source(workspace, "shop.orders"), store)
    assert writer.push([ROW], NOON).rows == 1
    assert orders(workspace, store) == 1


def test_a_load_that_was_begun_and_never_ended_is_done_by_the_next_run(
    workspace: Workspace, store: OnlineStore
) -> None:
    load(workspace, store)
    view, version = workspace.view("recent"), workspace.versions["recent"]
    with store.loading(version), workspace.engine() as engine:  # as whoever is killed leaves it
        assert bring_up(engine, store, view, version, NOON).how == "whole"
    with workspace.engine() as engine:
        assert bring_up(engine, store, view, version, NOON).how == "changes"
