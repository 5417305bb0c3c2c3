"""What a consumer has done, counted: one snapshot for a line of progress and for metrics alike."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from skewless.ingest.stream.kind import Lag

_RATE_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Of one source, since its consumer began."""

    source: str
    messages: int = 0
    rows: int = 0
    """Rows that were written."""
    rejected: int = 0
    """Rows, and messages without readable rows, that are in the stream of dead letters."""
    batches: int = 0
    rows_per_second: float = 0.0
    """Over the last ten seconds."""
    waiting: int | None = None
    """Messages that nobody has read yet; None until the stream was asked."""
    pending: int | None = None
    """Messages that somebody of the group has read and not acknowledged."""
    watermark: dt.datetime | None = None
    """The latest known time of a row that was written, naive UTC."""
    failures: int = 0
    """How often the stream or the store did not answer as it should."""
    fault: str | None = None
    """What keeps the consumer from going on, if anything does."""


class Counts:
    """The statistics while they change. Safe to share between threads."""

    def __init__(self, source: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._now = Statistics(source=source)
        self._recent: deque[tuple[float, int]] = deque()
        self._began = clock()

    def snapshot(self) -> Statistics:
        with self._lock:
            moment = self._clock()
            while self._recent and self._recent[0][0] <= moment - _RATE_SECONDS:
                self._recent.popleft()
            seconds = min(_RATE_SECONDS, moment - self._began)
            rows = sum(count for _, count in self._recent)
            return replace(self._now, rows_per_second=rows / seconds if seconds > 0 else 0.0)

    def wrote(self, *, messages: int, rows: int, watermark: dt.datetime | None) -> None:
        """Once a batch is durable and acknowledged."""
        with self._lock:
            now = self._now
            marks = [mark for mark in (now.watermark, watermark) if mark is not None]
            self._now = replace(
                now,
                messages=now.messages + messages,
                rows=now.rows + rows,
                batches=now.batches + 1,
                watermark=max(marks, default=None),
            )
            self._recent.append((self._clock(), rows))

    def lags(self, lag: Lag) -> None:
        with self._lock:
            self._now = replace(self._now, waiting=lag.waiting, pending=lag.pending)

    def failed(self, fault: str) -> None:
        with self._lock:
            self._now = replace(self._now, failures=self._now.failures + 1, fault=fault)

    def recovered(self) -> None:
        with self._lock:
            self._now = replace(self._now, fault=None)
