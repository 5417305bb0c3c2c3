"""The queue and the thread between requests and files: bounded, counted, and of one process.

A request only puts its rows into the queue, or learns that it is full. The thread looks at it a few times a second
rather than being woken for each request, which would cost the request a switch of threads.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skewless.serve.log.files import OpenFile, Roll
from skewless.serve.log.layout import Layout, batch_of

if TYPE_CHECKING:
    import pyarrow as pa

_POLL = 0.2
_AT_EXIT = 10.0
"""Seconds for which a process that ends waits for the disk."""
_CHUNK = 200
_PAUSE = 0.0005
"""Python runs one thread at a time, and takes its turn from one that computes after 5 ms only. So the writer makes few
rows at once into Arrow, and then gives way to requests by itself."""
_Place = tuple[str, dt.date]
"""The definition and the day of a file's rows."""
_LOG = logging.getLogger("skewless.serve.log")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Rows of sampled entities that this process has answered, by what became of them."""

    written: int
    """In complete files."""
    waiting: int
    """In the queue, or in a file that is not complete."""
    dropped: int
    """The queue was full, or the log was closed."""
    failed: int
    """Could not be written: the disk was full, the folder out of reach."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Logged rows of one request."""

    layout: Layout
    at: dt.datetime
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the writers of all processes share. `timer` gives seconds, `place` puts a complete file onto the disk."""

    folder: Path
    roll: Roll
    queue_rows: int
    timer: Callable[[], float]
    place: Callable[[Path, pa.Buffer], None]


class Writer:
    """Takes answered rows of one process. The thread begins with the first of them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pid = os.getpid()
        # Machines and containers that share the folder may agree in process id and second.
        self._token = secrets.token_hex(4)
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._queue: deque[Answered] = deque()
        self._queued = 0
        self._open: dict[_Place, OpenFile] = {}
        self._files = self._written = self._dropped = self._failed = 0
        self._has_warned = False
        self._at_exit: Finalize | None = None

    def put(self, answered: Answered) -> None:
        """Takes the rows, or drops and counts them. Never waits for the disk."""
        count = len(answered.rows)
        with self._lock:
            if self._closed or self._queued + count > self._settings.queue_rows or not self._is_running():
                self._dropped += count
                return
            self._queue.append(answered)
            self._queued += count
            is_urgent = 2 * self._queued >= self._settings.queue_rows
        if is_urgent:
            self._wake.set()

    def close(self, timeout: float) -> None:
        """Takes nothing more, and waits until all that was taken is in files, or for `timeout` seconds."""
        if self._pid != os.getpid():
            return  # the thread is the parent's
        with self._lock:
            self._closed = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout)
        if self._at_exit is not None:
            self._at_exit.cancel()

    @property
    def counts(self) -> Counts:
        with self._lock:
            waiting = self._queued + sum(file.rows for file in list(self._open.values()))
            return Counts(written=self._written, waiting=waiting, dropped=self._dropped, failed=self._failed)

    def _is_running(self) -> bool:
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="skewless-serving-log", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the interpreter is on its way out, or the system has no more threads
                return False
            self._thread = thread
            # Unlike atexit, this is called at the end of processes that multiprocessing forks, too.
            self._at_exit = Finalize(None, self.close, args=(_AT_EXIT,), exitpriority=0)
        return True

    def _run(self) -> None:
        while True:
            is_last = self._closed
            for chunk in self._chunks():
                self._write(chunk)
                self._roll(everything=False)
                if not self._closed:
                    time.sleep(_PAUSE)
            self._roll(everything=is_last)
            if is_last:
                return
            self._wake.wait(_POLL)
            self._wake.clear()

    def _chunks(self) -> Iterator[list[Answered]]:
        """What is in the queue. Rows keep their place in it until they are in an open file, or have failed."""
        while True:
            chunk: list[Answered] = []
            rows = 0
            with self._lock:
                while self._queue and rows < _CHUNK:
                    chunk.append(self._queue.popleft())
                    rows += len(chunk[-1].rows)
            if not chunk:
                return
            yield chunk

    def _write(self, chunk: list[Answered]) -> None:
        """Into the open files of their definition and day."""
        parts: dict[_Place, list[Answered]] = {}
        for answered in chunk:
            parts.setdefault((answered.layout.definition, answered.at.date()), []).append(answered)
        for place, part in parts.items():
            rows = [row for answered in part for row in answered.rows]
            self._add(place, part[0], rows)
            with self._lock:
                self._queued -= len(rows)

    def _add(self, place: _Place, first: Answered, rows: list[tuple[Any, ...]]) -> None:
        try:
            file = self._open.get(place) or self._opened(first)
            batch = batch_of(first.layout, file.schema, rows)
        except Exception as error:  # noqa: BLE001 - whatever it is, the rows after these must still be logged
            self._fail(len(rows), error)
            return
        self._open[place] = file
        try:
            file.add(batch)
        except Exception as error:  # noqa: BLE001 - the file is broken; the next one must still be written
            del self._open[place]
            self._fail(file.rows, error)

    def _opened(self, first: Answered) -> OpenFile:
        return OpenFile(first.layout, self._settings.roll, first.at, self._settings.timer())

    def _roll(self, *, everything: bool) -> None:
        for place, file in list(self._open.items()):
            if not everything and not file.is_due(self._settings.timer()):
                continue
            failure = self._finish(file, place[1])
            with self._lock:
                del self._open[place]
                self._written += file.rows if failure is None else 0
            if failure is None:
                self._has_warned = False
            else:
                self._fail(file.rows, failure)

    def _finish(self, file: OpenFile, day: dt.date) -> Exception | None:
        self._files += 1
        name = f"{file.began:%Y%m%dT%H%M%S}-{self._pid}-{self._token}-{self._files:06}.parquet"
        path = self._settings.folder / file.layout.folder(day.isoformat()) / name
        try:
            self._settings.place(path, file.finish())
        except Exception as error:  # noqa: BLE001 - a full disk must not end the log
            return error
        return None

    def _fail(self, rows: int, error: Exception) -> None:
        """Counts the rows, and warns of the first failure since a file was last written."""
        with self._lock:
            self._failed += rows
        if not self._has_warned:
            self._has_warned = True
            _LOG.warning(
                "the serving log in '%s' cannot be written (%s); requests are answered, and rows are lost and counted "
                "until a file can be written again",
                self._settings.folder,
                error,
            )
