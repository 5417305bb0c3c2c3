"""Rows into files: whole ones, each under the date at which its rows became known, and only then are they acknowledged."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skewless.contract.source_plan import SourcePlan
from skewless.ingest.landing import land
from skewless.ingest.rows import checked_rows
from skewless.ingest.stream.kind import DeadLetter, Lag, Message, Stream, StreamDown
from skewless.ingest.stream.landed import Roll, taken, with_landing
from skewless.ingest.stream.messages import batch_of
from skewless.ingest.stream.redis import arrival_of
from skewless.ingest.written import Rejected, Written

from .plans import NOON, ORDERS, order, planned, typed_rows
from .recording import RecordingWriter

KNOWN = planned(("loaded_at", "TIMESTAMP"), known_at="loaded_at")


def table(*rows: dict[str, Any], plan: SourcePlan = ORDERS) -> pa.Table:
    found, rejected = typed_rows(plan, list(rows), NOON)
    assert not rejected
    return found


def landed(folder: Path) -> list[tuple[str, list[int]]]:
    """The folder and the orders of each file."""
    files = sorted(folder.glob("*/*.parquet"))
    return [(one.parent.name, pq.ParquetFile(one).read().column("order_id").to_pylist()) for one in files]


def test_rows_are_landed_by_the_date_at_which_they_became_known(tmp_path: Path) -> None:
    late = order(1, ordered_at="2026-06-01T10:00:00", loaded_at="2026-06-12T00:00:00")
    rows = table(late, order(2, loaded_at="2026-06-11T23:59:59.999999"), plan=KNOWN)
    land(tmp_path, KNOWN, rows)
    assert landed(tmp_path) == [("known_date=2026-06-11", [2]), ("known_date=2026-06-12", [1])]


def test_where_a_delay_says_when_a_row_is_known_it_says_the_date(tmp_path: Path) -> None:
    plan = planned(delay=3_600_000_000)
    land(tmp_path, plan, table(order(1, ordered_at="2026-06-11T23:00:00"), order(2, ordered_at="2026-06-11T22:59:59")))
    assert landed(tmp_path) == [("known_date=2026-06-11", [2]), ("known_date=2026-06-12", [1])]


def test_files_have_the_declared_types_and_no_statistics_that_leave_out_nan(tmp_path: Path) -> None:
    (path,) = land(tmp_path, ORDERS, table(order(1, amount=float("nan"))))
    file = pq.ParquetFile(path)
    assert file.schema_arrow == table(order(1)).schema
    has = {file.schema_arrow.names[place]: file.metadata.row_group(0).column(place).is_stats_set for place in range(6)}
    assert has == {name: name != "amount" for name in has}


def test_the_same_rows_are_the_same_file(tmp_path: Path) -> None:
    first = land(tmp_path, ORDERS, table(order(1), order(2)))
    assert land(tmp_path, ORDERS, table(order(1), order(2))) == first
    assert land(tmp_path, ORDERS, table(order(1), order(3))) != first
    assert first[0].name.startswith("100000-100000_")


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_what_breaks_on_the_way_leaves_no_file_that_is_not_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device", str(tmp_path))

    (tmp_path / "known_date=2026-06-12").mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(os if step == "fsync" else Path, step, broken)
        with pytest.raises(OSError, match="No space left"):
            land(tmp_path, ORDERS, table(order(1)))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    land(tmp_path, ORDERS, table(order(1)))
    assert landed(tmp_path) == [("known_date=2026-06-12", [1])]


class RecordingStream(Stream):
    """Remembers what it was told, in order."""

    shown = "the stream"

    def __init__(self) -> None:
        self.acknowledged: list[str] = []
        self.aside: list[str] = []
        self.is_closed = False

    def read(self, *_: object) -> Sequence[Message]:
        return []

    def reclaim(self, *_: object) -> Sequence[Message]:
        return []

    def acknowledge(self, messages: Sequence[Message]) -> None:
        self.acknowledged += [one.id for one in messages]

    def reject(self, letters: Sequence[DeadLetter]) -> None:
        self.aside += [one.message.id for one in letters]

    @property
    def rejected(self) -> int:
        return len(self.aside)

    def lag(self) -> Lag:
        return Lag(waiting=0, pending=0)

    def close(self) -> None:
        self.is_closed = True


class Held:
    """A stream and a writer whose rows are landed when ten of them are there, or by a clock that the test moves."""

    def __init__(self, folder: Path, *, is_patient: bool = True) -> None:
        self.folder, self.inner, self.told, self.now = folder, RecordingStream(), list[str](), 0.0
        self.stream, self.writer = with_landing(
            self.inner, RecordingWriter(), folder,
            tell=self.told.append, roll=Roll(rows=10), is_patient=is_patient, clock=lambda: self.now,
        )  # fmt: skip

    def take(self, *numbers: int) -> None:
        self.writer.write(table(*map(order, numbers)))
        self.stream.acknowledge([Message(f"{number}-0", {}) for number in numbers])


@pytest.fixture
def held(tmp_path: Path) -> Callable[..., Held]:
    return lambda **settings: Held(tmp_path / "landed", **settings)


def test_rows_of_some_seconds_are_one_file_and_are_acknowledged_when_it_is_there(held: Callable[..., Held]) -> None:
    one = held()
    one.take(1, 2)
    one.now = 9.9
    one.take(3)
    one.stream.lag()
    assert (landed(one.folder), one.inner.acknowledged) == ([], [])
    one.now = 10.0
    one.stream.lag()
    assert landed(one.folder) == [("known_date=2026-06-12", [1, 2, 3])]
    assert one.inner.acknowledged == ["1-0", "2-0", "3-0"]
    one.now = 30.0
    one.take(4)
    assert len(landed(one.folder)) == 1  # ten seconds begin with the first row


def test_many_rows_are_not_waited_with(held: Callable[..., Held]) -> None:
    one = held()
    one.take(*range(10))
    assert len(one.inner.acknowledged) == 10


def test_a_job_waits_for_nothing(held: Callable[..., Held]) -> None:
    one = held(is_patient=False)
    one.take(1)
    one.stream.lag()
    assert one.inner.acknowledged == ["1-0"]


def test_what_is_put_aside_is_put_aside_when_its_other_rows_are_landed(held: Callable[..., Held]) -> None:
    one = held()
    one.writer.write(table(order(1)))
    one.stream.reject([DeadLetter(Message("1-0", {}), "a row of it is wrong")])
    one.stream.acknowledge([])
    assert (one.inner.aside, one.stream.rejected) == ([], 0)
    one.stream.close()
    assert (landed(one.folder), one.inner.aside) == ([("known_date=2026-06-12", [1])], ["1-0"])


def test_messages_without_rows_land_nothing_and_are_settled(held: Callable[..., Held]) -> None:
    one = held()
    one.stream.acknowledge([Message("1-0", {})])
    one.stream.close()
    assert not one.folder.exists()
    assert one.inner.acknowledged == ["1-0"]


def test_a_folder_that_cannot_be_written_holds_the_acknowledgement_up(held: Callable[..., Held]) -> None:
    one = held()
    one.folder.write_text("a file where the folder should be")
    with pytest.raises(StreamDown, match=r"rows cannot be landed in '.*landed.*'"):
        one.take(*range(10))
    one.stream.close()
    assert one.inner.acknowledged == []
    assert one.inner.is_closed
    assert one.told[0].endswith("what was not landed is not acknowledged, and will be delivered again")
    os.unlink(one.folder)
    one.stream.acknowledge([Message("0-0", {})])
    assert len(one.inner.acknowledged) == 10
    assert len(landed(one.folder)) == 1


def test_a_row_that_every_view_refuses_is_not_landed() -> None:
    rows = table(order(1), order(2), order(3))
    first, second, _ = rows.to_pylist()
    refused = [(first, "a"), (second, "a"), (second, "b")]
    written = Written(
        rows=3, rejected=tuple(Rejected(row=row, reason="", view=view) for row, view in refused),
        entities={"a": 1, "b": 1},
    )  # fmt: skip
    assert taken(rows, written).column("order_id").to_pylist() == [1, 3]


def test_a_message_says_when_it_arrived() -> None:
    assert arrival_of("1781258400123-7") == dt.datetime(2026, 6, 12, 10, 0, 0, 123_007)
    assert arrival_of("1781258400123-5000") == dt.datetime(2026, 6, 12, 10, 0, 0, 123_999)
    assert arrival_of("99999999999999999-0") is None


def test_only_what_does_not_say_when_it_became_known_is_stamped() -> None:
    rows = [{"order_id": 1, "ordered_at": "2026-06-12"}, {"order_id": 2, "ordered_at": "2026-06-12"}]
    rows[1]["loaded_at"] = "2026-06-12T09:00:00"
    message = Message("1781258400123-0", {b"data": json.dumps(rows).encode()}, arrival_of("1781258400123-0"))
    batch = batch_of(KNOWN, "json", [message], NOON, is_landed=True)
    assert batch.table.column("loaded_at").to_pylist() == [
        dt.datetime(2026, 6, 12, 10, 0, 0, 123_000),
        dt.datetime(2026, 6, 12, 9),
    ]


def test_nothing_is_stamped_that_is_not_landed() -> None:
    """Training would not know when the row became known; a row that is pushed is refused by the same words."""
    rows = b'{"order_id": 1, "ordered_at": "2026-06-12"}'
    batch = batch_of(KNOWN, "json", [Message("1-0", {b"data": rows}, NOON)], NOON, is_landed=False)
    [refused] = checked_rows(KNOWN, [json.loads(rows)], NOON).rejected.values()
    assert batch.faults == {0: [refused.reason]}
    assert refused.reason == "'loaded_at' is missing or NULL, so nothing says when the row became known"


def test_what_is_no_moment_is_not_stamped_over() -> None:
    rows = b'{"order_id": 1, "ordered_at": "2026-06-12", "loaded_at": "soon"}'
    batch = batch_of(KNOWN, "json", [Message("1-0", {b"data": rows}, NOON)], NOON, is_landed=True)
    assert batch.table.num_rows == 0
    assert "'loaded_at' must be TIMESTAMP" in batch.faults[0][0]


def test_a_date_is_not_stamped_since_its_midnight_is_before_the_arrival() -> None:
    plan = planned(("loaded_on", "DATE"), known_at="loaded_on")
    rows = b'{"order_id": 1, "ordered_at": "2026-06-12"}'
    batch = batch_of(plan, "json", [Message("1-0", {b"data": rows}, NOON)], NOON, is_landed=True)
    assert "'loaded_on' is missing or NULL" in batch.faults[0][0]
