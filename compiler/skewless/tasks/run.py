"""`run`: the online state of views, brought up to a moment. Each view is replaced as a whole, or not at all."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from skewless.codegen.state import AS_OF, state_query, state_shape
from skewless.contract.artifact import CODEC_VERSION
from skewless.contract.ir import FeatureView
from skewless.engines.engine import Engine
from skewless.ground.errors import EngineError
from skewless.ground.moments import microseconds
from skewless.stores.store import OnlineStore, StateInfo
from skewless.tasks.progress import Progress, Silent
from skewless.tasks.sources import sources_of
from skewless.tasks.state import records


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
    try:
        table = engine.arrow(state_query(view, sources), {AS_OF: as_of})
    except EngineError as error:
        raise EngineError(
            f"{view.path}: the state SQL of '{view.name}' failed: {error.message}", help=error.help
        ) from error
    info = StateInfo(version=version, as_of=microseconds(as_of), entities=0, rows=table.num_rows, codec=CODEC_VERSION)
    found = records(table, view.keys, state_shape(view))
    return store.replace(info, ((key, value) for _, key, value in found))
