"""`run`: the online state of views, brought up to a moment. Each view is replaced as a whole, or not at all."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from skewless.codegen.state import AS_OF, state_query, state_shape, why_not_by_row
from skewless.codegen.written import input_queries, written_view
from skewless.contract.artifact import CODEC_VERSION
from skewless.contract.ir import FeatureView
from skewless.engines.engine import Engine
from skewless.ground.errors import EngineError
from skewless.ground.moments import microseconds
from skewless.ingest.view_writer import ViewWriter
from skewless.stores.store import OnlineStore, StateInfo
from skewless.tasks.progress import Progress, Silent
from skewless.tasks.sources import sources_of
from skewless.tasks.state import records

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """One view's part of a run."""

    view: str
    state: StateInfo
    seconds: float


def load_views(
    engine: Engine,
    store: OnlineStore,
    views: Sequence[tuple[FeatureView, str]],
    as_of: dt.datetime,
    progress: Progress | None = None,
) -> Iterable[Loaded]:
    """Loads each (view, version) in turn. `as_of` is naive UTC: state holds what was known before it.

    A view is written in one transaction: killed at any point, the store holds what it held before or the new state,
    and the next run starts over with that view.
    """
    watch = progress or Silent()
    for number, (view, version) in enumerate(views, start=1):
        watch.started(number, len(views), view.name)
        since = time.perf_counter()
        state = load_view(engine, store, view, version, as_of)
        seconds = time.perf_counter() - since
        watch.finished(
            number, len(views), view.name, seconds=seconds, detail=f"{state.entities:,} entities, {state.rows:,} rows"
        )
        yield Loaded(view=view.name, state=state, seconds=seconds)


def load_view(engine: Engine, store: OnlineStore, view: FeatureView, version: str, as_of: dt.datetime) -> StateInfo:
    """Replaces one view's state by what was known before `as_of`."""
    sources = sources_of(engine, view)
    info = StateInfo(version=version, as_of=microseconds(as_of), entities=0, rows=0, codec=CODEC_VERSION)
    if why_not_by_row(view) is None:
        queries = input_queries(view, sources)
        tables = {name: _asked(engine, view, query, as_of) for name, query in queries.items()}
        state = ViewWriter(written_view(view, version)).load(tables, info.as_of)
        return store.replace(replace(info, rows=state.rows), state.entities, state.beside)
    table = _asked(engine, view, state_query(view, sources), as_of)
    found = records(table, view.keys, state_shape(view))
    return store.replace(replace(info, rows=table.num_rows), ((key, value) for _, key, value in found))


def _asked(engine: Engine, view: FeatureView, query: exp.Query, as_of: dt.datetime) -> pa.Table:
    has_moment = query.find(exp.Placeholder) is not None
    try:
        return engine.arrow(query, {AS_OF: as_of} if has_moment else None)
    except EngineError as error:
        raise EngineError(
            f"{view.path}: the state SQL of '{view.name}' failed: {error.message}", help=error.help
        ) from error
