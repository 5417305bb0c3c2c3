"""Batches of logged rows into Parquet files that roll by rows, bytes, age and day.

A file is made in memory and put on the disk when it is complete, under a temporary name until it is all there. So a
reader sees whole files only, a killed process leaves nothing half written in its place, and a process that was forked
shares no open file with its parent.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from skewless.serve.log.layout import Layout, exact_statistics, schema_of

if TYPE_CHECKING:
    import pyarrow as pa

_GROUP_ROWS = 10_000
_GROUP_BYTES = 8 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """When a file is complete: as soon as it has reached one of these."""

    rows: int = 1_000_000
    bytes: int = 64 << 20
    """Compressed; so much memory a file takes, too."""
    seconds: float = 300.0


class OpenFile:
    """A Parquet file that is being made, of one layout and one day."""

    def __init__(self, layout: Layout, roll: Roll, began: dt.datetime, opened: float) -> None:
        """`began` is when its first row was answered, `opened` the seconds of the timer by which it gets old."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.rows = 0
        self.layout = layout
        self.began = began
        self.schema = schema_of(layout)
        self._roll = roll
        self._opened = opened
        self._sink = pa.BufferOutputStream()
        self._writer = pq.ParquetWriter(
            self._sink,
            self.schema,
            compression="zstd",
            write_statistics=exact_statistics(layout),
        )
        self._group: list[pa.RecordBatch] = []
        self._group_rows = 0
        self._group_bytes = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Appends rows of the file's schema."""
        self._group.append(batch)
        self._group_rows += batch.num_rows
        self._group_bytes += batch.nbytes
        self.rows += batch.num_rows
        if self._group_rows >= _GROUP_ROWS or self._group_bytes >= min(_GROUP_BYTES, self._roll.bytes):
            self._write_group()

    def is_due(self, now: float) -> bool:
        roll = self._roll
        return self.rows >= roll.rows or self._sink.tell() >= roll.bytes or now - self._opened >= roll.seconds

    def finish(self) -> pa.Buffer:
        """The bytes of the complete file."""
        self._write_group()
        self._writer.close()
        return self._sink.getvalue()

    def _write_group(self) -> None:
        import pyarrow as pa

        if self._group:
            self._writer.write_table(pa.Table.from_batches(self._group))
            self._group, self._group_rows, self._group_bytes = [], 0, 0


def place_file(path: Path, data: pa.Buffer) -> None:
    """Puts a complete file in its place, readable by its owner alone, as are the folders that it makes.

    Raises OSError, and then leaves nothing behind.
    """
    _make_private(path.parent)
    temporary = path.with_name(path.name + ".tmp")
    try:
        with open(temporary, "xb", opener=_open_private) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _make_private(folder: Path) -> None:
    if not folder.is_dir():
        _make_private(folder.parent)
        with contextlib.suppress(FileExistsError):  # another process was quicker
            folder.mkdir(mode=0o700)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
