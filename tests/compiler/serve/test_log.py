"""The serving log: what is in its files, which entities are, and that requests never wait for it."""

from __future__ import annotations

import datetime as dt
import json
import logging
import math
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from serve.logged import EVENT, NOON, SCORES, bundle, eventually, files, record, rows, vector
from serve.world import write_world
from skewless.ground.errors import DataError, UsageError
from skewless.serve.log import Counts, Roll, ServingLog
from skewless.serve.log.files import place_file
from skewless.serve.log.layout import METADATA, layout_from, layout_of

VALUES: dict[str, list[Any]] = {
    "BOOLEAN": [True, False, None],
    "INTEGER": [-(2**31), 2**31 - 1, None],
    "BIGINT": [-(2**63), 2**63 - 1, None],
    "FLOAT": [0.5, float("nan"), None],
    "DOUBLE": [0.1, float("nan"), None, float("inf"), -0.0, 5e-324],
    "DECIMAL(38,10)": [Decimal("-1234567890123456789012345678.0123456789"), Decimal("0E-10"), None],
    "VARCHAR": ["", "naïve 🦆\x00", None],
    "DATE": [dt.date(1, 1, 1), dt.date(9999, 12, 31), None],
    "TIMESTAMP": [dt.datetime(1, 1, 1), dt.datetime(2026, 6, 12, 12, 0, 0, 1), None],
    "BIGINT[]": [[1, None, 2**62], [], None],
    "DOUBLE[]": [[float("nan")], [0.1], None],
    "VARCHAR[][]": [[["a", None], []], [None], None],
    "DECIMAL(4,2)[]": [[Decimal("10.20")], [None], None],
}


# What is written


@pytest.mark.parametrize("kind", VALUES)
def test_every_type_comes_back_equal(tmp_path: Path, kind: str) -> None:
    """As a feature, and as a field of the request."""
    values = VALUES[kind]
    log = ServingLog(tmp_path)
    users = list(range(len(values)))
    service = log.of(bundle({"feature": kind}, fields={"field": kind}))
    service.record({"user_id": users, "field": values}, vector({"feature": values}))
    log.close()
    for name in ("feature", "field"):
        came = [value for _, value in rows(tmp_path, f'user_id, "{name}"')]
        assert list(map(repr, came)) == list(map(repr, values))
        assert rows(tmp_path, f'typeof("{name}")')[0] == (kind,)


@pytest.mark.parametrize("kind", [kind for kind in VALUES if not kind.endswith("[]")])
def test_every_type_can_be_a_key(tmp_path: Path, kind: str) -> None:
    log = ServingLog(tmp_path, fraction=0.999999)
    service = log.of(bundle({"score": "BIGINT"}, keys={"key": kind}))
    values = VALUES[kind]
    service.record({"key": values}, vector({"score": list(range(len(values)))}))
    log.close()
    assert [repr(value) for _, value in rows(tmp_path, "score, key")] == list(map(repr, values))


def test_a_condition_finds_nan_too(tmp_path: Path) -> None:
    """DuckDB leaves out row groups by their statistics, and those of Parquet do not count NaN."""
    log = ServingLog(tmp_path)
    service = log.of(bundle({"score": "DOUBLE"}))
    service.record({"user_id": [1, 2]}, vector({"score": [1.0, float("nan")]}))
    log.close()
    assert rows(tmp_path, "user_id", "score > 5") == [(2,)]
    assert math.isnan(rows(tmp_path, "max(score)")[0][0])


def test_a_row_says_what_was_asked_when_and_of_what(tmp_path: Path) -> None:
    answered = NOON + dt.timedelta(seconds=3, microseconds=1)
    log = ServingLog(tmp_path, clock=lambda: answered)
    record(log.of(SCORES), [7, 8], "request-1")
    log.close()
    shown = "log_request_id, log_row, user_id, score, log_as_of, log_answered_at, score__status, score__event_timestamp"
    assert rows(tmp_path, shown) == [
        ("request-1", 0, 7, 70.0, NOON, answered, "PRESENT", EVENT),
        ("request-1", 1, 8, 80.0, NOON, answered, "PRESENT", EVENT),
    ]
    definition = layout_of(SCORES).definition
    assert rows(tmp_path, "log_project, log_service, log_definition, log_date, log_versions, log_packages")[0] == (
        "shop", "ranking", definition, dt.date(2026, 6, 12), {"view": "view@1"},
        {"skewless": "0.1.0", "duckdb": duckdb.__version__},
    )  # fmt: skip


