"""A writer for a process that stays while runs load further versions of views."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from skewless.contract.source_plan import SourcePlan
from skewless.ingest.writer import SourceWriter
from skewless.ingest.written import Written
from skewless.stores.store import OnlineStore

if TYPE_CHECKING:
    import pyarrow as pa


class FollowingWriter:
    """Writes to the versions that are to be written by now: `newest` gives the plan with them, the same object as long
    as nothing has changed. All its plans have the same columns and the same primary key."""

    def __init__(self, newest: Callable[[], SourcePlan], store: OnlineStore) -> None:
        self._newest, self._store = newest, store
        self._writer = SourceWriter(newest(), store)

    @property
    def plan(self) -> SourcePlan:
        return self._writer.plan

    def write(self, rows: pa.Table) -> Written:
        newest = self._newest()
        if newest is not self._writer.plan:
            self._writer = SourceWriter(newest, self._store)
        return self._writer.write(rows)
