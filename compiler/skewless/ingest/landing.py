"""Rows that were written to the online state into Parquet files, a folder for each date at which they became known.

A file is made in memory and written aside, put onto the disk, and then given its name. So whatever is killed, and
whenever, a file with its name is whole. The name follows from what is in it, so the same rows landed again are the same
file; rows that come again with others are in two files, and are read once.

    shop.orders/known_date=2026-06-12/180000-180009_0a1b2c3d4e5f6071.parquet
"""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING

from skewless.contract.landed import SUFFIX, date_folder
from skewless.contract.source_plan import SourcePlan

if TYPE_CHECKING:
    import pyarrow as pa

_DIGITS = 16


def land(folder: Path, plan: SourcePlan, rows: pa.Table) -> tuple[Path, ...]:
    """Writes rows of a source, in its columns and types; returns the files, which are durable then.

    Raises OSError; what was written by then stays, and to land the same rows again adds nothing to it.
    """
    return tuple(
        _place(folder / date_folder(first.date()), f"{first:%H%M%S}-{last:%H%M%S}", written(part))
        for first, last, part in _by_date(plan, rows)
    )


def written(rows: pa.Table) -> pa.Buffer:
    """The bytes of a Parquet file of the rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink, compression="zstd", write_statistics=exact_statistics(rows.schema))
    return sink.getvalue()


def exact_statistics(schema: pa.Schema) -> list[str]:
    """Columns whose statistics say all. Those of floating-point columns leave out NaN, and DuckDB trusts them."""
    import pyarrow as pa

    return [one.name for one in schema if not pa.types.is_floating(one.type) and not pa.types.is_nested(one.type)]


def _by_date(plan: SourcePlan, rows: pa.Table) -> Iterator[tuple[dt.datetime, dt.datetime, pa.Table]]:
    """The rows of each date, after the first and the last moment at which one became known.

    By known times a late row goes to the day on which it came, and what was landed of the past stays as it was.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    times = rows.column(plan.known_at or plan.event_time).cast(pa.timestamp("us"))
    if plan.known_at is None and plan.delay:
        times = pc.add(times, pa.scalar(plan.delay, pa.duration("us")))
    dates = times.cast(pa.date32(), safe=False)
    for date in pc.unique(dates):
        wanted = pc.equal(dates, date)
        ends = pc.min_max(times.filter(wanted))
        yield ends["min"].as_py(), ends["max"].as_py(), rows.filter(wanted)


def _place(folder: Path, name: str, data: pa.Buffer) -> Path:
    path = folder / f"{name}_{sha256(data).hexdigest()[:_DIGITS]}{SUFFIX}"
    if not path.exists():
        _make(folder)
        with aside(path) as file:
            file.write(data)
    return path


@contextmanager
def aside(path: Path) -> Iterator[IO[bytes]]:
    """A file that gets its name when it is complete and on the disk; nothing stays of one that fails."""
    unfinished = path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with unfinished.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink()
        raise
    settle(path.parent)


def _make(folder: Path) -> None:
    """The folder and those around it, each durable before anything is in it."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(exist_ok=True)  # another process may have been quicker
    settle(folder.parent)


def settle(folder: Path) -> None:
    """Puts the names in a folder onto the disk."""
    place = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)
