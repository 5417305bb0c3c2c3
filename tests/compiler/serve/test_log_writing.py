"""When files of the serving log are complete, what is lost if they cannot be written, and that requests never wait."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from serve.logged import SCORES, bundle, eventually, files, record, rows, vector
from skewless.serve.log import Counts, Roll, ServingLog
from skewless.serve.log.files import place_file

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
