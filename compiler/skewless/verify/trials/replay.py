"""An example into an online state: loads, micro-batches, and runs in between, as they would happen in production."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from skewless.codegen.state import why_not_by_row
from skewless.codegen.written import written_view
from skewless.contract.ir import FeatureView, SourceTable
from skewless.contract.source_plan import SourcePlan
from skewless.ground.errors import EngineError
from skewless.ground.moments import moment_of
from skewless.ingest.rows import checked_rows
from skewless.ingest.view_writer import ViewWriter
from skewless.ingest.writer import SourceWriter
from skewless.stores.store import OnlineStore
from skewless.tasks.load import bring_up
from skewless.tasks.source_plans import source_plan
from skewless.verify.trials.examples import Example, Row, Step, known_from
from skewless.verify.trials.training import Warehouse

_PRESENT = dt.datetime(9000, 1, 1)
"""The clock of pushes: no row is of the future."""
_LONG_AGO = dt.datetime(1, 6, 1)
"""The clock by which writers let go of the past: they do so when the example says, and not as time goes by."""


@dataclass(frozen=True, slots=True)
class _Writers:
    """With tiles of some number of events."""

    sources: Mapping[str, SourceWriter]
    views: Mapping[str, ViewWriter]


class Replay:
    """Brings the state of some views up as examples say. What can be shared by examples is made once."""

    def __init__(
        self,
        views: Mapping[str, FeatureView],
        versions: Mapping[str, str],
        sources: Mapping[str, SourceTable],
        engine: Warehouse,
        store: OnlineStore,
    ) -> None:
        self._views = views
        self._versions = versions
        self._sources = sources
        self._timed = [source for source in sources.values() if not source.is_static]
        self._engine = engine
        self._store = store
        self._by_row = [name for name, view in views.items() if why_not_by_row(view) is None]
        self._plans = dict(self._planned())
        self._writers: dict[int, _Writers] = {}

    @property
    def is_by_row(self) -> bool:
        """Whether the rows of all views are written one by one."""
        return len(self._by_row) == len(self._views)

    def refused(self, rows: Mapping[str, Sequence[Row]]) -> dict[str, set[int]]:
        """The places of rows that a push would refuse, by source."""
        return {
            name: set(checked_rows(plan, list(rows[name]), _PRESENT).rejected) for name, plan in self._plans.items()
        }

    def admitted(self, example: Example) -> Example:
        """The example without rows that a push would refuse, unless they are there when the state is first loaded."""
        rows, arrivals = dict(example.rows), dict(example.arrivals)
        for name, refused in self.refused(rows).items():
            kept = [
                (row, steps if place not in refused else (0,))
                for place, (row, steps) in enumerate(zip(rows[name], arrivals[name], strict=True))
                if place not in refused or (0 in steps and self._is_loaded(example, name, row))
            ]
            rows[name], arrivals[name] = tuple(row for row, _ in kept), tuple(steps for _, steps in kept)
        return replace(example, rows=rows, arrivals=arrivals)

    def _is_loaded(self, example: Example, source: str, row: Row) -> bool:
        known = known_from(self._sources[source], row)
        return known is None or known <= example.loaded_at

    def begin(self, example: Example) -> State:
        """Does all steps of an example; every row is in the state then. Raises EngineError."""
        return deque(self.steps(example), maxlen=1).pop()

    def steps(self, example: Example) -> Iterator[State]:
        """The state of an example after it is loaded, after each step, and when every row is in it."""
        writers = self._of_tiles(example.tile_events)
        state = State(self, example, writers.views, example.loaded_at)
        self._land(example, 0)
        state.run(example.loaded_at, full_refresh=True)
        waiting = _Waiting(self._sources)
        waiting.landed({one.name: example.arriving(one.name, 0) for one in self._timed}, example.loaded_at)
        yield state
        for number, step in enumerate(example.steps, start=1):
            arriving = {name: example.arriving(name, number) for name in self._plans}
            self._land(example, number)
            if step.kind == "run":
                state.run(max(step.at, state.floor))
                waiting.landed(arriving, state.floor)
            else:
                self._follow(state, step, arriving)
            yield state
        last = len(example.steps) + 1
        rest = {name: [*waiting.rows[name], *example.arriving(name, last)] for name in self._plans}
        self._write(writers, rest)
        self._land(example, last)
        yield state

    def _follow(self, state: State, step: Step, arriving: Mapping[str, Sequence[Row]]) -> None:
        if step.kind != "write":
            state.advance(step.at)
        writers = self._of_tiles(state.example.tile_events)
        self._write(writers, arriving)
        if step.kind == "sweep":
            for name in self._by_row:
                writers.views[name].sweep(self._store)

    def _land(self, example: Example, step: int) -> None:
        for source in self._sources.values():
            rows = example.rows[source.name] if source.is_static else example.landed(source.name, step)
            self._engine.put(source.name, rows)

    def _write(self, writers: _Writers, rows: Mapping[str, Sequence[Row]]) -> None:
        for name, own in rows.items():
            if own:
                written = writers.sources[name].push(list(own), _PRESENT)
                if written.rejected:
                    raise EngineError(written.rejected[0].reason)

    def _planned(self) -> Iterator[tuple[str, SourcePlan]]:
        """The plans of sources that are written row by row, for these views alone."""
        written = {name: written_view(self._views[name], self._versions[name]) for name in self._by_row}
        for source in self._timed:
            own = [written[name] for name in self._by_row if source.name in _timed(self._views[name])]
            if own:
                yield source.name, source_plan(source, tuple(own), {}, project="verify", store="")

    def _of_tiles(self, events: int) -> _Writers:
        if events not in self._writers:
            self._writers[events] = _Writers(
                {
                    name: SourceWriter(plan, self._store, clock=lambda: _LONG_AGO, tile_events=events)
                    for name, plan in self._plans.items()
                },
                {
                    name: ViewWriter(written_view(self._views[name], self._versions[name]), tile_events=events)
                    for name in self._by_row
                },
            )
        return self._writers[events]


@dataclass(slots=True)
class State:
    """The online state of an example: since when it can be asked, and until when each view has been brought up."""

    replay: Replay
    example: Example
    writers: Mapping[str, ViewWriter]
    floor: int
    runs: dict[str, int] = field(default_factory=dict)
    """View to the moment of its last run."""
    seen: dict[str, int] = field(default_factory=dict)
    """View to how many rows its sources held then."""

    def run(self, at: int, *, full_refresh: bool = False) -> None:
        """Brings every view up to a moment."""
        for name in self.replay._views:
            self._bring_up(name, at, full_refresh)
        self.floor = max(self.floor, at)

    def advance(self, at: int) -> None:
        """Nothing is asked for a moment before `at` any more."""
        self.floor = max(self.floor, at)
        for name in self.replay._by_row:
            self.replay._store.advance(self.replay._versions[name], at)

    def hold(self, at: int) -> None:
        """Brings up to a moment the views that do not follow their rows, if that moment sees more than they hold."""
        for name, view in self.replay._views.items():
            if name not in self.replay._by_row and self._is_behind(view, at):
                self._bring_up(name, at)

    def _is_behind(self, view: FeatureView, at: int) -> bool:
        last = self.runs[view.name]
        if self.seen[view.name] < self._count(view):
            return True
        if view.refresh is not None:
            return view.refresh.last_tick(at) > last
        return any(last < known <= at for known in self._known(view))

    def _known(self, view: FeatureView) -> list[int]:
        sources = [self.replay._sources[name] for name in _timed(view)]
        found = (known_from(source, row) for source in sources for row in self.example.rows[source.name])
        return [known for known in found if known is not None]

    def _count(self, view: FeatureView) -> int:
        return sum(len(self.example.rows[name]) for name in _timed(view))

    def _bring_up(self, name: str, at: int, full_refresh: bool = False) -> None:
        replay = self.replay
        bring_up(
            replay._engine, replay._store, replay._views[name], replay._versions[name], moment_of(at),
            full_refresh=full_refresh, writer=self.writers.get(name),
        )  # fmt: skip
        self.runs[name] = at
        self.seen[name] = self._held(replay._views[name])

    def _held(self, view: FeatureView) -> int:
        """How many rows its sources hold by now."""
        return sum(self.replay._engine.count(source) for source in _timed(view))


@dataclass(slots=True)
class _Waiting:
    """Rows that have landed where a run reads them, and were not known by then: they are still to be written."""

    sources: Mapping[str, SourceTable]
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def landed(self, arriving: Mapping[str, Sequence[Row]], at: int) -> None:
        for name, rows in arriving.items():
            for row in rows:
                known = known_from(self.sources[name], row)
                if known is not None and known > at:
                    self.rows[name].append(row)


def _timed(view: FeatureView) -> list[str]:
    return list(dict.fromkeys(scan.source.name for scan in view.rows.scans if not scan.source.is_static))
