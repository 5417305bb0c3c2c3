"""Rows of one source into the state of every view that is written row by row."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from skewless.contract.source_plan import SourcePlan
from skewless.embedded.release import check_release
from skewless.ground.errors import EngineError
from skewless.ingest.view_writer import ViewWriter
from skewless.ingest.written import Rejected, Written
from skewless.stores.store import OnlineStore

if TYPE_CHECKING:
    import pyarrow as pa


class SourceWriter:
    """Safe to share between threads: each has its own DuckDB."""

    def __init__(self, plan: SourcePlan, store: OnlineStore) -> None:
        check_release(f"the plan of '{plan.source}'", plan.versions, plan.codec)
        self.plan = plan
        self.store = store
        self._local = threading.local()

    def write(self, rows: pa.Table) -> Written:
        """Writes rows that have all of the source's columns, in its types; returns when they are in the store.

        Rows that come again change nothing, so after an error the same rows may be written again. Rows that a view
        cannot make stored rows of are rejected for that view, and the rest goes on. Raises StoreError when the store
        fails, or does not hold one of the views.
        """
        rejected: list[Rejected] = []
        entities: dict[str, int] = {}
        with self.store.batch():
            for writer in self._writers().values():
                try:
                    entities[writer.view.view] = writer.write(self.store, self.plan.source, rows)
                except EngineError:
                    sound, refused = self._sound(writer, rows)
                    rejected += refused
                    entities[writer.view.view] = writer.write(self.store, self.plan.source, sound)
        return Written(rows=rows.num_rows, rejected=tuple(rejected), entities=entities)

    def _sound(self, writer: ViewWriter, rows: pa.Table) -> tuple[pa.Table, list[Rejected]]:
        """The rows that the view's SQL can be computed for, and the others: found by halves."""
        import pyarrow as pa

        try:
            writer.check(self.plan.source, rows)
        except EngineError as error:
            if rows.num_rows == 1:
                return rows.slice(0, 0), [Rejected(row=_row(rows), reason=error.message, view=writer.view.view)]
        else:
            return rows, []
        half = rows.num_rows // 2
        parts = [self._sound(writer, part) for part in (rows.slice(0, half), rows.slice(half))]
        return pa.concat_tables([part for part, _ in parts]), [one for _, refused in parts for one in refused]

    def _writers(self) -> Mapping[str, ViewWriter]:
        """This thread's writers of the views."""
        local = self._local
        if getattr(local, "process", None) != os.getpid():
            local.writers = {view.view: ViewWriter(view) for view in self.plan.views}
            local.process = os.getpid()
        found: Mapping[str, ViewWriter] = local.writers
        return found


def _row(rows: pa.Table) -> dict[str, Any]:
    [found] = rows.to_pylist()
    return dict(found)
