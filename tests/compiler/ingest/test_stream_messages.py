"""Messages of a real Redis: what holds rows, and what is put aside with its reason."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pyarrow as pa
import pytest

from skewless.ingest.stream.consume import Consumer, Pace
from skewless.ingest.stream.kind import DeadLetter
from skewless.ingest.stream.redis import RedisStream

from .plans import order
from .recording import RecordingWriter
from .redis_orders import Orders


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
