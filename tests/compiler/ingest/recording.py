"""A writer that remembers what it was given, and fails when it is told to."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from skewless.contract.source_plan import SourcePlan
from skewless.ingest.written import Rejected, Written

from .plans import ORDERS


class RecordingWriter:
    """`rows` are those in the state, by primary key; `writes` how many there were of each."""

    def __init__(self, plan: SourcePlan = ORDERS, *, refuse: Callable[[dict[str, Any]], bool] | None = None) -> None:
        self.plan = plan
        self.rows: dict[Any, dict[str, Any]] = {}
        self.writes: dict[Any, int] = {}
        self.sizes: list[int] = []
        self.before: list[Callable[[], object]] = []
        """Called once each, before the next writes: to fail, to wait."""
        self.unloaded: tuple[str, ...] = ()
        self._refuse = refuse

    def write(self, rows: pa.Table) -> Written:
        if self.before:
            self.before.pop(0)()
        self.sizes.append(rows.num_rows)
        refused = []
        for row in rows.to_pylist():
            if self._refuse is not None and self._refuse(row):
                refused.append(Rejected(row=row, reason="Overflow", view="totals"))
                continue
            key = row["order_id"]
            self.rows[key] = row
            self.writes[key] = self.writes.get(key, 0) + 1
        return Written(rows=rows.num_rows, rejected=tuple(refused), entities={}, unloaded=self.unloaded)


class FileWriter(RecordingWriter):
    """Writes to a file, durably, so that another process sees what was written."""

    def __init__(self, path: Path, then: Callable[[], object]) -> None:
        super().__init__()
        self._path, self._then = path, then

    def write(self, rows: pa.Table) -> Written:
        with self._path.open("a") as file:
            file.write(json.dumps(rows.column("order_id").to_pylist()) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._then()
        return super().write(rows)