def test_a_real_server_is_logged_as_it_answered(tmp_path: Path) -> None:
    project = write_world(tmp_path / "project")
    project.run(as_of=NOON)
    server = project.server("all_kinds", clock=lambda: NOON)
    columns: dict[str, list[Any]] = {"user_id": [1, 2, 3, 4, 5, None], "amount": [60.0, 1.0, 2.0, 3.0, 4.0, None]}
    answer = server.get_columns(columns)
    server.close()
    log = ServingLog(tmp_path / "log")
    log.of(server.bundle).record(columns, answer, "one")
    log.close()
    for name in answer.names:
        logged = rows(tmp_path / "log", f"log_row, {name}, {name}__status, {name}__event_timestamp")
        answered = zip(answer.values[name], answer.statuses[name], answer.event_timestamps[name], strict=True)
        assert [row[1:] for row in logged] == list(answered), name
        assert rows(tmp_path / "log", f"typeof({name})")[0][0] == answer.types[name]
    assert {status for name in answer.names for status in answer.statuses[name]} == {
        "PRESENT", "NULL_VALUE", "NOT_FOUND", "OUTSIDE_MAX_AGE",
    }  # fmt: skip
    logged = rows(tmp_path / "log", "log_row, user_id, amount")
    assert [list(column) for column in list(zip(*logged, strict=True))[1:]] == list(columns.values())
    assert set(rows(tmp_path / "log", "map_keys(log_versions)")[0][0]) == {"recent", "last_order", "daily"}


def test_what_the_caller_changes_later_is_not_logged(tmp_path: Path) -> None:
    log = ServingLog(tmp_path)
    service = log.of(bundle({"score": "DOUBLE", "items": "BIGINT[]"}, fields={"wanted": "VARCHAR[]"}))
    columns: dict[str, list[Any]] = {"user_id": [1], "wanted": [["a"]]}
    answer = vector({"score": [1.0], "items": [[1, 2]]})
    service.record(columns, answer)
    columns["user_id"][0], columns["wanted"][0][0] = 2, "b"
    answer.values["score"][0] = 2.0  # type: ignore[index]
    answer.values["items"][0].append(3)
    log.close()
    assert rows(tmp_path, "user_id, wanted, score, items") == [(1, ["a"], 1.0, [1, 2])]


def test_names_that_the_service_has_taken_are_left_to_it(tmp_path: Path) -> None:
    taken = bundle(
        {"x": "DOUBLE", "x__status": "BIGINT", "X__STATUS_": "BIGINT", "log_date": "BIGINT"},
        keys={"log_request_id": "BIGINT"},
    )
    log = ServingLog(tmp_path)
    values: dict[str, list[Any]] = {"x": [0.5], "x__status": [1], "X__STATUS_": [2], "log_date": [3]}
    log.of(taken).record({"log_request_id": [9]}, vector(values), "r")
    log.close()
    shown = "x, x__status, X__STATUS_, x__status__, x__status__status, log_request_id, log_request_id_, log_date"
    assert rows(tmp_path, shown) == [(0.5, 1, 2, "PRESENT", "PRESENT", 9, "r", 3)]
    told = json.loads(pq.read_schema(files(tmp_path)[0]).metadata[METADATA])
    assert told["own"]["log_request_id"] == "log_request_id_"
    assert told["own"]["log_date"] == "log_date_"
    assert told["features"][0]["status"] == "x__status__"


def test_files_tell_what_their_columns_are(tmp_path: Path) -> None:
    log = ServingLog(tmp_path)
    service = log.of(bundle({"score": "DOUBLE"}, fields={"amount": "DECIMAL(9,2)"}))
    service.record({"user_id": [1], "amount": [Decimal("1.00")]}, vector({"score": [1.0]}))
    log.close()
    told = json.loads(pq.read_schema(files(tmp_path)[0]).metadata[METADATA])
    assert (told["keys"], told["fields"]) == ({"user_id": "BIGINT"}, {"amount": "DECIMAL(9,2)"})
    assert told["features"] == [
        {
            "name": "score", "type": "DOUBLE", "view": "view", "feature": "score", "value": "score",
            "status": "score__status", "event_timestamp": "score__event_timestamp",
        }
    ]  # fmt: skip


