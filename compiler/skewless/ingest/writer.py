"""Rows of one source into the state of every view that is written row by row."""

from __future__ import annotations

import datetime as dt
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from skewless.contract.source_plan import SourcePlan
from skewless.embedded.release import check_release
from skewless.ground.errors import EngineError, UsageError
from skewless.ingest.identity import each_once, promised_key
from skewless.ingest.rows import checked_rows, with_places
from skewless.ingest.view_writer import ViewWriter
from skewless.ingest.watermark import floor_after, watermark
from skewless.ingest.written import Rejected, Written
from skewless.stores.damage import loading, not_loaded
from skewless.stores.store import OnlineStore

if TYPE_CHECKING:
    import pyarrow as pa

_ADVANCE_EVERY = 60.0
"""Seconds."""


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


class SourceWriter:
    """Safe to share between threads: each has its own DuckDB. `tile_events` are the events of a tile, if not the usual
    ones."""

    def __init__(
        self,
        plan: SourcePlan,
        store: OnlineStore,
        *,
        clock: Callable[[], dt.datetime] = _now,
        tile_events: int | None = None,
    ) -> None:
        check_release(f"the plan of '{plan.source}'", plan.versions, plan.codec)
        self.plan = plan
        self.store = store
        self._clock = clock
        self._tile_events = tile_events
        self._local = threading.local()
        self._advanced = 0.0

    def write(self, rows: pa.Table) -> Written:
        """Writes rows that have all of the source's columns, in its types; returns when they are in the store.

        Rows that come again change nothing, so after an error the same rows may be written again. Rows that a view
        cannot make stored rows of are rejected for that view, and the rest goes on. Raises StoreError when the store
        fails or holds none of the views, UsageError when no view is written row by row.
        """
        writers = self._loaded()
        keys = {view.version: promised_key(view, self.plan.source) for view in self.plan.views}
        once = {key: each_once(rows, key) for key in set(keys.values())}
        rejected: list[Rejected] = []
        entities: dict[str, int] = {}
        with self.store.batch():
            for writer in writers:
                entities[writer.view.view], refused = self._write(writer, once[keys[writer.view.version]])
                rejected += refused
        self._advance(writers, rows)
        unloaded = tuple(view.view for view in self.plan.views if view.view not in entities)
        return Written(rows=rows.num_rows, rejected=tuple(rejected), entities=entities, unloaded=unloaded)

    def push(self, rows: Any, now: dt.datetime) -> Written:
        """Writes rows in any form that `checked_rows` takes; what is no row of the source is rejected. `now` is naive
        UTC. Raises as `write` does, and DataError for what are no rows at all."""
        checked = checked_rows(self.plan, rows, now)
        written = self.write(checked.table)
        refused = (one for _, one in with_places(checked, written.rejected))
        return replace(written, rejected=(*checked.rejected.values(), *refused))

    def _advance(self, writers: Sequence[ViewWriter], rows: pa.Table) -> None:
        """Now and then lets go of the past: a state that is only ever written to would keep everything."""
        known = watermark(self.plan, rows)
        if known is None or time.monotonic() - self._advanced < _ADVANCE_EVERY:
            return
        self._advanced = time.monotonic()
        for writer in writers:
            self.store.advance(writer.view.version, floor_after(known, self._clock()))

    def _loaded(self) -> list[ViewWriter]:
        """The writers of views whose state is loaded."""
        if not self.plan.views:
            reasons = "; ".join(f"{view}: {reason}" for view, reason in self.plan.others.items())
            raise UsageError(
                f"no view that reads {self.plan.source} is written row by row" + (f" ({reasons})" if reasons else ""),
                help="bring its views up to date with: skewless run",
            )
        states = self.store.read([(view.version, ()) for view in self.plan.views]).states
        writers = [writer for writer in self._writers().values() if writer.view.version in states]
        for view in self.plan.views:  # what is being loaded for the first time will have read its sources before these
            if view.version not in states and self.store.is_loading(view.version):
                raise loading(view.view)
        if not writers:
            raise not_loaded(self.plan.views[0].version)
        return writers

    def _write(self, writer: ViewWriter, rows: pa.Table) -> tuple[int, list[Rejected]]:
        try:
            return writer.write(self.store, self.plan.source, rows), []
        except EngineError:
            sound, refused = self._sound(writer, rows)
            return writer.write(self.store, self.plan.source, sound), refused

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
            local.writers = {view.version: ViewWriter(view, tile_events=self._tile_events) for view in self.plan.views}
            local.process = os.getpid()
        found: Mapping[str, ViewWriter] = local.writers
        return found


def _row(rows: pa.Table) -> dict[str, Any]:
    [found] = rows.to_pylist()
    return dict(found)
