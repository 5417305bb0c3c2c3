"""Events as they come, from a real Redis: nothing is lost, nothing counts twice, and what is wrong is put aside."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import redis
from stores.redis_server import RedisServer

from skewless.ground.errors import StoreError
from skewless.ingest.stream import consume, patience
from skewless.ingest.stream.consume import Consumer, Pace
from skewless.ingest.stream.kind import DeadLetter, Lag, StreamAddress, StreamDown
from skewless.ingest.stream.redis import RedisStream

from .plans import order, planned
from .recording import RecordingWriter

TESTS = Path(__file__).parents[1]
AOF = {"appendonly": "yes", "appendfsync": "always"}


class Orders:
    """A stream of a server, and who consumes it."""

    def __init__(self, server: RedisServer) -> None:
        self.server = server
        self.name = f"orders-{uuid.uuid4().hex[:8]}"
        self.told: list[str] = []
        self.stop = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def client(self) -> redis.Redis:
        return self.server.client

    def add(self, *payloads: Any, field: str = "data") -> list[str]:
        pipeline = self.client.pipeline(transaction=False)
        for payload in payloads:
            pipeline.xadd(self.name, {field: payload if isinstance(payload, bytes) else json.dumps(payload)})
        return [one.decode() for one in pipeline.execute()]

    def stream(self, consumer: str = "a", **settings: Any) -> RedisStream:
        address = StreamAddress(
            source="shop.orders", type="redis", url=self.server.url, name=self.name, group="shop", format="json"
        )
        return RedisStream(address, consumer, tell=self.told.append, **settings)

    def consumer(self, writer: RecordingWriter, name: str = "a", *, idle: float = 60, **settings: Any) -> Consumer:
        pace = Pace(**{"batch_rows": 100, "once": True, **settings})
        stream = self.stream(name, idle=idle)
        return Consumer(stream, "json", writer, stop=self.stop, tell=self.told.append, pace=pace)

    def start(self, writer: RecordingWriter, name: str = "a", **settings: Any) -> Consumer:
        """A consumer in a thread, which stays until it is stopped."""
        consumer = self.consumer(writer, name, **{"once": False, **settings})
        thread = threading.Thread(target=consumer.run)
        thread.start()
        self._threads.append(thread)
        return consumer

    def leave(self) -> None:
        self.stop.set()
        for thread in self._threads:
            thread.join(20)
            assert not thread.is_alive()
        self._threads = []

    @property
    def pending(self) -> int:
        """None are before a consumer has made its group."""
        return sum(int(one["pending"]) for one in self.client.xinfo_groups(self.name) if one["name"] == b"shop")

    @property
    def dead(self) -> list[dict[str, str]]:
        letters = self.client.xrange(f"{self.name}:dead")
        return [{name.decode(): value.decode(errors="replace") for name, value in one.items()} for _, one in letters]


@pytest.fixture
def orders(redis_server: RedisServer) -> Iterator[Orders]:
    orders = Orders(redis_server)
    yield orders
    orders.leave()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Orders]:
    """On a server of the test's own, which keeps what it was told over a restart."""
    server = RedisServer(tmp_path / "redis", **AOF).start()
    orders = Orders(server)
    yield orders
    orders.leave()
    server.stop()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consume, "_RECLAIM_EVERY", 0.1)
    monkeypatch.setattr(consume, "_WAIT", 0.05)
    monkeypatch.setattr(consume, "_ROWS_PER_MESSAGE", 1.0)
    monkeypatch.setattr(patience, "_FIRST", 0.02)