def test_the_layout_is_read_back_from_a_file() -> None:
    layout = layout_of(bundle({"score": "DOUBLE"}, fields={"amount": "DECIMAL(9,2)"}))
    assert layout_from(layout.metadata()[METADATA], "a file") == layout


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (b'{"format": 2, "shape": []}', "'a.parquet' is a log of format 2, and this release reads 1"),
        (b'{"format": 1, "project": "p"}', "the metadata of 'a.parquet' cannot be read: .*service"),
        (b"[1]", "the metadata of 'a.parquet' cannot be read: Expected `object`"),
        (b"{", "the metadata of 'a.parquet' cannot be read: "),
    ],
)
def test_metadata_of_another_format_are_refused(told: bytes, said: str) -> None:
    with pytest.raises(DataError, match=said):
        layout_from(told, "a.parquet")


def test_definitions_are_told_apart_and_read_as_one_table(tmp_path: Path) -> None:
    log = ServingLog(tmp_path)
    older, newer = SCORES, bundle({"score": "DOUBLE", "rank": "INTEGER"}, version="view@2")
    record(log.of(older), [1])
    log.of(newer).record({"user_id": [2]}, vector({"score": [20.0], "rank": [1]}))
    log.close()
    assert len(files(tmp_path)) == 2
    assert rows(tmp_path, "user_id, score, rank, log_versions['view']") == [
        (1, 10.0, None, "view@1"),
        (2, 20.0, 1, "view@2"),
    ]
    assert rows(tmp_path, "user_id", f"log_definition = '{layout_of(newer).definition}'") == [(2,)]


def test_a_definition_does_not_depend_on_where_the_state_is() -> None:
    elsewhere = replace(SCORES, store="redis://:secret@host")
    assert layout_of(elsewhere).definition == layout_of(SCORES).definition
    assert layout_of(bundle({"score": "FLOAT"})).definition != layout_of(SCORES).definition
    assert "secret" not in str(layout_of(elsewhere))


def test_days_are_folders(tmp_path: Path) -> None:
    now = [NOON.replace(hour=23, minute=59)]
    log = ServingLog(tmp_path, clock=lambda: now[0])
    service = log.of(SCORES)
    record(service, [1])
    now[0] += dt.timedelta(minutes=2)
    record(service, [2])
    log.close()
    assert rows(tmp_path, "user_id, log_date, log_answered_at::date = log_date") == [
        (1, dt.date(2026, 6, 12), True),
        (2, dt.date(2026, 6, 13), True),
    ]


@pytest.mark.skipif(os.name != "posix", reason="modes of files are those of POSIX")
def test_files_and_folders_are_private(tmp_path: Path) -> None:
    log = ServingLog(tmp_path / "made" / "log")
    record(log.of(SCORES), [1])
    log.close()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*") if path.is_dir()}
    assert modes == {0o700}
    assert [stat.S_IMODE(path.stat().st_mode) for path in files(tmp_path)] == [0o600]


# Who is sampled


def _sampled(tmp_path: Path, fraction: float, users: list[int | None]) -> set[int | None]:
    log = ServingLog(tmp_path, fraction=fraction)
    sampler = log.of(SCORES)._sampler
    return {users[row] for row in sampler.rows({"user_id": users})}


@pytest.mark.parametrize("fraction", [0.01, 0.25, 0.9])
def test_the_fraction_is_that_of_entities(tmp_path: Path, fraction: float) -> None:
    count = 50_000
    found = len(_sampled(tmp_path, fraction, list(range(0, count * 64, 64))))
    spread = 5 * math.sqrt(count * fraction * (1 - fraction))
    assert abs(found - count * fraction) < spread


def test_a_larger_sample_holds_the_smaller_one(tmp_path: Path) -> None:
    users: list[int | None] = list(range(5_000))
    small, large = (_sampled(tmp_path, fraction, users) for fraction in (0.1, 0.3))
    assert small < large


def test_an_entity_is_in_or_out_in_every_process(tmp_path: Path) -> None:
    """The users that this release samples are those of the next one."""
    assert _sampled(tmp_path, 0.02, list(range(200))) == {148, 190}


def test_rows_of_a_batch_are_sampled_each_by_itself(tmp_path: Path) -> None:
    users: list[int | None] = list(range(1_000))
    log = ServingLog(tmp_path, fraction=0.1)
    record(log.of(SCORES), users, "batch")
    log.close()
    logged = rows(tmp_path, "user_id, log_row, score")
    assert {user for user, _, _ in logged} == _sampled(tmp_path, 0.1, users)
    assert all(row == user and score == 10.0 * user for user, row, score in logged)


