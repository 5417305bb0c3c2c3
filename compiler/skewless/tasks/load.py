"""One view into the online store: its whole state, or what has changed since it was brought up to date last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from sqlglot import exp

from skewless.codegen.pipeline import Sources
from skewless.codegen.state import (
    AS_OF,
    CHANGED_SINCE,
    changed_query,
    state_query,
    state_shape,
    why_not_by_row,
)
from skewless.codegen.written import input_queries, written_view
from skewless.contract.artifact import CODEC_VERSION
from skewless.contract.ir import FeatureView, Refresh
from skewless.engines.engine import Engine
from skewless.ground.durations import Duration
from skewless.ground.errors import EngineError
from skewless.ground.moments import microseconds, moment_of
from skewless.ingest.view_writer import ViewWriter
from skewless.stores.keys import KeyEncoder
from skewless.stores.store import OnlineStore, Part, StateInfo
from skewless.tasks.day_counts import DayCounter, DayCounts, day_records, read_days, write_days
from skewless.tasks.sources import sources_of
from skewless.tasks.state import records

if TYPE_CHECKING:
    import pyarrow as pa

LOOK_BACK = Duration(3_600_000_000)
"""How much earlier than what was loaded last an increment reads at least: a row that says when it became known may have
reached the warehouse a little later. To read it again changes nothing. Rows that land later still are found by counting
(`tasks.day_counts`)."""
_AT_ONCE = 50_000
_SWEEPS, _SWEEP_AT_MOST = 8, Duration.parse("1 hour")
"""Entities are looked at for rows that can be dropped so often in the length of the largest window, and no oftener."""
How = Literal["whole", "changes", "nothing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A view's state from now on; how it came about, and how many entities were written."""

    state: StateInfo
    how: How
    entities: int


def bring_up(
    engine: Engine,
    store: OnlineStore,
    view: FeatureView,
    version: str,
    as_of: dt.datetime,
    *,
    full_refresh: bool = False,
    writer: ViewWriter | None = None,
    counter: DayCounter | None = None,
) -> Outcome:
    """Brings one view's state up to what was known before `as_of`, naive UTC.

    What is there is added to, unless it cannot be: there is none, it holds more than is wanted, it is of another codec,
    a static source has changed, or a load of the whole has begun and not ended, as that of a run that was killed; this
    one does it then. Killed at any point, the next call makes it right. `writer` is one of the view, if it is at hand,
    and `counter` that of the run.
    """
    counter = counter or DayCounter()
    before = None if full_refresh else store.state(version)
    at = microseconds(as_of)
    is_newer = before is not None and max(before.loaded_to, before.as_of) > at
    if before is None or before.codec != CODEC_VERSION or is_newer or store.is_loading(version):
        return _whole(engine, store, view, version, as_of, counter, writer)
    sources = sources_of(engine, view)
    increment = _Increment.planned(engine, store, view, sources, before, as_of, counter, writer)
    if view.refresh is not None:
        return increment.of_ticks(view.refresh)
    return increment.of_rows() if why_not_by_row(view) is None else increment.of_entities()


def told(outcome: Outcome) -> str:
    """What became of a view, for a person."""
    if outcome.how == "nothing":
        return "no new tick"
    entities = f"{outcome.entities:,} entit{'y' if outcome.entities == 1 else 'ies'}"
    if outcome.how == "changes":
        return f"{entities} brought up to date"
    return f"{entities}, {outcome.state.rows:,} row{'' if outcome.state.rows == 1 else 's'}"


def load_view(engine: Engine, store: OnlineStore, view: FeatureView, version: str, as_of: dt.datetime) -> StateInfo:
    """Replaces one view's state by what was known before `as_of`."""
    return _whole(engine, store, view, version, as_of, DayCounter()).state


def _whole(
    engine: Engine,
    store: OnlineStore,
    view: FeatureView,
    version: str,
    as_of: dt.datetime,
    counter: DayCounter,
    writer: ViewWriter | None = None,
) -> Outcome:
    with store.loading(version):
        return _loaded(engine, store, view, version, as_of, counter, writer)


