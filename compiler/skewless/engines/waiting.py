"""Calls that compute elsewhere, in a thread of their own: so Ctrl-C finds the caller, which waits."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

_T = TypeVar("_T")


class WaitingThread:
    """One call after the other.

    On Ctrl-C `cancel` has the call that runs stopped; it is called every `every` seconds until that has ended, or until
    `limit` seconds have passed. Neither a call that does not end nor a `cancel` that does not, as with a server that
    does not answer any more, keeps the process: threads are daemons.
    """

    def __init__(self, cancel: Callable[[], object], *, every: float, limit: float = math.inf) -> None:
        self._cancel = cancel
        self._every = every
        self._limit = limit
        self._calls: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._last: Future[Any] | None = None
        self._thread = Thread(target=self._work, name="engine", daemon=True)
        self._thread.start()

    def run(self, call: Callable[[], _T]) -> _T:
        """What the call returns or raises."""
        running: Future[_T] = Future()
        self._last = running
        self._calls.put((running, call))
        try:
            return running.result()
        except KeyboardInterrupt:
            self._stop(running)
            raise

    def close(self) -> None:
        """What calls have held is let go of by then: a process that ended before would leak it, and DuckDB says so.

        A call that could not be stopped is not waited for.
        """
        self._calls.put(None)
        if self._last is None or self._last.done():
            self._thread.join()

    def _work(self) -> None:
        while (item := self._calls.get()) is not None:
            running, call = item
            try:
                running.set_result(call())
            except BaseException as error:  # noqa: BLE001 - it is raised where the call is waited for
                running.set_exception(error)
            del item, running, call  # what they hold ends with them, not with the next call

    def _stop(self, running: Future[Any]) -> None:
        since = time.monotonic()
        canceling = self._canceling()
        while not wait((running,), timeout=self._every).done:
            if time.monotonic() - since >= self._limit:
                return
            if not canceling.is_alive():  # what was not there to cancel yet may be now
                canceling = self._canceling()
        canceling.join(self._every)

    def _canceling(self) -> Thread:
        thread = Thread(target=self._canceled, name="cancel", daemon=True)
        thread.start()
        return thread

    def _canceled(self) -> None:
        with suppress(Exception):  # Ctrl-C is told, not what went wrong about it
            self._cancel()
