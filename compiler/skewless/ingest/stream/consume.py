"""A stream into the online state: read, decode, write, acknowledge, again and again, until somebody says stop.

A message is acknowledged when the state that holds its rows is durable, so whatever breaks, it is delivered again; and
since rows are written by their primary key, to write one again changes nothing.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from skewless.contract.source_plan import SourcePlan
from skewless.ground.errors import StoreError
from skewless.ingest.identity import identities, identity_of
from skewless.ingest.stream.kind import DeadLetter, Format, Lag, Message, Stream, StreamDown
from skewless.ingest.stream.messages import Batch, batch_of
from skewless.ingest.stream.patience import Patience, Stopped
from skewless.ingest.stream.statistics import Counts, Statistics
from skewless.ingest.watermark import watermark
from skewless.ingest.written import Rejected, Written

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 5_000
_ROWS_PER_MESSAGE = 50.0
"""What is expected before the first message has been seen."""
_WAIT = 0.5
"""Seconds that a read waits for a first message: as long may it take to notice that somebody said stop."""
_RECLAIM_EVERY, _LAG_EVERY = 10.0, 1.0
"""Seconds."""
_REASONS = 5
"""So many rows of a message are told of when it is put aside."""
_PATIENCE_OF_A_JOB = 60.0
"""Seconds for which a job tries what fails; a process that stays tries until it works."""


class Writer(Protocol):
    """What rows are written with: `skewless.ingest.writer.SourceWriter`."""

    @property
    def plan(self) -> SourcePlan: ...

    def write(self, rows: pa.Table) -> Written:
        """Writes rows that may have been written before; returns when they are durable. Raises StoreError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a stream is consumed."""

    batch_rows: int = BATCH_ROWS
    """Rows that are written at once, about; never more, and as many again are read ahead meanwhile."""
    once: bool = False
    """Whether to leave when the group has nothing left to do."""


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


class Consumer:
    """Consumes one source's stream. `run` is for one thread; `statistics` may be asked by any."""

    def __init__(
        self,
        stream: Stream,
        format: Format,  # noqa: A002
        writer: Writer,
        *,
        stop: threading.Event,
        tell: Callable[[str], None],
        pace: Pace | None = None,
        is_landed: bool = False,
        now: Callable[[], dt.datetime] = _utc_now,
    ) -> None:
        """`tell` is given what the user should know although the work goes on. `is_landed` says whether the writer
        lands the rows, so that training reads them as they are written here."""
        self._stream, self._format, self._writer, self._plan = stream, format, writer, writer.plan
        self._stop, self._now, self._pace, self._tell = stop, now, pace or Pace(), tell
        self._is_landed = is_landed
        self._counts = Counts(writer.plan.source)
        limit = _PATIENCE_OF_A_JOB if self._pace.once else None
        self._patience = Patience(stop, self._counts, tell, limit=limit)
        self._rows_per_message = _ROWS_PER_MESSAGE
        self._unloaded: frozenset[str] = frozenset()
        """Views that have been told of."""
        self._reclaimed = self._asked_lag = float("-inf")

    @property
    def statistics(self) -> Statistics:
        return replace(self._counts.snapshot(), rejected=self._stream.rejected)

    def run(self) -> None:
        """Returns when it was told to stop, after what it had read is written, or when there is nothing left to do.

        Raises StoreError where trying again cannot help. Whatever is not acknowledged then is delivered again.
        """
        try:
            with suppress(Stopped), closing(self._batches()) as batches:
                for batch in batches:
                    self._take(batch)
        finally:
            self._stream.close()

    def _batches(self) -> Generator[Batch, None, None]:
        """While one batch is written, the next one is read and decoded: one, and no more."""
        with ThreadPoolExecutor(1, thread_name_prefix=f"read {self._plan.source}") as reader:
            ahead = reader.submit(self._fetch)
            try:
                while (batch := ahead.result()) is not None:
                    ahead = reader.submit(self._fetch)
                    yield batch
            except BaseException:
                self._stop.set()  # or the reader would be waited for in vain
                raise

    def _fetch(self) -> Batch | None:
        """The next batch; None when there will be none."""
        while not self._stop.is_set():
            messages = self._patience.keep_trying(self._read, StreamDown)
            if messages:
                batch = batch_of(self._plan, self._format, messages, self._now(), is_landed=self._is_landed)
                rows = batch.table.num_rows / len(messages)
                # Rises at once and falls by and by: too few messages cost little, and too many much memory.
                self._rows_per_message = max(rows, (self._rows_per_message + rows) / 2)
                return batch
            if self._is_drained():
                return None
        return None

    def _read(self) -> Sequence[Message]:
        count = max(round(self._pace.batch_rows / max(self._rows_per_message, 1.0)), 1)
        if time.monotonic() - self._reclaimed > _RECLAIM_EVERY:
            if found := self._stream.reclaim(count):
                return found
            self._reclaimed = time.monotonic()
        return self._stream.read(count, _WAIT)

    def _is_drained(self) -> bool:
        lag = self._patience.keep_trying(self._ask_lag, StreamDown)
        return self._pace.once and lag == Lag(waiting=0, pending=0)

    def _ask_lag(self) -> Lag:
        lag = self._stream.lag()
        self._asked_lag = time.monotonic()
        self._counts.lags(lag)
        return lag

    def _take(self, batch: Batch) -> None:
        """Writes a batch, then puts aside what cannot be written, then acknowledges the rest."""
        rejected: list[Rejected] = []
        size = self._pace.batch_rows
        for start in range(0, batch.table.num_rows, size):
            rejected += self._written(batch.table.slice(start, size)).rejected
        letters = self._letters(batch, rejected)
        self._patience.keep_trying(lambda: self._settle(batch, letters), StreamDown)
        self._counts.wrote(
            messages=len(batch.messages),
            rows=batch.table.num_rows,
            watermark=watermark(self._plan, batch.table),
        )
        if time.monotonic() - self._asked_lag > _LAG_EVERY:
            self._patience.keep_trying(self._ask_lag, StreamDown)

    def _written(self, rows: pa.Table) -> Written:
        written = self._patience.keep_trying(lambda: self._writer.write(rows), StoreError)
        for view in sorted(set(written.unloaded) - self._unloaded):
            self._tell(
                f"the view '{view}' has no state to write to, and gets these rows when it is loaded: skewless run"
            )
        self._unloaded = frozenset(written.unloaded)
        return written

    def _settle(self, batch: Batch, letters: Sequence[DeadLetter]) -> None:
        self._stream.reject(letters)
        aside = {letter.message.id for letter in letters}
        self._stream.acknowledge([one for one in batch.messages if one.id not in aside])

    def _letters(self, batch: Batch, rejected: Sequence[Rejected]) -> list[DeadLetter]:
        """The messages to put aside, each with all that is wrong with it."""
        reasons = {place: list(found) for place, found in batch.faults.items()}
        refused: dict[int, set[Any]] = defaultdict(set)
        for one, owners in _with_owners(self._plan, batch, rejected):
            for owner in owners:
                reasons.setdefault(owner, []).append(f"the view '{one.view}' cannot take the row: {one.reason}")
                refused[owner].add(identity_of(self._plan, one.row))
        return [
            DeadLetter(batch.messages[place], _together(found), len(batch.faults.get(place, ())) + len(refused[place]))
            for place, found in sorted(reasons.items())
        ]


def _with_owners(
    plan: SourcePlan, batch: Batch, rejected: Sequence[Rejected]
) -> Iterator[tuple[Rejected, Sequence[int]]]:
    """Rows that a view refused, and the messages they came with. The key finds few rows, and the row is among them."""
    if not rejected:
        return
    places: dict[Any, list[int]] = defaultdict(list)
    for place, key in enumerate(identities(plan, batch.table)):
        places[key].append(place)
    for one in rejected:
        alike = places[identity_of(plan, one.row)]
        same = [place for place in alike if str(batch.table.slice(place, 1).to_pylist()[0]) == str(dict(one.row))]
        yield one, sorted({batch.owners[place] for place in same})


def _together(reasons: Sequence[str]) -> str:
    more = f"; and {len(reasons) - _REASONS} more" if len(reasons) > _REASONS else ""
    return "; ".join(reasons[:_REASONS]) + more