def _loaded(
    engine: Engine,
    store: OnlineStore,
    view: FeatureView,
    version: str,
    as_of: dt.datetime,
    counter: DayCounter,
    writer: ViewWriter | None,
) -> Outcome:
    sources = sources_of(engine, view)
    at = microseconds(as_of)
    info = StateInfo(version=version, as_of=at, entities=0, rows=0, codec=CODEC_VERSION, loaded_to=at)
    parameters = {AS_OF: as_of}
    counted = counter.count(partial(_asked, engine, view), view, sources, _landed_until(view, at))
    days: dict[Part, Iterable[tuple[bytes, bytes]]] = {"days": day_records(counted.now)}
    if why_not_by_row(view) is None:
        tables = _inputs(engine, view, input_queries(view, sources), parameters)
        state = (writer or ViewWriter(written_view(view, version))).load(tables, at)
        done = store.replace(replace(info, rows=state.rows), state.entities, {**state.beside, **days})
    else:
        table = _asked(engine, view, state_query(view, sources), parameters)
        found = records(table, view.keys, state_shape(view))
        done = store.replace(replace(info, rows=table.num_rows), ((key, value) for _, key, value in found), days)
    return Outcome(state=done, how="whole", entities=done.entities)


@dataclass(frozen=True, slots=True)
class _Increment:
    """What brings a state that is there up to a later moment.

    It is not asked for earlier moments as soon as the first entity is written; `loaded_to` follows when the last one
    is.
    """

    engine: Engine
    store: OnlineStore
    view: FeatureView
    sources: Sources
    before: StateInfo
    as_of: dt.datetime
    counted: DayCounts
    """Written when all is done: so rows that land meanwhile are found the next time."""
    late_after: dt.datetime | None
    """After it rows became known that have landed since they were taken to be there; None if none have."""
    counter: DayCounter
    writer: ViewWriter | None

    @classmethod
    def planned(
        cls,
        engine: Engine,
        store: OnlineStore,
        view: FeatureView,
        sources: Sources,
        before: StateInfo,
        as_of: dt.datetime,
        counter: DayCounter,
        writer: ViewWriter | None,
    ) -> _Increment:
        """Counts first and reads then: what lands between the two is read again the next time, and not never."""
        last = read_days(store, before.version)
        until = _landed_until(view, microseconds(as_of))
        since = until if last is None else min(last.until, until)
        counted = counter.count(partial(_asked, engine, view), view, sources, until, since)
        late_after = None if last is None else counted.late_after(last)
        return cls(engine, store, view, sources, before, as_of, counted.now, late_after, counter, writer)

    def of_ticks(self, refresh: Refresh) -> Outcome:
        """A new tick is another value of every entity; without one nothing has changed, unless rows have landed that a
        tick should have seen."""
        if self.late_after is not None or _has_tick(refresh, self.before.loaded_to, microseconds(self.as_of)):
            return self._whole()
        return self._done("nothing", 0)

    def of_rows(self) -> Outcome:
        """Rows that have become known go the way that all rows go; what streams have written stays."""
        queries = input_queries(self.view, self.sources, changes=True)
        tables = _inputs(self.engine, self.view, queries, self._parameters)
        writer = self.writer or ViewWriter(written_view(self.view, self.before.version))
        if not writer.has_statics(self.store, tables):
            return self._whole()
        self.store.advance(self.before.version, microseconds(self.as_of))
        entities = 0
        for one in writer.view.timed:
            rows = tables[one.relation]
            for start in range(0, rows.num_rows, _AT_ONCE):
                entities += writer.write(self.store, one.source, rows.slice(start, _AT_ONCE))
        if _is_sweep_due(self.view.horizon, self.before.loaded_to, microseconds(self.as_of)):
            writer.sweep(self.store)
        return self._done("changes", entities)

    def of_entities(self) -> Outcome:
        """Entities of which anything has changed are made anew, as a whole load would make them."""
        if any(scan.source.is_static for scan in self.view.rows.scans):
            return self._whole()
        keys = _asked(self.engine, self.view, changed_query(self.view, self.sources), self._parameters)
        table = _asked(self.engine, self.view, state_query(self.view, self.sources, changes=True), self._parameters)
        encoder = KeyEncoder([key.dtype for key in self.view.keys])
        changed = encoder.encode([column.to_pylist() for column in keys.columns])
        values = {key: value for _, key, value in records(table, self.view.keys, state_shape(self.view))}
        self._replace([key for key in dict.fromkeys(changed) if key is not None], values)
        now = self.store.state(self.before.version)
        if now is not None and (now.generation != self.before.generation or now.as_of > microseconds(self.as_of)):
            return self._after(now).of_entities()
        return self._done("changes", len(changed))

    def _after(self, now: StateInfo) -> _Increment:
        """This increment after another run has overtaken it: what that one wrote may have been overwritten."""
        before = replace(now, loaded_to=min(now.loaded_to, self.before.loaded_to))
        return replace(self, before=before, as_of=max(self.as_of, moment_of(now.as_of)))

    def _replace(self, keys: Sequence[bytes], values: Mapping[bytes, bytes]) -> None:
        def made_anew(_: StateInfo, places: Sequence[int], __: Sequence[bytes | None]) -> list[bytes | None]:
            return [values.get(keys[place]) for place in places]

        self.store.advance(self.before.version, microseconds(self.as_of))
        self.store.update(self.before.version, "entities", keys, made_anew)

    def _whole(self) -> Outcome:
        version = self.before.version
        return _whole(self.engine, self.store, self.view, version, self.as_of, self.counter, self.writer)

    @property
    def _parameters(self) -> Mapping[str, dt.datetime]:
        since = moment_of(self.before.loaded_to - LOOK_BACK.microseconds)
        return {AS_OF: self.as_of, CHANGED_SINCE: since if self.late_after is None else min(since, self.late_after)}

    def _done(self, how: How, entities: int) -> Outcome:
        at = microseconds(self.as_of)
        write_days(self.store, self.before.version, self.counted)
        self.store.advance(self.before.version, at, at)
        return Outcome(state=replace(self.before, as_of=at, loaded_to=at), how=how, entities=entities)


