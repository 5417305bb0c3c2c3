"""`run`: the online state of views, brought up to a moment, one after the other."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from skewless.contract.ir import FeatureView
from skewless.engines.engine import Engine
from skewless.stores.store import OnlineStore, StateInfo
from skewless.tasks.day_counts import DayCounter
from skewless.tasks.load import Outcome, bring_up
from skewless.tasks.progress import Progress, Silent


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
    *,
    full_refresh: bool = False,
) -> Iterable[Loaded]:
    """Brings each (view, version) in turn up to what was known before `as_of`, naive UTC.

    Killed at any point, the next run goes on with what is not done.
    """
    watch, counter = progress or Silent(), DayCounter()
    for number, (view, version) in enumerate(views, start=1):
        watch.started(number, len(views), view.name)
        since = time.perf_counter()
        outcome = bring_up(engine, store, view, version, as_of, full_refresh=full_refresh, counter=counter)
        seconds = time.perf_counter() - since
        watch.finished(number, len(views), view.name, seconds=seconds, detail=told(outcome))
        yield Loaded(view=view.name, state=outcome.state, seconds=seconds)


def told(outcome: Outcome) -> str:
    """What became of a view, for a person."""
    if outcome.how == "nothing":
        return "no new tick"
    entities = f"{outcome.entities:,} entit{'y' if outcome.entities == 1 else 'ies'}"
    if outcome.how == "changes":
        return f"{entities} brought up to date"
    return f"{entities}, {outcome.state.rows:,} row{'' if outcome.state.rows == 1 else 's'}"
