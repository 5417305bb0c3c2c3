"""The embedded store: one SQLite file in WAL mode, read by servers while `run` writes."""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import replace as changed
from pathlib import Path

from skewless.ground.errors import StoreError
from skewless.stores.damage import not_loaded
from skewless.stores.heartbeat import beating
from skewless.stores.store import LOADING_EVERY, LOADING_FOR, Merge, Part, Snapshot, StateInfo, Wanted

_SCHEMA = """
CREATE TABLE IF NOT EXISTS loads (
    id INTEGER PRIMARY KEY,
    namespace TEXT NOT NULL,
    version TEXT NOT NULL,
    as_of INTEGER NOT NULL,
    entities INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    codec INTEGER NOT NULL,
    loaded_to INTEGER NOT NULL,
    UNIQUE (namespace, version)
);
CREATE TABLE IF NOT EXISTS loaders (
    namespace TEXT NOT NULL,
    version TEXT NOT NULL,
    loader TEXT NOT NULL,
    until REAL NOT NULL,
    PRIMARY KEY (namespace, version, loader)
);
CREATE TABLE IF NOT EXISTS records (
    state INTEGER NOT NULL,
    part INTEGER NOT NULL,
    key BLOB NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (state, part, key)
) WITHOUT ROWID;
"""
_STATE_COLUMNS = "version, as_of, entities, rows, codec, loaded_to, id"
_PARTS: dict[Part, int] = {"entities": 0, "versions": 1, "statics": 2, "tiles": 3, "days": 4}
# SQLite takes at most 32,766 variables in a statement.
_CHUNK = 30_000
_MERGED = 2_000
"""Values that are held in memory at once while they are merged."""


_PARENTS: list[sqlite3.Connection] = []
"""Connections of the process that this one was forked from."""


class _Connection(sqlite3.Connection):
    """Closes itself when nobody holds it. Closed by another thread while it works, it would take the process along."""

    def __del__(self) -> None:
        with suppress(sqlite3.ProgrammingError):  # it was never opened
            self.close()


class _Connections:
    """One connection a thread, for all stores that share a file. Each lasts as long as its thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._is_closed = False

    def of_thread(self, *, creates: bool = False) -> sqlite3.Connection:
        """The thread's own connection. Who only reads does not create the file."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None or self._local.process != os.getpid():
            return self._connected(creates)
        return connection

    def close(self) -> None:
        """Lets go of all connections; what is under way ends first."""
        self._is_closed = True
        self._local = threading.local()

    def _connected(self, creates: bool) -> sqlite3.Connection:
        local = self._local  # taken first: `close` may replace it on the way
        if self._is_closed:
            raise StoreError(f"the online store '{self._path}' is closed", help="open it again: FeatureServer.load")
        if not creates and not self._path.exists():
            raise StoreError(f"there is no online store '{self._path}'", help="load it: skewless run")
        # SQLite's connections do not survive a fork: not even their end in the child is without effect.
        if (inherited := getattr(local, "connection", None)) is not None:
            _PARENTS.append(inherited)
        connection = local.connection = _connect(self._path)
        local.process = os.getpid()
        return connection