def _landed_until(view: FeatureView, at: int) -> int:
    """Rows that are known by then are taken to have landed: any more of them later are late.

    What became known after it is read again by the next run, or is what the next tick makes values of.
    """
    return at - LOOK_BACK.microseconds if view.refresh is None else view.refresh.due_tick(at)


def _is_sweep_due(horizon: Duration | None, since: int, until: int) -> bool:
    """Whether what no window reaches any more is looked for: some times while the largest window goes by."""
    if horizon is None:
        return False
    every = max(horizon.microseconds // _SWEEPS, _SWEEP_AT_MOST.microseconds)
    return since // every < until // every


def _has_tick(refresh: Refresh, since: int, until: int) -> bool:
    """Whether a tick is after one moment and not after the other."""
    return refresh.due_tick(since) < refresh.due_tick(until)


def _inputs(
    engine: Engine, view: FeatureView, queries: Mapping[str, exp.Query], parameters: Mapping[str, dt.datetime]
) -> dict[str, pa.Table]:
    return {name: _asked(engine, view, query, parameters) for name, query in queries.items()}


def _asked(engine: Engine, view: FeatureView, query: exp.Query, parameters: Mapping[str, dt.datetime]) -> pa.Table:
    """The rows of a query; it is given the parameters that it has."""
    named = {node.name for node in query.find_all(exp.Placeholder)}
    try:
        return engine.arrow(query, {name: value for name, value in parameters.items() if name in named} or None)
    except EngineError as error:
        raise EngineError(
            f"{view.path}: the state SQL of '{view.name}' failed: {error.message}", help=error.help
        ) from error
