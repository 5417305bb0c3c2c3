"""Views into the online store one by one, and the bundles that their state makes servable."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol

from skewless.contract.instances import ServicePlan
from skewless.contract.ir import FeatureView
from skewless.engines.engine import Engine
from skewless.ground.errors import SkewlessError
from skewless.project.graph import reach
from skewless.registry.records import LoadRecord
from skewless.stores.store import OnlineStore, StateInfo
from skewless.tasks.compile import bundles_of, concerns
from skewless.tasks.day_counts import DayCounter
from skewless.tasks.load import bring_up, told
from skewless.tasks.progress import Progress
from skewless.tasks.uses import served_views
from skewless.tasks.workspace import Workspace

if TYPE_CHECKING:
    from skewless.project.graph import Graph


class Watch(Progress, Protocol):
    """Told of failures too, since they do not end the work."""

    def failed(self, number: int, total: int, what: str, *, seconds: float, message: str) -> None: ...

    def skipped(self, number: int, total: int, what: str, *, reason: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stateful:
    """A version of a view that keeps state."""

    view: FeatureView
    version: str
    name: str
    """What it is called while it is loaded: the view, or the version if that is not the present one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """What became of one version of a view; `state` is there when it was loaded, and `how` says by what."""

    name: str
    view: str
    version: str
    status: Literal["success", "error", "skipped"]
    seconds: float
    message: str
    how: str = ""
    state: StateInfo | None = None

    def record(self) -> LoadRecord:
        """As the registry notes it."""
        state = self.state
        return LoadRecord(
            view=self.view,
            version=self.version,
            status=self.status,
            message=self.message,
            how=self.how,
            microseconds=round(self.seconds * 1_000_000),
            entities=None if state is None else state.entities,
            rows=None if state is None else state.rows,
            as_of=None if state is None else state.as_of,
            loaded_to=None if state is None else state.loaded_to,
        )


def stateful(workspace: Workspace, names: Collection[str]) -> tuple[Stateful, ...]:
    """The named views that keep online state, each with its version, after those they refer to."""
    return tuple(
        Stateful(view=view, version=workspace.versions[view.name], name=view.name)
        for view in workspace.views.values()
        if view.name in names and view.online and view.kind != "request"
    )


def load_views(engine: Engine, store: OnlineStore, views: Sequence[Stateful], as_of: dt.datetime) -> Iterator[Loading]:
    """Brings each in turn up to what was known before `as_of`, naive UTC. The first that fails ends it.

    Killed at any point, the next run goes on with what is not done.
    """
    counter = DayCounter()
    for one in views:
        since = time.perf_counter()
        outcome = bring_up(engine, store, one.view, one.version, as_of, counter=counter)
        yield Loading(
            name=one.name,
            view=one.view.name,
            version=one.version,
            status="success",
            seconds=time.perf_counter() - since,
            message=told(outcome),
            how=outcome.how,
            state=outcome.state,
        )


def load_each(
    engine: Engine,
    store: OnlineStore,
    views: Sequence[Stateful],
    as_of: dt.datetime,
    watch: Watch,
    skip: Mapping[str, str],
    *,
    full_refresh: bool = False,
) -> Iterator[Loading]:
    """Brings up each view; one that fails keeps the state it had, and the others go on. `skip` gives name to reason."""
    counter = DayCounter()
    for number, one in enumerate(views, start=1):
        if one.name in skip:
            watch.skipped(number, len(views), one.name, reason=skip[one.name])
            yield _loading(one, "skipped", 0.0, skip[one.name])
        else:
            yield _load(engine, store, one, as_of, watch, (number, len(views)), counter, full_refresh)


def _load(
    engine: Engine,
    store: OnlineStore,
    one: Stateful,
    as_of: dt.datetime,
    watch: Watch,
    place: tuple[int, int],
    counter: DayCounter,
    full_refresh: bool,
) -> Loading:
    watch.started(*place, one.name)
    since = time.perf_counter()
    try:
        outcome = bring_up(engine, store, one.view, one.version, as_of, full_refresh=full_refresh, counter=counter)
    except SkewlessError as error:
        seconds, message = time.perf_counter() - since, _told(error)
        watch.failed(*place, one.name, seconds=seconds, message=message)
        return _loading(one, "error", seconds, message)
    seconds, detail = time.perf_counter() - since, told(outcome)
    watch.finished(*place, one.name, seconds=seconds, detail=detail)
    return replace(_loading(one, "success", seconds, detail), how=outcome.how, state=outcome.state)


def _loading(one: Stateful, status: Literal["success", "error", "skipped"], seconds: float, message: str) -> Loading:
    return Loading(
        name=one.name, view=one.view.name, version=one.version, status=status, seconds=seconds, message=message
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Servable:
    """Bundles, as JSON, whose state is loaded; and the views that keep a service from being among them."""

    services: Mapping[str, str]
    views: Mapping[str, str]
    missing: Mapping[str, tuple[str, ...]]


def servable_bundles(workspace: Workspace, names: Collection[str], store: OnlineStore) -> Servable:
    """A bundle that reads state which is not loaded would take the place of one that can be served."""
    loaded = {info.version for info in store.versions()}
    concerned = [plan for plan in workspace.services.values() if concerns(plan, names)]
    lacking = {plan.name: _lacking(workspace, plan, loaded) for plan in concerned}
    ready = [plan for plan in concerned if not lacking[plan.name]]
    alone = [plan for plan in served_views(workspace) if not _lacking(workspace, plan, loaded)]
    return Servable(
        services=bundles_of(workspace, ready, names),
        views=bundles_of(workspace, alone, names),
        missing={name: views for name, views in lacking.items() if views},
    )


def _lacking(workspace: Workspace, plan: ServicePlan, loaded: Collection[str]) -> tuple[str, ...]:
    """The views of a plan whose state is not loaded."""
    kept = (instance.view.name for instance in plan.instances if instance.view.kind != "request")
    return tuple(dict.fromkeys(name for name in kept if workspace.versions[name] not in loaded))


def downstream(graph: Graph, ids: Collection[str]) -> frozenset[str]:
    """The nodes that depend on the given ones, and those themselves."""
    start = frozenset(ids) & frozenset(graph.nodes)
    return start | reach(start, graph.children())


def _told(error: SkewlessError) -> str:
    return f"{error.message}\nhelp: {error.help}" if error.help else error.message
