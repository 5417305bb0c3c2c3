"""ServingLog: vectors as they were answered into the queue of this process's writer."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skewless.contract.artifact import Bundle, Column, OutputColumn
from skewless.ground.dtypes import DataType
from skewless.ground.errors import UsageError
from skewless.serve.log.files import Roll, place_file
from skewless.serve.log.layout import layout_of
from skewless.serve.log.sampling import Sampler
from skewless.serve.log.writer import Answered, Counts, Settings, Writer
from skewless.serve.vector import Vector

if TYPE_CHECKING:
    import pyarrow as pa


_ROLL = Roll()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


class ServingLog:
    """A folder of Parquet files, and the way there for the services of a process.

    Safe to share between threads. A process that is forked has a writer of its own from its first answer on, so one
    log may be made before servers fork.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        fraction: float = 1.0,
        roll: Roll = _ROLL,
        queue_rows: int = 20_000,
        clock: Callable[[], dt.datetime] = _now,
        timer: Callable[[], float] = time.monotonic,
        place: Callable[[Path, pa.Buffer], None] = place_file,
    ) -> None:
        """`fraction` of the entities are logged, from 0 to 1. The queue holds `queue_rows` rows.

        `clock` gives the present as naive UTC, `timer` the seconds by which files roll, and `place` puts a complete
        file onto the disk. Raises UsageError for a number out of its range.
        """
        _check(fraction, roll, queue_rows)
        self._fraction = fraction
        self._clock = clock
        self._settings = Settings(
            folder=Path(folder).absolute(), roll=roll, queue_rows=queue_rows, timer=timer, place=place
        )
        self._writers: dict[int, Writer] = {}

    def of(self, bundle: Bundle) -> ServiceLog:
        """The log of a service, to be made once when its bundle is loaded."""
        return ServiceLog(bundle, self._fraction, self._clock, self._put)

    @property
    def counts(self) -> Counts:
        """What became of the rows of this process."""
        return self._writer().counts

    def close(self, timeout: float = 10.0) -> None:
        """Completes the files of this process, waiting for the disk `timeout` seconds at most; later rows are dropped.

        The end of a process does so, too.
        """
        self._writer().close(timeout)

    def _put(self, answered: Answered) -> None:
        self._writer().put(answered)

    def _writer(self) -> Writer:
        pid = os.getpid()
        return self._writers.get(pid) or self._writers.setdefault(pid, Writer(self._settings))


class ServiceLog:
    """The log of one service as one bundle defines it."""

    def __init__(
        self,
        bundle: Bundle,
        fraction: float,
        clock: Callable[[], dt.datetime],
        put: Callable[[Answered], None],
    ) -> None:
        # Both import much on first use, which the first request would feel, and which a process that ends cannot do.
        import pyarrow as pa
        import pyarrow.parquet

        pa.array([0])
        self.layout = layout_of(bundle)
        self._is_off = fraction == 0
        self._sampler = Sampler(bundle, fraction)
        self._clock = clock
        self._put = put
        self._inputs = (*self.layout.keys, *self.layout.fields)
        self._features = tuple(one.name for one in self.layout.features)
        columns: tuple[Column | OutputColumn, ...] = (*bundle.keys, *bundle.fields, *bundle.outputs)
        self._lists = frozenset(one.name for one in columns if DataType.parse(one.type).is_list)

    def record(self, columns: Mapping[str, Sequence[Any]], vector: Vector, request_id: str | None = None) -> None:
        """Logs the sampled rows of an answered request. Call it once for each; it takes microseconds.

        `columns` are the keys and the fields of the request as values of their types. All that is logged has been
        copied when this returns. Of a request without sampled rows nothing of the vector is read.
        """
        if self._is_off:
            return
        sampled = self._sampler.rows(columns)
        if sampled:
            at = self._clock()
            rows = self._rows(columns, vector, sampled, (request_id, vector.as_of, at))
            self._put(Answered(self.layout, at, rows))

    def _rows(
        self,
        columns: Mapping[str, Sequence[Any]],
        vector: Vector,
        sampled: Sequence[int],
        own: tuple[str | None, dt.datetime, dt.datetime],
    ) -> list[tuple[Any, ...]]:
        request_id, as_of, at = own
        cells = self._cells(columns, vector)
        if len(sampled) == 1:
            row = sampled[0]
            return [(request_id, row, as_of, at, *[column[row] for column in cells])]
        rows = list(zip(*cells, strict=True))
        return [(request_id, row, as_of, at, *rows[row]) for row in sampled]

    def _cells(self, columns: Mapping[str, Sequence[Any]], vector: Vector) -> list[Sequence[Any]]:
        """Columns in the order of the layout."""
        values, statuses, times, lists = vector.values, vector.statuses, vector.event_timestamps, self._lists
        cells = [_copied(columns[name]) if name in lists else columns[name] for name in self._inputs]
        for name in self._features:
            cells.append(_copied(values[name]) if name in lists else values[name])
            cells.append(statuses[name])
            cells.append(times[name])
        return cells


def _copied(value: Any) -> Any:
    """Lists within lists as tuples: the caller may change its own."""
    return tuple(_copied(item) for item in value) if isinstance(value, list | tuple) else value


def _check(fraction: float, roll: Roll, queue_rows: int) -> None:
    if not 0 <= fraction <= 1:
        raise UsageError(f"the fraction of entities to log is {fraction}", help="give a number from 0 to 1")
    sizes = {"queue_rows": queue_rows, "rows": roll.rows, "bytes": roll.bytes, "seconds": roll.seconds}
    for name, size in sizes.items():
        if not size > 0:
            raise UsageError(f"'{name}' of the serving log is {size}", help="give a number above 0")
