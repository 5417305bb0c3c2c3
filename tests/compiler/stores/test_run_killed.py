"""A run that is killed, or finds no room, leaves the old state or the new one."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from serve.world import NOON, ORDERS, write_orders, write_world

from skewless.ground.errors import StoreError
from skewless.stores.sqlite import SqliteStore
from skewless.stores.store import StateInfo

_RUN = (
    "import sys; from skewless import Project; "
    "Project.load(sys.argv[1], environ={}).run(as_of='2026-06-12T12:00:00', views=['recent'])"
)


def answer(folder: Path) -> tuple[int, float]:
    from skewless import Project

    server = Project.load(folder, environ={}).server("all_kinds", clock=lambda: NOON)
    vector = server.get([{"user_id": 1, "amount": 1.0}])
    server.close()
    return vector.values["orders_1h"][0], vector.values["amount_1h"][0]


def test_killed_at_any_moment_it_can_be_started_again(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    project = write_world(folder)
    project.run(as_of=NOON)
    many = [(100 + n, n + 10, 0.1, 1.0) for n in range(40_000)]
    write_orders(folder, [*ORDERS, (7, 1, 0.1, 100.0), *many])
    killed = 0
    for wait in (0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0):
        # What a killed process leaves in its temporary folder goes with the test's own.
        environ = {**os.environ, "TMPDIR": str(tmp_path)}
        process = subprocess.Popen([sys.executable, "-c", _RUN, str(folder)], env=environ)  # noqa: S603
        time.sleep(wait)
        killed += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert answer(folder) in {(2, 40.0), (3, 140.0)}
    assert killed
    subprocess.run([sys.executable, "-c", _RUN, str(folder)], check=True)  # noqa: S603
    assert answer(folder) == (3, 140.0)


def test_a_full_disk_keeps_what_was_there(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "online.db")
    info = StateInfo(version="v@1", as_of=1, entities=0, rows=1, codec=1)
    store.replace(info, [(b"a", b"old")])
    connection = store._connections.of_thread()
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreError, match="full") as error:
        store.replace(info, ((str(number).encode(), os.urandom(4_000)) for number in range(1_000)))
    assert "free some space" in (error.value.help or "")
    assert list(store.read([("v@1", [b"a"])]).values[0]) == [b"old"]


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "online.db").write_text("these are not the bytes of a database, however long the text may be" * 50)
    with pytest.raises(StoreError, match="no SQLite file"):
        SqliteStore(tmp_path / "online.db").versions()


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="unable to open database file"):
        SqliteStore(tmp_path).versions()


def test_who_only_reads_makes_no_file(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "deep" / "online.db")
    assert store.versions() == ()
    with pytest.raises(StoreError, match="there is no online store"):
        store.read([("v@1", [b"a"])])
    assert not (tmp_path / "deep").exists()


def test_dropped_entities_leave_the_file(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "online.db")
    store.replace(StateInfo(version="v@1", as_of=1, entities=0, rows=1, codec=1), [(b"a", b"1")])
    store.drop(["v@1"])
    with sqlite3.connect(tmp_path / "online.db") as connection:
        assert connection.execute("SELECT COUNT(*) FROM records").fetchone() == (0,)


def test_an_explicit_moment_is_what_the_state_says(tmp_path: Path) -> None:
    project = write_world(tmp_path / "project")
    loaded = project.run(as_of=NOON, views=["recent"])
    assert loaded[0].state.as_of == int(NOON.replace(tzinfo=dt.UTC).timestamp()) * 1_000_000
