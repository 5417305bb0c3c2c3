"""Trying again, ever more rarely, until it works or somebody says stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from skewless.ground.errors import StoreError
from skewless.ingest.stream.kind import StreamDown
from skewless.ingest.stream.statistics import Counts

_FIRST, _LONGEST = 0.1, 10.0
"""Seconds between two tries."""
_T = TypeVar("_T")


class Stopped(Exception):
    """It had not worked when somebody said stop."""


class Patience:
    """The tries of one consumer. `limit` is how many seconds it tries at most; None for as long as it takes.

    `tell` hears of the first failure and of the end of it; `counts` of every failure.
    """

    def __init__(
        self, stop: threading.Event, counts: Counts, tell: Callable[[str], None], *, limit: float | None = None
    ) -> None:
        self._stop, self._counts, self._tell, self._limit = stop, counts, tell, limit

    def keep_trying(self, call: Callable[[], _T], fault: type[StreamDown | StoreError]) -> _T:
        """What `call` returns, once it does not raise `fault`.

        Raises Stopped when it still does and somebody says stop, and StoreError when it does for longer than the limit.
        """
        began, wait, told = time.monotonic(), _FIRST, False
        while True:
            try:
                found = call()
            except fault as error:
                if self._limit is not None and time.monotonic() - began > self._limit:
                    raise error if isinstance(error, StoreError) else StoreError(str(error)) from error
                self._failed(error, is_first=not told)
                told = True
            else:
                if told:
                    self._counts.recovered()
                    self._tell(f"going on after {time.monotonic() - began:.1f} s")
                return found
            if self._stop.wait(wait):
                raise Stopped
            wait = min(wait * 2, _LONGEST)

    def _failed(self, error: Exception, *, is_first: bool) -> None:
        hint = f" ({error.help})" if isinstance(error, StoreError) and error.help else ""
        self._counts.failed(f"{error}{hint}")
        if is_first:
            self._tell(f"{error}{hint}; trying again until it works")
