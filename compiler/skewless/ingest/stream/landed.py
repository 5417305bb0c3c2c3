"""A stream whose messages are acknowledged when their rows are in the state and in a file.

Rows go to the state at once. They are landed together with those of the next seconds, because a file for each batch
would be far too many, and only the acknowledgement waits for it: after a crash so many more messages come again.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from skewless.contract.source_plan import SourcePlan
from skewless.ingest.compaction import compact
from skewless.ingest.landing import land
from skewless.ingest.stream.consume import Writer
from skewless.ingest.stream.kind import DeadLetter, Lag, Message, Stream, StreamDown
from skewless.ingest.written import Written

if TYPE_CHECKING:
    import pyarrow as pa


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """When rows are landed: as soon as one of these is reached."""

    rows: int = 100_000
    seconds: float = 10.0
    """Well below the minute after which others take over what is not acknowledged."""


def with_landing(
    stream: Stream,
    writer: Writer,
    folder: Path,
    *,
    tell: Callable[[str], None],
    is_patient: bool = True,
    roll: Roll | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[Stream, Writer]:
    """The stream and the writer of one consumer, whose rows are landed in the folder; `tell` is given what the user
    should know."""
    landing = Landing(folder, writer.plan, stream, roll=roll, is_patient=is_patient, clock=clock)
    return LandedStream(stream, landing, Compaction(folder, tell), tell), LandedWriter(writer, landing)


class Landing:
    """The rows of one consumer that are in the state and in no file yet, and what is to be acknowledged with them."""

    def __init__(
        self,
        folder: Path,
        plan: SourcePlan,
        stream: Stream,
        *,
        roll: Roll | None,
        is_patient: bool,
        clock: Callable[[], float],
    ) -> None:
        """`is_patient`: whether to wait for further rows when there are none."""
        self._folder, self._plan, self._stream, self._clock = folder, plan, stream, clock
        self._roll, self._is_patient = roll or Roll(), is_patient
        self._lock = threading.Lock()
        self._rows: list[pa.Table] = []
        self._done: dict[str, Message] = {}
        self._letters: dict[str, DeadLetter] = {}
        self._since: float | None = None

    def add(self, rows: pa.Table) -> None:
        """Rows that are in the state. Their messages are not known yet: others may be landed before."""
        with self._lock:
            self._rows.append(rows)
            self._begin()

    def settle(self, letters: Sequence[DeadLetter], messages: Sequence[Message]) -> None:
        """What to put aside, and what to acknowledge, when the rows that were added are landed. Raises StreamDown."""
        with self._lock:
            self._letters.update((one.message.id, one) for one in letters)
            self._done.update((one.id, one) for one in messages)
            self._begin()
            if messages and self._is_due():
                self._finish()

    def pause(self) -> None:
        """Lands what has waited long enough; to be called when there is time. Raises StreamDown."""
        with self._lock:
            if self._since is not None and (not self._is_patient or self._is_due()):
                self._finish()

    def finish(self) -> None:
        """Lands all there is. Raises StreamDown."""
        with self._lock:
            self._finish()

    def _begin(self) -> None:
        if self._since is None:
            self._since = self._clock()

    def _is_due(self) -> bool:
        age = 0.0 if self._since is None else self._clock() - self._since
        return age >= self._roll.seconds or sum(one.num_rows for one in self._rows) >= self._roll.rows

    def _finish(self) -> None:
        """All of it may be done again: rows that are landed, and messages that are acknowledged, are so once."""
        self._land()
        if self._letters:
            self._stream.reject(list(self._letters.values()))
            self._letters.clear()
        if self._done:
            self._stream.acknowledge(list(self._done.values()))
            self._done.clear()
        self._since = None

    def _land(self) -> None:
        import pyarrow as pa

        rows = pa.concat_tables(self._rows) if self._rows else None
        if rows is not None and rows.num_rows:
            try:
                land(self._folder, self._plan, rows)
            except OSError as error:
                why = error.strerror or str(error)
                raise StreamDown(f"rows cannot be landed in '{error.filename or self._folder}': {why}") from error
        self._rows.clear()


class Compaction:
    """The landed files of past days into fewer, once when a consumer begins and then once a day, in a thread."""

    def __init__(self, folder: Path, tell: Callable[[str], None], now: Callable[[], dt.datetime] = _utc_now) -> None:
        self._folder, self._tell, self._now = folder, tell, now
        self._lock = threading.Lock()
        self._day: dt.date | None = None
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Begins with the files of the days before, unless that was done today."""
        now = self._now()
        with self._lock:
            if now.date() == self._day:
                return
            self.end()
            self._day = now.date()
            self._thread = threading.Thread(target=self._run, args=(now,), name=f"compact {self._folder.name}")
            self._thread.start()

    def end(self) -> None:
        """Waits until it is done."""
        if self._thread is not None:
            self._thread.join()

    def _run(self, now: dt.datetime) -> None:
        import pyarrow as pa

        try:
            compact(self._folder, now)
        except (OSError, pa.ArrowException) as error:
            self._tell(f"landed files of past days cannot be merged, and stay as they are: {error}")


class LandedStream:
    """The stream, whose acknowledgements wait for the landing."""

    def __init__(self, stream: Stream, landing: Landing, compaction: Compaction, tell: Callable[[str], None]) -> None:
        self.shown = stream.shown
        self._stream, self._landing, self._compaction, self._tell = stream, landing, compaction, tell

    @property
    def rejected(self) -> int:
        return self._stream.rejected

    def read(self, count: int, seconds: float) -> Sequence[Message]:
        return self._stream.read(count, seconds)

    def reclaim(self, count: int) -> Sequence[Message]:
        return self._stream.reclaim(count)

    def acknowledge(self, messages: Sequence[Message]) -> None:
        self._landing.settle([], messages)

    def reject(self, letters: Sequence[DeadLetter]) -> None:
        self._landing.settle(letters, [])

    def lag(self) -> Lag:
        self._landing.pause()
        self._compaction.begin()
        return self._stream.lag()

    def close(self) -> None:
        """What cannot be landed now is not acknowledged, and so it comes again."""
        try:
            self._landing.finish()
        except StreamDown as fault:
            self._tell(f"{fault}; what was not landed is not acknowledged, and will be delivered again")
        finally:
            self._compaction.end()
            self._stream.close()


class LandedWriter:
    """The writer of the state, whose rows are landed too."""

    def __init__(self, writer: Writer, landing: Landing) -> None:
        self.plan = writer.plan
        self._writer, self._landing = writer, landing

    def write(self, rows: pa.Table) -> Written:
        written = self._writer.write(rows)
        self._landing.add(taken(rows, written))
        return written


def taken(rows: pa.Table, written: Written) -> pa.Table:
    """The rows that some view has taken. What every view refused was never served, and training would fail by it."""
    import pyarrow as pa

    refusals: dict[str, set[str | None]] = defaultdict(set)
    for one in written.rejected:
        refusals[str(dict(one.row))].add(one.view)
    refused = {text for text, views in refusals.items() if len(views) >= len(written.entities)}
    if not refused:
        return rows
    return rows.filter(pa.array([str(row) not in refused for row in rows.to_pylist()]))