class SqliteStore:
    """State in a file. Each thread has its own connection; a read sees one committed point in time."""

    def __init__(self, path: str | Path, namespace: str = "") -> None:
        self.path = Path(path)
        self.namespace = namespace
        self._connections = _Connections(self.path)

    def within(self, namespace: str) -> SqliteStore:
        """A store over the same file and connections that sees its own loads only."""
        store = copy(self)
        store.namespace = namespace
        return store

    @contextmanager
    def batch(self) -> Iterator[None]:
        """One transaction for all that this thread writes within it, whatever the namespace."""
        with self._errors(), self._writing():
            yield

    def read(self, wanted: Wanted) -> Snapshot:
        if not wanted:  # a service without state needs no file
            return Snapshot({}, ())
        states: dict[str, StateInfo] = {}
        values: list[list[bytes | None]] = []
        with self._errors(), self._one_point_in_time(wanted) as connection:
            for version, keys in wanted:
                info, found = self._records(connection, version, "entities", keys)
                values.append([found.get(key) for key in keys])
                if info is not None:
                    states[version] = info
        return Snapshot(states, values)

    @contextmanager
    def _one_point_in_time(self, wanted: Wanted) -> Iterator[sqlite3.Connection]:
        """A transaction, unless a single statement will do: that sees one point in time by itself."""
        connection = self._connections.of_thread()
        if len(wanted) == 1 and len(wanted[0][1]) <= _CHUNK:
            yield connection
            return
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("COMMIT")

    def state(self, version: str) -> StateInfo | None:
        return self.read([(version, ())]).states.get(version) if self.path.exists() else None

    def versions(self) -> tuple[StateInfo, ...]:
        if not self.path.exists():
            return ()
        with self._errors():
            rows = self._connections.of_thread().execute(
                f"SELECT {_STATE_COLUMNS} FROM loads WHERE namespace = ? ORDER BY version", (self.namespace,)
            )
            return tuple(map(_info, rows))

    def replace(
        self,
        info: StateInfo,
        records: Iterable[tuple[bytes, bytes]],
        beside: Mapping[Part, Iterable[tuple[bytes, bytes]]] | None = None,
    ) -> StateInfo:
        with self._errors(), self._writing() as connection:
            self._remove(connection, (info.version,))
            # SQLite would give the number of a state that was just removed once more, and a writer not see the load.
            state = secrets.randbits(62)
            connection.execute(
                "INSERT INTO loads (id, namespace, version, as_of, entities, rows, codec, loaded_to) "
                "VALUES (?, ?, ?, ?, 0, ?, ?, ?)",
                (state, self.namespace, info.version, info.as_of, info.rows, info.codec, info.loaded_to),
            )
            for part, others in (beside or {}).items():
                _insert(connection, state, part, others)
            written = _insert(connection, state, "entities", records)
            connection.execute("UPDATE loads SET entities = ? WHERE id = ?", (written, state))
        return changed(info, entities=written, generation=str(state))

    @contextmanager
    def loading(self, version: str) -> Iterator[None]:
        loader = secrets.token_hex(8)

        def beat() -> None:
            self._say_loading(version, loader, time.time() + LOADING_FOR)

        with beating(beat, LOADING_EVERY):
            try:
                yield
            finally:
                self._say_loading(version, loader, 0.0)

    def is_loading(self, version: str) -> bool:
        if not self.path.exists():
            return False
        with self._errors():
            found = self._connections.of_thread().execute(
                "SELECT until FROM loaders WHERE namespace = ? AND version = ?", (self.namespace, version)
            )
            return any(until > time.time() for (until,) in found)

    def _say_loading(self, version: str, loader: str, until: float) -> None:
        with self._errors(), self._writing() as connection:
            connection.execute("DELETE FROM loaders WHERE loader = ? OR until <= ?", (loader, time.time()))
            if until:
                connection.execute(
                    "INSERT INTO loaders (namespace, version, loader, until) VALUES (?, ?, ?, ?)",
                    (self.namespace, version, loader, until),
                )

    def fetch(self, version: str, part: Part, keys: Sequence[bytes]) -> tuple[StateInfo, Sequence[bytes | None]]:
        with self._errors():
            info, found = self._records(self._connections.of_thread(), version, part, keys)
        if info is None:
            raise not_loaded(version)
        return info, [found.get(key) for key in keys]

    def put(self, info: StateInfo, part: Part, records: Mapping[bytes, bytes]) -> None:
        with self._errors(), self._writing() as connection:
            _insert(connection, int(info.generation), part, records.items())

    def leave(self, info: StateInfo, part: Part, keys: Sequence[bytes]) -> None:
        with self._errors(), self._writing() as connection:
            _write(connection, info, part, [(key, b"", None) for key in keys])

    def update(self, version: str, part: Part, keys: Sequence[bytes], merge: Merge) -> StateInfo:
        with self._errors(), self._writing() as connection:
            info, _ = self._records(connection, version, part, ())
            if info is None:
                raise not_loaded(version)
            for start in range(0, len(keys), _MERGED):
                own = keys[start : start + _MERGED]
                _, found = self._records(connection, version, part, own)
                held = [found.get(key) for key in own]
                merged = merge(info, range(start, start + len(own)), held)
                _write(connection, info, part, [*zip(own, held, merged, strict=True)])
        return info

    def keys(self, version: str, part: Part) -> Iterator[Sequence[bytes]]:
        last = b""
        while True:
            with self._errors():
                rows = self._connections.of_thread().execute(
                    "SELECT key FROM records WHERE part = ? AND key >= ? AND state = "
                    "(SELECT id FROM loads WHERE namespace = ? AND version = ?) ORDER BY key LIMIT ?",
                    (_PARTS[part], last, self.namespace, version, _MERGED),
                )
                found = [key for (key,) in rows]
            if found:
                yield found
            if len(found) < _MERGED:
                return
            last = found[-1] + b"\x00"

    def advance(self, version: str, as_of: int, loaded_to: int | None = None) -> None:
        with self._errors(), self._writing() as connection:
            connection.execute(
                "UPDATE loads SET as_of = max(as_of, ?), loaded_to = max(loaded_to, coalesce(?, loaded_to)) "
                "WHERE namespace = ? AND version = ?",
                (as_of, loaded_to, self.namespace, version),
            )

    def drop(self, versions: Sequence[str]) -> None:
        with self._errors(), self._writing() as connection:
            self._remove(connection, versions)

    def close(self) -> None:
        self._connections.close()

    def _records(
        self, connection: sqlite3.Connection, version: str, part: Part, keys: Sequence[bytes]
    ) -> tuple[StateInfo | None, dict[bytes, bytes]]:
        """(the version's state, or None if it is not loaded; the values of those keys that are there)."""
        found: dict[bytes, bytes] = {}
        rows: list[tuple[str, int, int, int, int, int, int, bytes | None, bytes]] = []
        for start in range(0, max(len(keys), 1), _CHUNK):
            chunk = keys[start : start + _CHUNK]
            marks = ", ".join("?" * len(chunk))
            rows = connection.execute(
                f"SELECT {_STATE_COLUMNS}, key, value FROM loads "
                f"LEFT JOIN records ON state = id AND part = ? AND key IN ({marks}) "
                "WHERE namespace = ? AND version = ?",
                (_PARTS[part], *chunk, self.namespace, version),
            ).fetchall()
            found.update((row[7], row[8]) for row in rows if row[7] is not None)
        return _info(rows[0][:7]) if rows else None, found

    def _remove(self, connection: sqlite3.Connection, versions: Sequence[str]) -> None:
        for version in versions:
            state = connection.execute(
                "SELECT id FROM loads WHERE namespace = ? AND version = ?", (self.namespace, version)
            ).fetchone()
            if state is not None:
                connection.execute("DELETE FROM records WHERE state = ?", state)
                connection.execute("DELETE FROM loads WHERE id = ?", state)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: what is in it is there as a whole, or not at all. Within a batch, the batch's."""
        connection = self._connections.of_thread(creates=True)
        if _is_writing(connection):
            yield connection
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            # SQLite has ended the transaction itself when the disk is full.
            if _is_writing(connection):
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise StoreError(f"the online store '{self.path}' failed: {error}", help=_help(str(error))) from error
        except sqlite3.DatabaseError as error:
            raise StoreError(
                f"the online store '{self.path}' is damaged or is no SQLite file: {error}",
                help="move it away and load the state again: skewless run --full-refresh",
            ) from error
        except OSError as error:
            raise StoreError(f"the online store '{self.path}' cannot be opened: {error.strerror}") from error