def test_keys_are_sampled_alike_whatever_their_order_and_their_service(tmp_path: Path) -> None:
    log = ServingLog(tmp_path, fraction=0.3)
    one = log.of(bundle({"x": "DOUBLE"}, keys={"user_id": "BIGINT", "shop": "VARCHAR"}))
    other = log.of(bundle({"y": "DOUBLE"}, keys={"shop": "VARCHAR", "user_id": "INTEGER"}, service="other"))
    columns: dict[str, list[Any]] = {"user_id": [*range(500), None], "shop": [str(n % 7) for n in range(500)] + ["0"]}
    assert list(one._sampler.rows(columns)) == list(other._sampler.rows(columns))
    assert 0 < len(one._sampler.rows(columns)) < 300


def test_null_keys_are_decided_by_what_else_there_is(tmp_path: Path) -> None:
    log = ServingLog(tmp_path, fraction=0.5)
    sampler = log.of(bundle({"x": "DOUBLE"}, keys={"a": "BIGINT", "b": "BIGINT"}))._sampler
    columns: dict[str, list[Any]] = {"a": [None] * 400, "b": list(range(400))}
    decided = list(sampler.rows(columns))
    assert 100 < len(decided) < 300
    assert decided == list(sampler.rows(columns))
    alone = {len(_sampled(tmp_path, fraction / 10, [None])) for fraction in range(11)}
    assert alone == {0, 1}


def test_a_service_without_keys_samples_what_is_asked(tmp_path: Path) -> None:
    log = ServingLog(tmp_path, fraction=0.5)
    sampler = log.of(bundle({"x": "DOUBLE"}, keys={}, fields={"words": "VARCHAR[]"}))._sampler
    columns = {"words": [[str(n)] for n in range(400)]}
    assert 100 < len(sampler.rows(columns)) < 300
    assert list(sampler.rows(columns)) == list(sampler.rows(columns))


