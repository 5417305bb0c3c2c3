"""Events as they come, from a real Redis: nothing is lost, nothing counts twice, and what is left is known."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from skewless.ingest.stream import consume
from skewless.ingest.stream.kind import Lag

from .plans import order, planned
from .recording import RecordingWriter
from .redis_orders import Orders, until

TESTS = Path(__file__).parents[1]


def test_what_was_there_before_and_what_comes_is_written_and_acknowledged(orders: Orders) -> None:
    orders.add(*map(order, range(250)))
    writer = RecordingWriter()
    consumer = orders.start(writer)
    until(lambda: len(writer.rows) == 250)
    orders.add([order(250), order(251)], order(252))
    until(lambda: len(writer.rows) == 253)
    orders.leave()
    assert set(writer.writes.values()) == {1}
    assert max(writer.sizes) <= 100
    assert orders.pending == 0
    assert not orders.dead
    assert not orders.told
    assert consumer.statistics.rows == 253
    assert consumer.statistics.messages == 252


def test_a_job_leaves_when_nothing_is_left_to_do(orders: Orders) -> None:
    orders.consumer(writer := RecordingWriter()).run()
    assert not writer.rows
    orders.add(*map(order, range(1000)))
    consumer = orders.consumer(writer)
    consumer.run()
    assert sorted(writer.rows) == list(range(1000))
    found = consumer.statistics
    assert (found.rows, found.waiting, found.pending, found.rejected) == (1000, 0, 0, 0)
    assert orders.client.xinfo_consumers(orders.name, "shop") == []  # it has left no trace of itself


def test_two_consumers_share_the_work(orders: Orders) -> None:
    writers = RecordingWriter(), RecordingWriter()
    orders.client.xgroup_create(orders.name, "shop", "0", mkstream=True)
    for name, writer in zip("ab", writers, strict=True):
        orders.start(writer, name, batch_rows=10)
    for start in range(0, 1000, 20):
        orders.add(*map(order, range(start, start + 20)))
    until(lambda: sum(len(writer.rows) for writer in writers) == 1000)
    orders.leave()
    assert not writers[0].rows.keys() & writers[1].rows.keys()
    assert all(writer.rows for writer in writers)
    assert orders.pending == 0


def test_what_a_killed_consumer_had_is_taken_over(orders: Orders, tmp_path: Path) -> None:
    orders.add(*map(order, range(300)))
    file = tmp_path / "written.jsonl"
    command = [sys.executable, "-m", "ingest.stuck_consumer", orders.server.url, orders.name, str(file), "60"]
    path = os.pathsep.join([str(TESTS), str(TESTS.parents[1] / "compiler")])
    process = subprocess.Popen(command, cwd=TESTS, env={**os.environ, "PYTHONPATH": path})  # noqa: S603
    try:
        until(lambda: file.exists() and file.read_text().endswith("\n") and orders.pending == 120, 30)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    writer = RecordingWriter()
    orders.start(writer, "b", idle=0.5)
    until(lambda: len(writer.rows) == 300 and orders.pending == 0)
    orders.leave()
    assert set(writer.writes.values()) == {1}


def test_a_consumer_that_comes_back_begins_with_what_it_had(orders: Orders) -> None:
    orders.add(*map(order, range(30)))
    assert len(orders.stream().read(20, 0.1)) == 20
    writer = RecordingWriter()
    orders.consumer(writer).run()
    assert sorted(writer.rows) == list(range(30))
    assert orders.pending == 0


def test_large_messages_are_written_in_parts_and_few_are_read_at_once(
    orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consume, "_ROWS_PER_MESSAGE", 50.0)
    for start in range(0, 5000, 250):
        orders.add([order(number) for number in range(start, start + 250)])
    writer = RecordingWriter()
    consumer = orders.consumer(writer, batch_rows=100)
    consumer.run()
    assert len(writer.rows) == 5000
    assert max(writer.sizes) == 100
    assert consumer.statistics.batches >= 19  # after the first read, one message at a time


def test_lag_and_watermark(orders: Orders) -> None:
    orders.add(*(order(number, ordered_at=f"2026-06-12T10:{number:02}:00Z") for number in range(40)))
    waiting = threading.Event()
    writer = RecordingWriter(planned(delay=5_000_000))
    writer.before.append(lambda: waiting.wait(10))
    consumer = orders.start(writer, batch_rows=10)
    until(lambda: orders.pending == 20)
    assert orders.stream("b").lag() == Lag(waiting=20, pending=20)
    assert consumer.statistics.watermark is None
    waiting.set()
    until(lambda: consumer.statistics.waiting == 0 and consumer.statistics.pending == 0)
    assert consumer.statistics.watermark == dt.datetime(2026, 6, 12, 10, 39, 5)
    assert consumer.statistics.rows_per_second > 0


def test_the_watermark_is_of_known_times(orders: Orders) -> None:
    plan = planned(("loaded_at", "TIMESTAMP"), known_at="loaded_at")
    orders.add(order(1, loaded_at="2026-06-12T11:00:00Z"), order(2, loaded_at="2026-06-12T10:30:00Z"))
    consumer = orders.consumer(RecordingWriter(plan))
    consumer.run()
    assert consumer.statistics.watermark == dt.datetime(2026, 6, 12, 11)


def test_lag_is_known_where_messages_in_the_middle_were_deleted(orders: Orders) -> None:
    """Redis does not count them then."""
    ids = orders.add(*map(order, range(10)))
    stream = orders.stream()
    stream.read(2, 0.1)
    orders.client.xdel(orders.name, ids[5])
    assert stream.lag() == Lag(waiting=7, pending=2)


def test_messages_that_were_deleted_before_they_were_written_are_told_of(orders: Orders) -> None:
    ids = orders.add(*map(order, range(3)))
    orders.stream().read(2, 0.1)
    orders.client.xdel(orders.name, ids[0])
    writer = RecordingWriter()
    orders.consumer(writer).run()
    assert sorted(writer.rows) == [1, 2]
    assert orders.pending == 0
    assert any("1 message was deleted" in text for text in orders.told)