def until(condition: Callable[[], Any], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


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


def test_poison_is_put_aside_with_its_reason_and_the_rest_goes_on(orders: Orders) -> None:
    payloads: list[Any] = [
        order(1), b"{not json", order(2, amount="much"), [order(3), {"order_id": 4}, order(5)], 17, [], order(6), b"\xff",
    ]  # fmt: skip
    ids = orders.add(*payloads)
    orders.client.xadd(orders.name, {"a": "1", "b": "2"})
    writer = RecordingWriter()
    consumer = orders.consumer(writer)
    consumer.run()
    assert sorted(writer.rows) == [1, 3, 5, 6]
    assert [(one["skewless:id"], one["skewless:reason"]) for one in orders.dead[:4]] == [
        (ids[1], "the message is not JSON: JSON is malformed: object keys must be strings (byte 1)"),
        (ids[2], "'amount' must be DOUBLE, not 'much'"),
        (ids[3], "row 2 of 3: 'ordered_at' is missing or NULL, so nothing says when the row happened"),
        (ids[4], "the message is neither a JSON object nor a list of objects, but int"),
    ]
    assert orders.dead[4]["skewless:reason"].startswith("the message is not JSON")
    assert orders.dead[5]["skewless:reason"] == "the message has no field 'data', which holds its rows; it has: a, b"
    assert orders.dead[1]["data"] == json.dumps(payloads[2])
    assert orders.dead[1]["skewless:group"] == "shop"
    written = dt.datetime.fromisoformat(orders.dead[1]["skewless:time"])
    assert abs(dt.datetime.now(dt.UTC) - written) < dt.timedelta(minutes=1)
    assert orders.pending == 0
    assert (consumer.statistics.rejected, consumer.statistics.rows) == (6, 4)


def test_rows_are_in_the_field_data_and_in_no_other(orders: Orders) -> None:
    """Not even where it is the only one: what another program wrote there may be anything."""
    orders.add(order(1), field="payload")
    writer = RecordingWriter()
    orders.consumer(writer).run()
    assert writer.rows == {}
    [letter] = orders.dead
    assert letter["skewless:reason"] == "the message has no field 'data', which holds its rows; it has: payload"
    assert json.loads(letter["payload"]) == order(1)


def test_what_is_counted_as_rejected_is_among_the_dead(orders: Orders, monkeypatch: pytest.MonkeyPatch) -> None:
    orders.add(b"no", b"neither")
    consumer = orders.consumer(RecordingWriter())
    seen: list[tuple[int, int]] = []
    put_aside = RedisStream._put_aside

    def told(stream: RedisStream, letter: DeadLetter) -> None:
        put_aside(stream, letter)
        seen.append((consumer.statistics.rejected, len(orders.dead)))

    monkeypatch.setattr(RedisStream, "_put_aside", told)
    consumer.run()
    assert seen == [(0, 1), (1, 2)]
    assert consumer.statistics.rejected == 2


def test_a_row_that_a_view_cannot_take_is_put_aside_with_the_view(orders: Orders) -> None:
    """The key may be in the batch twice; only the message with that very row is put aside."""
    ids = orders.add(order(1), [order(2, amount=1), order(2, amount=-1)], order(2, amount=3))
    writer = RecordingWriter(refuse=lambda row: row["amount"] == -1)
    consumer = orders.consumer(writer)
    consumer.run()
    assert [(one["skewless:id"], one["skewless:reason"]) for one in orders.dead] == [
        (ids[1], "the view 'totals' cannot take the row: Overflow")
    ]
    assert consumer.statistics.rejected == 1
    assert orders.pending == 0


def test_a_view_without_state_is_told_of_once(orders: Orders) -> None:
    orders.add(*map(order, range(500)))
    writer = RecordingWriter()
    writer.unloaded = ("totals",)
    orders.consumer(writer).run()
    assert len(writer.sizes) > 1
    assert orders.told == [
        "the view 'totals' has no state to write to, and gets these rows when it is loaded: skewless run"
    ]


def test_many_faults_of_one_message_are_one_letter(orders: Orders) -> None:
    orders.add([{"order_id": number} for number in range(8)])
    orders.consumer(RecordingWriter()).run()
    (letter,) = orders.dead
    assert letter["skewless:reason"].count("is missing") == 5
    assert letter["skewless:reason"].endswith("; and 3 more")


def test_a_message_is_put_aside_once(orders: Orders) -> None:
    """Tried again after an answer was lost, or by two consumers at once."""
    orders.add(order(1))
    stream = orders.stream()
    letters = [DeadLetter(message, "no") for message in stream.read(1, 0.1)]
    for _ in range(2):
        stream.reject(letters)
    assert len(orders.dead) == 1
    assert orders.pending == 0


def test_decimals_keep_their_digits(orders: Orders) -> None:
    orders.add(json.dumps(order(1)).replace('"1.25"', "12345678.10").encode())
    writer = RecordingWriter()
    orders.consumer(writer).run()
    assert str(writer.rows[1]["price"]) == "12345678.10"
    assert writer.rows[1]["amount"] == 2.5


def test_arrow_messages_hold_tables(orders: Orders) -> None:
    moments = [dt.datetime(2026, 6, 12, 10), dt.datetime(2026, 6, 12, 11), None]
    table = pa.table({"ordered_at": moments, "order_id": [1, 2, 3]})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as out:
        out.write_table(table)
    whole = sink.getvalue().to_pybytes()
    orders.add(whole, whole[:80], b"")
    writer = RecordingWriter()
    consumer = Consumer(
        orders.stream(), "arrow", writer, stop=orders.stop, tell=orders.told.append, pace=Pace(once=True)
    )
    consumer.run()
    assert sorted(writer.rows) == [1, 2]
    assert [one["skewless:reason"].partition(":")[0] for one in orders.dead] == [
        "row 3 of 3",
        "the message is no Arrow IPC stream",
        "the message is no Arrow IPC stream",
    ]


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


def test_a_store_that_fails_is_tried_again_and_nothing_is_acknowledged_before(orders: Orders) -> None:
    orders.add(*map(order, range(50)))
    writer = RecordingWriter()

    def fail() -> None:
        assert orders.pending == 50
        raise StoreError("the online store is gone", help="look at it")

    writer.before += [fail, fail]
    consumer = orders.consumer(writer)
    consumer.run()
    assert len(writer.rows) == 50
    assert orders.pending == 0
    assert orders.told[0] == "the online store is gone (look at it); trying again until it works"
    assert orders.told[1].startswith("going on after")
    assert (consumer.statistics.failures, consumer.statistics.fault) == (2, None)


def test_a_job_gives_a_store_up_that_keeps_failing(orders: Orders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consume, "_PATIENCE_OF_A_JOB", 0.2)
    orders.add(order(1))
    writer = RecordingWriter()
    writer.before += [_fail] * 100
    with pytest.raises(StoreError, match="the online store is gone"):
        orders.consumer(writer).run()
    assert orders.pending == 1


def test_stop_while_the_store_fails_leaves_the_messages_to_the_next(orders: Orders) -> None:
    orders.add(*map(order, range(5)))
    writer = RecordingWriter()
    writer.before += [_fail] * 1000
    consumer = orders.start(writer)
    until(lambda: consumer.statistics.failures > 1)
    assert consumer.statistics.fault == "the online store is gone"
    orders.leave()
    assert (orders.pending, len(writer.rows)) == (5, 0)
    orders.stop.clear()
    orders.consumer(after := RecordingWriter()).run()
    assert sorted(after.rows) == list(range(5))


def test_stop_finishes_what_was_read(orders: Orders) -> None:
    orders.add(*map(order, range(1000)))
    reached, waiting = threading.Event(), threading.Event()
    writer = RecordingWriter()
    writer.before.append(lambda: reached.set() or waiting.wait(10))
    orders.start(writer, batch_rows=100)
    assert reached.wait(10)
    orders.stop.set()
    waiting.set()
    orders.leave()
    assert len(writer.rows) in (100, 200)  # and the batch that was read ahead
    assert orders.pending == 0
    orders.stop.clear()
    orders.consumer(writer).run()
    assert len(writer.rows) == 1000
    assert set(writer.writes.values()) == {1}


def test_a_server_that_is_restarted_in_mid_stream_loses_nothing(own: Orders) -> None:
    """Killed while messages come and are written; what was appended was answered, and so was what is acknowledged."""
    writer = RecordingWriter()
    added: list[int] = []
    done = threading.Event()
    consumer = own.start(writer, batch_rows=20)

    def produce() -> None:
        for number in range(600):
            for _ in range(500):
                try:
                    own.add(order(number))
                    break
                except Exception:  # noqa: BLE001 - whatever a server that is killed does to its clients
                    time.sleep(0.02)
            added.append(number)
        done.set()

    producer = threading.Thread(target=produce)
    producer.start()
    for share in (100, 300):
        until(lambda share=share: len(added) > share)
        own.server.stop()
        until(lambda: consumer.statistics.fault is not None)
        own.server.start()
    assert done.wait(30)
    producer.join()
    until(lambda: len(writer.rows) == 600 and own.pending == 0 and own.stream("z").lag().waiting == 0)
    own.leave()
    assert sorted(writer.rows) == list(range(600))
    assert any("cannot be reached" in text or "Connection" in text for text in own.told)
    assert any(text.startswith("going on after") for text in own.told)


def test_a_job_leaves_when_its_server_was_restarted(own: Orders) -> None:
    """Redis 7 knows from its log what was delivered last, and how much was read by then only if the log says so."""
    own.add(*map(order, range(10)))
    own.consumer(RecordingWriter()).run()
    own.client.bgrewriteaof()
    until(lambda: not own.client.info("persistence")["aof_rewrite_in_progress"])
    own.add(*map(order, range(10, 30)))
    own.consumer(RecordingWriter()).run()
    own.server.stop()
    own.server.start()
    assert own.stream().lag() == Lag(waiting=0, pending=0)


def test_an_answer_that_was_lost_is_asked_for_again(orders: Orders, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server has given messages to this consumer, and the connection broke before they came."""
    ids = orders.add(*map(order, range(10)))
    stream = orders.stream()
    held = stream.read(2, 0.1)
    ask = stream._client.xreadgroup

    def lose(*arguments: Any, **settings: Any) -> Any:
        ask(*arguments, **settings)
        raise redis.ConnectionError("Connection reset by peer")

    with monkeypatch.context() as broken:
        broken.setattr(stream._client, "xreadgroup", lose)
        with pytest.raises(StreamDown, match="cannot be reached"):
            stream.read(3, 0.1)
    again = stream.read(10, 0.1)
    assert [one.id for one in held] == ids[:2]
    assert [one.id for one in again] == ids[2:5]  # not those that are in hand
    assert [one.id for one in stream.read(10, 0.1)] == ids[5:]


def test_a_group_that_was_deleted_is_made_again(orders: Orders) -> None:
    orders.add(*map(order, range(10)))
    writer = RecordingWriter()
    orders.start(writer)
    until(lambda: len(writer.rows) == 10 and orders.pending == 0)
    orders.client.xgroup_destroy(orders.name, "shop")
    orders.add(order(10))
    until(lambda: len(writer.rows) == 11)
    orders.client.delete(orders.name)
    until(lambda: orders.client.exists(orders.name))
    orders.add(order(11))
    until(lambda: len(writer.rows) == 12)
    assert "or its group 'shop' was deleted: the group reads from the beginning again" in orders.told[0]


@pytest.mark.parametrize("case", ["another kind of key", "a wrong password", "a dead letter that is no stream"])
def test_what_no_retry_can_heal_ends_the_consumer(orders: Orders, case: str) -> None:
    if case == "another kind of key":
        orders.client.set(orders.name, "x")
    elif case == "a dead letter that is no stream":
        orders.client.set(f"{orders.name}:dead", "x")
        orders.add("no order")
    consumer = orders.consumer(RecordingWriter())
    if case == "a wrong password":
        wrong = orders.server.url.replace("://", "://nobody:secret@")
        address = StreamAddress(source="s", type="redis", url=wrong, name=orders.name, group="shop", format="json")
        stream = RedisStream(address, "a", tell=orders.told.append)
        consumer = Consumer(stream, "json", RecordingWriter(), stop=orders.stop, tell=orders.told.append)
    with pytest.raises(StoreError) as caught:
        consumer.run()
    assert "secret" not in caught.value.message
    assert orders.name in caught.value.message
    assert caught.value.help


def test_a_url_with_what_redis_py_does_not_know_is_an_error(orders: Orders) -> None:
    url = f"{orders.server.url}?colour=red"
    address = StreamAddress(source="s", type="redis", url=url, name="s", group="shop", format="json")
    with pytest.raises(StoreError, match=r"the stream 's' in .* cannot be connected to: .*'colour'"):
        RedisStream(address, "a", tell=orders.told.append)


def test_a_writer_that_breaks_ends_the_consumer_and_leaves_the_messages(orders: Orders) -> None:
    """Not a fault that is known to pass: it is not waited for, though messages keep coming."""
    orders.add(*map(order, range(3)))
    writer = RecordingWriter()
    writer.before.append(lambda: [][0])
    with pytest.raises(IndexError):
        orders.consumer(writer, once=False).run()
    assert orders.stop.is_set()
    assert orders.pending == 3


def _fail() -> None:
    raise StoreError("the online store is gone")
