"""A Redis that is killed under its consumers, and a disk that is full: what was acknowledged is kept, the rest comes."""

from __future__ import annotations

import random
import threading
from pathlib import Path
from typing import Any

import pytest
from ingest.test_stream import until
from stores.redis_server import RedisServer

from skewless.ingest.stream import consume, patience
from skewless.ingest.stream.consume import Consumer, Pace
from skewless.ingest.stream.redis import RedisStream
from skewless.ingest.writer import SourceWriter
from skewless.stores import sqlite
from skewless.stores.sqlite import SqliteStore
from skewless.tasks.streams import stream_addresses, streamed_plan

from .processes import FEW, MANY, pause
from .test_stream_killed import _PER_KILL, assert_undisturbed, loaded_till
from .till import SOURCES


@pytest.mark.slow
@pytest.mark.parametrize("kills", [pytest.param(2, id="few"), pytest.param(MANY, id="many", marks=pytest.mark.chaos)])
def test_a_redis_that_is_killed_under_its_consumers_has_lost_nothing(
    kills: int, durable: RedisServer, tmp_path: Path
) -> None:
    """It holds the streams and the state alike."""
    dice = random.Random(kills)
    with loaded_till(tmp_path, "redis", durable, kills) as (till, streams):
        streams.await_start("one")
        for _ in range(kills):
            streams.send(_PER_KILL)
            pause(dice, 0.5)
            durable.stop()
            pause(dice, 0.3)
            durable.start()
        streams.finish()
    assert_undisturbed(till)


def test_a_consumer_goes_on_when_a_full_disk_has_room_again(
    durable: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file may not grow any more while the first rows are written, until somebody makes room."""
    monkeypatch.setattr(patience, "_FIRST", 0.02)
    monkeypatch.setattr(consume, "_WAIT", 0.05)
    connections: list[Any] = []
    connect = sqlite._connect

    def with_little_room(path: Path) -> Any:
        connection = connect(path)
        connection.execute(f"PRAGMA max_page_count = {connection.execute('PRAGMA page_count').fetchone()[0] + 2}")
        connections.append(connection)
        return connection

    with loaded_till(tmp_path, "sqlite", durable, FEW) as (till, streams):
        streams.kill_all()
        workspace = till.project().workspace
        told: list[str] = []
        stop = threading.Event()
        monkeypatch.setattr(sqlite, "_connect", with_little_room)
        store = SqliteStore(till.folder / "target" / "online.db")
        consumers = [
            Consumer(
                RedisStream(address, "one", tell=told.append),
                "json",
                SourceWriter(streamed_plan(till.folder / "target", address.source), store),
                stop=stop,
                tell=told.append,
                pace=Pace(batch_rows=20),
            )
            for address in stream_addresses(workspace.read, SOURCES)
        ]
        threads = [threading.Thread(target=one.run) for one in consumers]
        for thread in threads:
            thread.start()
        streams.send(_PER_KILL * FEW * 10)
        until(lambda: any("free some space" in text for text in told))
        monkeypatch.setattr(sqlite, "_connect", connect)
        for connection in connections:
            connection.execute("PRAGMA max_page_count = 1000000")
        streams.await_drained()
        stop.set()
        for thread in threads:
            thread.join()
        store.close()
    assert_undisturbed(till)