class Unread:
    """A vector that must not be looked at."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"'{name}' was read")


@pytest.mark.parametrize("fraction", [0, 1e-12])
def test_nothing_is_read_of_an_answer_that_is_not_sampled(tmp_path: Path, fraction: float) -> None:
    log = ServingLog(tmp_path, fraction=fraction)
    log.of(SCORES).record({"user_id": [1, 2, None]}, Unread())  # type: ignore[arg-type]
    log.of(SCORES).record({"user_id": []}, Unread())  # type: ignore[arg-type]
    log.close()
    assert not list(tmp_path.iterdir())
    assert log.counts == Counts(written=0, waiting=0, dropped=0, failed=0)


@pytest.mark.parametrize("fraction", [-0.1, 1.1, float("nan")])
def test_a_fraction_out_of_range_is_refused(tmp_path: Path, fraction: float) -> None:
    with pytest.raises(UsageError, match="fraction"):
        ServingLog(tmp_path, fraction=fraction)


@pytest.mark.parametrize("roll", [Roll(rows=0), Roll(bytes=-1), Roll(seconds=float("nan"))])
def test_a_roll_that_never_ends_is_refused(tmp_path: Path, roll: Roll) -> None:
    with pytest.raises(UsageError, match="of the serving log is"):
        ServingLog(tmp_path, roll=roll)
    with pytest.raises(UsageError, match="queue_rows"):
        ServingLog(tmp_path, queue_rows=0)


# When files are complete


def test_a_file_rolls_by_rows(tmp_path: Path) -> None:
    log = ServingLog(tmp_path, roll=Roll(rows=100))
    service = log.of(SCORES)
    record(service, list(range(99)))
    eventually(lambda: log.counts == Counts(written=0, waiting=99, dropped=0, failed=0))
    assert files(tmp_path) == []
    record(service, [99])
    eventually(lambda: log.counts.written == 100)
    assert len(files(tmp_path)) == 1
    log.close()
    assert len(files(tmp_path)) == 1


def test_a_file_rolls_by_bytes(tmp_path: Path) -> None:
    log = ServingLog(tmp_path, roll=Roll(bytes=200_000))
    service = log.of(bundle({"text": "VARCHAR"}))
    for user in range(40):
        service.record({"user_id": [user]}, vector({"text": [os.urandom(10_000).hex()]}))
    eventually(lambda: log.counts.written >= 10)
    log.close()
    assert len(rows(tmp_path)) == 40
    assert all(path.stat().st_size < 2_000_000 for path in files(tmp_path))


def test_a_file_rolls_by_time_without_another_request(tmp_path: Path) -> None:
    now, looked = [1000.0], [0]

    def timer() -> float:
        looked[0] += 1
        return now[0]

    log = ServingLog(tmp_path, roll=Roll(seconds=60), timer=timer)
    record(log.of(SCORES), [1])
    for seconds, written in ((0.0, 0), (59.0, 0), (1.0, 1)):
        now[0] += seconds
        before = looked[0]
        eventually(lambda before=before: looked[0] >= before + 2 or log.counts.written == 1)  # type: ignore[misc]
        assert log.counts.written == written
    assert rows(tmp_path, "user_id") == [(1,)]
    log.close()


def test_close_completes_what_is_open_and_later_rows_are_counted(tmp_path: Path) -> None:
    log = ServingLog(tmp_path)
    service = log.of(SCORES)
    record(service, [1, 2, 3])
    log.close()
    log.close()
    record(service, [4])
    assert rows(tmp_path, "user_id") == [(1,), (2,), (3,)]
    assert log.counts == Counts(written=3, waiting=0, dropped=1, failed=0)


def test_threads_lose_nothing(tmp_path: Path) -> None:
    log = ServingLog(tmp_path, roll=Roll(rows=500))
    service = log.of(SCORES)

    def ask(first: int) -> None:
        for user in range(first, first + 500):
            record(service, [user])

    threads = [threading.Thread(target=ask, args=(1_000 * number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.close()
    expected = [(1_000 * number + user, 10.0 * (1_000 * number + user)) for number in range(8) for user in range(500)]
    assert rows(tmp_path, "user_id, score") == expected


# When it cannot be written


class Gate:
    """A disk that waits until it is let go."""

    def __init__(self) -> None:
        self.reached, self.open = threading.Event(), threading.Event()

    def place(self, path: Path, data: Any) -> None:
        self.reached.set()
        self.open.wait(20)
        place_file(path, data)


def test_a_disk_that_hangs_costs_rows_and_never_time(tmp_path: Path) -> None:
    gate = Gate()
    log = ServingLog(tmp_path, roll=Roll(rows=1), queue_rows=100, place=gate.place)
    service = log.of(SCORES)
    record(service, [0])
    assert gate.reached.wait(20)
    for user in range(1, 251):
        record(service, [user])
    assert log.counts == Counts(written=0, waiting=101, dropped=150, failed=0)
    log.close(timeout=0.01)
    assert log.counts.written == 0
    gate.open.set()
    eventually(lambda: log.counts == Counts(written=101, waiting=0, dropped=150, failed=0))
    assert rows(tmp_path, "user_id") == [(user,) for user in range(101)]


def test_a_request_larger_than_the_queue_is_dropped(tmp_path: Path) -> None:
    log = ServingLog(tmp_path, queue_rows=10)
    record(log.of(SCORES), list(range(11)))
    record(log.of(SCORES), list(range(10)))
    log.close()
    assert log.counts == Counts(written=10, waiting=0, dropped=11, failed=0)


def test_a_full_disk_is_told_once_counted_and_tried_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    is_full = [True]

    def place(path: Path, data: Any) -> None:
        if is_full[0]:
            raise OSError(28, "No space left on device")
        place_file(path, data)

    log = ServingLog(tmp_path, roll=Roll(rows=1), place=place)
    service = log.of(SCORES)
    with caplog.at_level(logging.WARNING, "skewless.serve.log"):
        for user in range(3):
            record(service, [user])
            eventually(lambda user=user: log.counts.failed == user + 1)  # type: ignore[misc]
        assert [entry.getMessage().count("No space left") for entry in caplog.records] == [1]
        is_full[0] = False
        record(service, [3])
        eventually(lambda: log.counts.written == 1)
        is_full[0] = True
        record(service, [4])
        log.close()
    assert len(caplog.records) == 2
    assert rows(tmp_path, "user_id") == [(3,)]
    assert log.counts == Counts(written=1, waiting=0, dropped=0, failed=4)


def test_a_folder_that_vanishes_is_made_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "log"
    log = ServingLog(folder, roll=Roll(rows=1))
    service = log.of(SCORES)
    record(service, [1])
    eventually(lambda: log.counts.written == 1)
    shutil.rmtree(folder)
    folder.write_text("a file has taken its place")
    record(service, [2])
    eventually(lambda: log.counts.failed == 1)
    folder.unlink()
    record(service, [3])
    log.close()
    assert rows(folder, "user_id") == [(3,)]
    assert len(caplog.records) == 1


def test_a_write_that_breaks_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("skewless.serve.log.files.os.fsync", broken)
    with pytest.raises(OSError, match="Input/output"):
        place_file(tmp_path / "day" / "one.parquet", b"PAR1")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_row_of_another_type_is_lost_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    log = ServingLog(tmp_path)
    service = log.of(SCORES)
    for score in (10.0, "ten", 30.0):
        service.record({"user_id": [1]}, vector({"score": [score]}))
        eventually(lambda: log._writer()._queued == 0)
    log.close()
    assert rows(tmp_path, "score") == [(10.0,), (30.0,)]
    assert log.counts.failed == 1
    assert len(caplog.records) == 1


def test_only_a_row_of_another_type_makes_no_file(tmp_path: Path) -> None:
    log = ServingLog(tmp_path)
    log.of(SCORES).record({"user_id": [1]}, vector({"score": ["ten"]}))
    log.close()
    assert files(tmp_path) == []


# Processes

_PROCESS = """
import sys, time
from pathlib import Path
from serve.logged import SCORES, record
from skewless.serve.log import Roll, ServingLog
folder, first, count, roll, end = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
log = ServingLog(folder, roll=Roll(rows=roll))
service = log.of(SCORES)
for user in range(first, first + count):
    record(service, [user])
    if end == "kill":
        time.sleep(0.0001)
