"""Streams, servers and stores that fail: what can pass is waited for, and nothing is lost."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
import redis

from skewless.ground.errors import StoreError
from skewless.ingest.stream import consume
from skewless.ingest.stream.consume import Consumer
from skewless.ingest.stream.kind import Lag, StreamAddress, StreamDown
from skewless.ingest.stream.redis import RedisStream

from .plans import order
from .recording import RecordingWriter
from .redis_orders import Orders, until


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
