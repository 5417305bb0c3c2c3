"""A workspace into what `compile` writes: SQL of views, the manifest, the bundles of services."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from skewless.codegen.pipeline import Sources
from skewless.codegen.serving import serving_query
from skewless.codegen.state import state_query, state_shape
from skewless.codegen.training.assemble import request_query, training_query
from skewless.codegen.training.plans import choose
from skewless.contract.ir import FeatureView
from skewless.dialects.emit import emit
from skewless.engines.duckdb import relation
from skewless.tasks.bundles import bundle_of
from skewless.tasks.manifest import FILE as MANIFEST
from skewless.tasks.manifest import manifest_of
from skewless.tasks.progress import Progress, Silent
from skewless.tasks.results import as_json, stamp, write_files
from skewless.tasks.workspace import Workspace, service_of_view

if TYPE_CHECKING:
    from skewless.contract.instances import ServicePlan

COMPILED, SERVING = "compiled", "serving"
_STAGES = ("training", "serving", "state")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledView:
    """The SQL of one view. Request views keep no state."""

    name: str
    path: str
    training: str
    serving: str
    state: str | None
    seconds: float

    @property
    def files(self) -> dict[str, str]:
        """Path below `target/compiled/<project>` to text."""
        stem = _stem(self.path)
        texts = {"training": self.training, "serving": self.serving, "state": self.state}
        return {f"{stem}.{stage}.sql": text for stage, text in texts.items() if text is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What one compilation yields; nothing of it is written yet."""

    project: str
    views: tuple[CompiledView, ...]
    bundles: Mapping[str, str]
    """Service to its bundle, as JSON."""
    manifest: Mapping[str, Any]
    known_views: Mapping[str, str]
    """Every view of the project and its path, compiled now or not: other views' files are of the past."""
    known_services: tuple[str, ...]


def compile_project(workspace: Workspace, names: Collection[str], progress: Progress | None = None) -> Compiled:
    """The SQL of the named views, and the bundles of the services that are named or use one of them.

    The workspace must compile. Sources are read where the project says, from its root; nothing is connected to.
    """
    watch = progress or Silent()
    chosen = [view for view in workspace.views.values() if view.name in names]
    views: list[CompiledView] = []
    for number, view in enumerate(chosen, start=1):
        watch.started(number, len(chosen), view.name)
        views.append(compile_view(view, workspace.views))
        watch.finished(number, len(chosen), view.name, seconds=views[-1].seconds)
    return Compiled(
        project=workspace.files.name,
        views=tuple(views),
        bundles=bundles_of(workspace, names),
        manifest=manifest_of(workspace),
        known_views={view.name: view.path for view in workspace.views.values()},
        known_services=tuple(workspace.services),
    )


def compile_view(view: FeatureView, views: Mapping[str, FeatureView]) -> CompiledView:
    """The SQL of one view; `views` are those that it may refer to."""
    since = time.perf_counter()
    service = service_of_view(view, views)
    training, state = training_sql(view, service), state_sql(view)
    serving = serving_sql(view, service)
    return CompiledView(
        name=view.name,
        path=view.path,
        training=training,
        serving=serving,
        state=state,
        seconds=time.perf_counter() - since,
    )


def training_sql(view: FeatureView, service: ServicePlan) -> str:
    """What `train` runs for the view, with the plan that is chosen when no spine has been counted."""
    instance = service.instances[-1]
    if view.kind == "request":
        return f"{emit(request_query(instance), copy=False)}\n"
    return f"{emit(training_query(instance, choose(view, None), _unread()), copy=False)}\n"


def serving_sql(view: FeatureView, service: ServicePlan) -> str:
    """What a server runs for the view alone, or the comment that it looks the view up."""
    query = serving_query(service)
    if query is not None:
        return f"{emit(query, copy=False)}\n"
    columns = "".join(f"--   {known.name} {known.dtype}\n" for known in state_shape(view).columns)
    return f"-- {view.name}, serving: nothing is computed. A server looks up what is stored for the entity:\n{columns}"


def state_sql(view: FeatureView) -> str | None:
    """What `run` runs for the view; None for a request view."""
    return None if view.kind == "request" else f"{emit(state_query(view, _unread()), copy=False)}\n"


def bundles_of(workspace: Workspace, names: Collection[str]) -> dict[str, str]:
    """The bundles of the services that are named or use a named view."""
    return {
        plan.name: bundle_of(
            plan, workspace.versions, project=workspace.files.name, store=workspace.store_address
        ).to_json()
        for plan in workspace.services.values()
        if plan.name in names or any(instance.view.name in names for instance in plan.instances)
    }


def bundle_path(target_path: Path, service: str) -> Path:
    """Where the bundle of a service is."""
    return target_path / SERVING / f"{service}.json"


@dataclass(frozen=True, slots=True)
class Written:
    """The files that are there now, and those that are gone."""

    files: tuple[Path, ...]
    removed: tuple[Path, ...]


def write_compiled(compiled: Compiled, target_path: Path, now: dt.datetime) -> Written:
    """Writes everything or nothing, then removes what views and services of the past have left.

    `now` is naive UTC. Raises SkewlessError when a file cannot be written.
    """
    folder = target_path / COMPILED / compiled.project
    metadata = {**compiled.manifest["metadata"], "generated_at": stamp(now)}
    files = {folder / path: text for view in compiled.views for path, text in view.files.items()}
    files |= {bundle_path(target_path, name): text for name, text in compiled.bundles.items()}
    files[target_path / MANIFEST] = as_json({**compiled.manifest, "metadata": metadata})
    write_files(files)
    return Written(tuple(files), _remove_stale(compiled, target_path, folder))


def _remove_stale(compiled: Compiled, target_path: Path, folder: Path) -> tuple[Path, ...]:
    stems = {_stem(path) for path in compiled.known_views.values()}
    stateless = {_stem(view.path) for view in compiled.views if view.state is None}
    expected = {folder / f"{stem}.{stage}.sql" for stem in stems for stage in _STAGES}
    expected -= {folder / f"{stem}.state.sql" for stem in stateless}
    bundles = {bundle_path(target_path, name) for name in compiled.known_services}
    written = [path for stage in _STAGES for path in folder.rglob(f"*.{stage}.sql")]
    stale = [path for path in written if path not in expected]
    stale += [path for path in (target_path / SERVING).glob("*.json") if path not in bundles]
    for path in stale:
        path.unlink(missing_ok=True)
        _remove_empty(path.parent, target_path)
    return tuple(sorted(stale))


def _stem(path: str) -> PurePosixPath:
    """The path of a view's files; a feature path outside the project must not lead out of the target folder."""
    return PurePosixPath(*(part for part in PurePosixPath(path).parts if part not in ("..", "/"))).with_suffix("")


def _remove_empty(folder: Path, top: Path) -> None:
    """The folder and those above it, up to `top`, as far as they are empty."""
    while folder != top and folder.is_relative_to(top) and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _unread() -> Sources:
    """Sources at the place where the project says, of which nobody has looked what types they have."""
    return Sources(relations=relation, physical={})