print("done", flush=True)
"""


def _environ() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def _process(folder: Path, first: int, count: int, roll: int, end: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", _PROCESS, str(folder), str(first), str(count), str(roll), end],
        env=_environ(),
        stdout=subprocess.PIPE,
    )


def test_the_end_of_a_process_completes_its_files_and_two_share_a_folder(tmp_path: Path) -> None:
    processes = [_process(tmp_path, first, 300, 100, "exit") for first in (0, 1_000)]
    assert [process.wait(60) for process in processes] == [0, 0]
    for process in processes:
        process.communicate()
    expected = [(user,) for user in (*range(300), *range(1_000, 1_300))]
    assert rows(tmp_path, "user_id") == expected
    pids = {path.name.split("-")[1] for path in files(tmp_path)}
    assert pids == {str(process.pid) for process in processes}


def test_a_killed_process_leaves_whole_files(tmp_path: Path) -> None:
    process = _process(tmp_path, 0, 10_000_000, 50, "kill")
    try:
        eventually(lambda: len(files(tmp_path)) >= 5, seconds=60)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.communicate()
    whole = [user for (user,) in rows(tmp_path, "user_id")]
    assert whole == list(range(len(whole)))
    assert len(whole) >= 250


def test_a_forked_process_has_a_writer_of_its_own(tmp_path: Path) -> None:
    """Made before the fork and used on both sides, while the parent has rows in the queue and an open file."""
    code = """
import multiprocessing, os, sys, warnings
from serve.logged import SCORES, eventually, record
from skewless.serve.log import ServingLog
log = ServingLog(sys.argv[1])
service = log.of(SCORES)
record(service, [1])
eventually(lambda: log._writer()._queued == 0)
record(service, [2])
def child():
    assert log.counts.waiting == 0
    record(service, [3])
process = multiprocessing.get_context("fork").Process(target=child)
process.start()
process.join()
pid = os.fork()
if pid == 0:
    record(service, [4])
    sys.exit(0)
assert os.waitpid(pid, 0)[1] == 0
record(service, [5])
assert process.exitcode == 0
"""
    subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", "-c", code, str(tmp_path)],
        env=_environ(), check=True, timeout=60,
    )  # fmt: skip
    assert rows(tmp_path, "user_id") == [(1,), (2,), (3,), (4,), (5,)]
    assert len({path.name.split("-")[1] for path in files(tmp_path)}) == 3


def test_the_log_loads_no_compiler(tmp_path: Path) -> None:
    code = f"""
import sys
from skewless.serve.log import ServingLog
assert "pyarrow" not in sys.modules
from serve.logged import SCORES, record
log = ServingLog({str(tmp_path)!r})
record(log.of(SCORES), [1])
log.close()
assert log.counts.written == 1
print([name for name in ("jinja2", "sqlglot", "click", "yaml") if name in sys.modules])
"""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], env=_environ(), check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"
