"""Views into the online store one by one, and the bundles that their state makes servable."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from skewless.contract.instances import ServicePlan
from skewless.contract.ir import FeatureView
from skewless.engines.engine import Engine
from skewless.ground.errors import SkewlessError
from skewless.project.graph import reach
from skewless.stores.store import OnlineStore, StateInfo
from skewless.tasks.compile import bundles_of, concerns
from skewless.tasks.day_counts import DayCounter
from skewless.tasks.load import bring_up
from skewless.tasks.progress import Progress
from skewless.tasks.run import told
from skewless.tasks.uses import served_views
from skewless.tasks.workspace import Workspace

if TYPE_CHECKING:
    from skewless.project.graph import Graph


class Watch(Progress, Protocol):
    """Told of failures too, since they do not end the work."""

    def failed(self, number: int, total: int, what: str, *, seconds: float, message: str) -> None: ...

    def skipped(self, number: int, total: int, what: str, *, reason: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """What became of one view; `state` is there when it was loaded."""

    view: str
    status: Literal["success", "error", "skipped"]
    seconds: float
    message: str
    state: StateInfo | None = None


def stateful(workspace: Workspace, names: Collection[str]) -> tuple[tuple[FeatureView, str], ...]:
    """The named views that keep online state, each with its version, after those they refer to."""
    return tuple(
        (view, workspace.versions[view.name])
        for view in workspace.views.values()
        if view.name in names and view.online and view.kind != "request"
    )


def load_each(
    engine: Engine,
    store: OnlineStore,
    views: Sequence[tuple[FeatureView, str]],
    as_of: dt.datetime,
    watch: Watch,
    skip: Mapping[str, str],
    *,
    full_refresh: bool = False,
) -> Iterator[Loading]:
    """Brings up each view; one that fails keeps the state it had, and the others go on. `skip` gives view to reason."""
    counter = DayCounter()
    for number, (view, version) in enumerate(views, start=1):
        if view.name in skip:
            watch.skipped(number, len(views), view.name, reason=skip[view.name])
            yield Loading(view=view.name, status="skipped", seconds=0.0, message=skip[view.name])
        else:
            yield _load(engine, store, (view, version), as_of, watch, (number, len(views)), counter, full_refresh)


def _load(
    engine: Engine,
    store: OnlineStore,
    versioned: tuple[FeatureView, str],
    as_of: dt.datetime,
    watch: Watch,
    place: tuple[int, int],
    counter: DayCounter,
    full_refresh: bool,
) -> Loading:
    view, version = versioned
    watch.started(*place, view.name)
    since = time.perf_counter()
    try:
        outcome = bring_up(engine, store, view, version, as_of, full_refresh=full_refresh, counter=counter)
    except SkewlessError as error:
        seconds, message = time.perf_counter() - since, _told(error)
        watch.failed(*place, view.name, seconds=seconds, message=message)
        return Loading(view=view.name, status="error", seconds=seconds, message=message)
    seconds, detail = time.perf_counter() - since, told(outcome)
    watch.finished(*place, view.name, seconds=seconds, detail=detail)
    return Loading(view=view.name, status="success", seconds=seconds, message=detail, state=outcome.state)


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
