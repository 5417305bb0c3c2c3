"""Calls that compute elsewhere, in a thread of their own: so Ctrl-C finds the caller, which waits."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

_T = TypeVar("_T")


class WaitingThread:
    """One call after the other.

    On Ctrl-C `cancel` has the call that runs stopped; it is called every `every` seconds until that has ended, or until
    `limit` seconds have passed.
    """

    def __init__(self, cancel: Callable[[], object], *, every: float, limit: float = math.inf) -> None:
        self._cancel = cancel
        self._every = every
        self._limit = limit
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="engine")

    def run(self, call: Callable[[], _T]) -> _T:
        """What the call returns or raises."""
        running = self._thread.submit(call)
        try:
            return running.result()
        except KeyboardInterrupt:
            since = time.monotonic()
            self._cancel()
            while not wait((running,), timeout=self._every).done and time.monotonic() - since < self._limit:
                self._cancel()
            raise

    def close(self) -> None:
        """A call that could not be stopped is not waited for."""
        self._thread.shutdown(wait=False)