def _is_writing(connection: sqlite3.Connection) -> bool:
    return connection.in_transaction


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False, factory=_Connection)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA mmap_size = 268435456")
    connection.executescript(_SCHEMA)
    return connection


def _insert(connection: sqlite3.Connection, state: int, part: Part, records: Iterable[tuple[bytes, bytes]]) -> int:
    """How many records were written."""
    number = _PARTS[part]
    written = connection.executemany(
        "INSERT INTO records (state, part, key, value) VALUES (?, ?, ?, ?)",
        ((state, number, key, value) for key, value in records),
    )
    return max(written.rowcount, 0)


def _write(
    connection: sqlite3.Connection,
    info: StateInfo,
    part: Part,
    merged: Sequence[tuple[bytes, bytes | None, bytes | None]],
) -> None:
    """What has changed of (key, value before, value from now on)."""
    state, number = int(info.generation), _PARTS[part]
    connection.executemany(
        "INSERT OR REPLACE INTO records (state, part, key, value) VALUES (?, ?, ?, ?)",
        [(state, number, key, after) for key, before, after in merged if after is not None and after != before],
    )
    connection.executemany(
        "DELETE FROM records WHERE state = ? AND part = ? AND key = ?",
        [(state, number, key) for key, before, after in merged if after is None and before is not None],
    )


def _info(row: tuple[str, int, int, int, int, int, int]) -> StateInfo:
    version, as_of, entities, rows, codec, loaded_to, state = row
    return StateInfo(
        version=version,
        as_of=as_of,
        entities=entities,
        rows=rows,
        codec=codec,
        loaded_to=loaded_to,
        generation=str(state),
    )


def _help(message: str) -> str | None:
    if "full" in message:
        return "free some space; what was there before is still served"
    if "readonly" in message or "unable to open" in message:
        return "check that the folder can be written"
    if "locked" in message:
        return "another run is writing; try again when it is done"
    return None
