"""A workspace into what `compile` writes: SQL of views, the manifest, the bundles of services."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skewless.codegen.serving import ServingParts
from skewless.contract.artifact import VIEWS
from skewless.contract.definition import FILE as DEFINITIONS
from skewless.contract.definition import definitions_to_json
from skewless.contract.instances import ServicePlan
from skewless.contract.source_plan import SERVING, SOURCES, WrittenView
from skewless.tasks.bundles import bundle_of
from skewless.tasks.definitions import definitions_of
from skewless.tasks.manifest import FILE as MANIFEST
from skewless.tasks.manifest import manifest_of
from skewless.tasks.progress import Progress, Silent
from skewless.tasks.results import as_json, stamp, write_files
from skewless.tasks.source_plans import source_plan_path, source_plans, streamed_sources
from skewless.tasks.sql import CompiledView, compile_view, stem_of
from skewless.tasks.uses import served_views
from skewless.tasks.workspace import Workspace

COMPILED = "compiled"
_STAGES = ("training", "serving", "state")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What one compilation yields; nothing of it is written yet."""

    project: str
    views: tuple[CompiledView, ...]
    bundles: Mapping[str, str]
    """Service to its bundle, as JSON."""
    view_bundles: Mapping[str, str]
    """View to the bundle of it alone."""
    source_plans: Mapping[str, str]
    """Source to the plan of how its rows are written."""
    manifest: Mapping[str, Any]
    definitions: str
    """What the whole project defines, as JSON."""
    known_views: Mapping[str, str]
    """Every view of the project and its path, compiled now or not: other views' files are of the past."""
    known_services: tuple[str, ...]
    served_views: tuple[str, ...]
    known_sources: tuple[str, ...]


def compile_project(workspace: Workspace, names: Collection[str], progress: Progress | None = None) -> Compiled:
    """The SQL of the named views, and the bundles of the services and views that are named or use one of them.

    The workspace must compile. Sources are read where the project says, from its root; nothing is connected to.
    """
    watch = progress or Silent()
    chosen = [view.name for view in workspace.views.values() if view.name in names]
    views: dict[str, CompiledView] = {}
    ready = _compiled(workspace, chosen)
    manifest = manifest_of(workspace)  # while other processes have begun
    for view in ready:
        watch.started(len(views) + 1, len(chosen), view.name)
        views[view.name] = view
        kept = view.retention.told() if view.retention is not None else ""
        watch.finished(len(views), len(chosen), view.name, seconds=view.seconds, detail=kept)
    served = served_views(workspace)
    return Compiled(
        project=workspace.files.name,
        views=tuple(views[name] for name in chosen),
        bundles=bundles_of(workspace, workspace.services.values(), names),
        view_bundles=bundles_of(workspace, served, names, _parts_of(served, views)),
        source_plans=plans_of(workspace, names, {view.name: view.written for view in views.values() if view.written}),
        manifest=manifest,
        definitions=definitions_to_json(definitions_of(workspace)).decode(),
        known_views={view.name: view.path for view in workspace.views.values()},
        known_services=tuple(workspace.services),
        served_views=tuple(plan.name for plan in served),
        known_sources=streamed_sources(workspace),
    )


def _parts_of(served: Iterable[ServicePlan], views: Mapping[str, CompiledView]) -> dict[str, ServingParts]:
    """What the compilation of views already knows of their bundles. An alias may have the name of another view."""
    return {
        plan.name: views[plan.name].parts
        for plan in served
        if plan.name in views and all(one.instance.view.name == plan.name for one in plan.outputs)
    }


def _compiled(workspace: Workspace, names: Sequence[str]) -> Iterator[CompiledView]:
    """The views, as they are ready."""
    before = workspace.compiled_before
    known = {name: view for name in names if (view := before.compiled(name)) is not None}
    yield from known.values()
    missing = [name for name in names if name not in known]
    if workspace.workers is not None:
        yield from workspace.workers.compile(missing, workspace.views)
    else:
        yield from (compile_view(workspace.views[name], workspace.views, workspace.dialect) for name in missing)


def bundles_of(
    workspace: Workspace,
    plans: Iterable[ServicePlan],
    names: Collection[str],
    parts: Mapping[str, ServingParts] | None = None,
) -> dict[str, str]:
    """The bundles of those plans that are named or use a named view. `parts` are those of some plans, if known."""
    known = parts or {}
    return {
        plan.name: bundle_of(
            plan,
            workspace.versions,
            project=workspace.files.name,
            store=workspace.store_address,
            parts=known.get(plan.name),
        ).to_json()
        for plan in plans
        if concerns(plan, names)
    }


def plans_of(
    workspace: Workspace,
    names: Collection[str],
    known: Mapping[str, WrittenView] | None = None,
    kept: Collection[WrittenView] = (),
) -> dict[str, str]:
    """The plans of the sources that one of the named views reads, or one of the versions that are kept."""
    return {plan.source: plan.to_json() for plan in source_plans(workspace, names, known, kept)}


def concerns(plan: ServicePlan, names: Collection[str]) -> bool:
    """Whether a service is named or uses a named view."""
    return plan.name in names or any(instance.view.name in names for instance in plan.instances)


def bundle_path(target_path: Path, service: str) -> Path:
    """Where the bundle of a service is."""
    return target_path / SERVING / f"{service}.json"


def view_bundle_path(target_path: Path, view: str) -> Path:
    """Where the bundle of a view alone is."""
    return target_path / SERVING / VIEWS / f"{view}.json"


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
    files |= {view_bundle_path(target_path, name): text for name, text in compiled.view_bundles.items()}
    files |= {source_plan_path(target_path, name): text for name, text in compiled.source_plans.items()}
    files[target_path / MANIFEST] = as_json({**compiled.manifest, "metadata": metadata})
    files[target_path / DEFINITIONS] = compiled.definitions
    write_files(files)
    return Written(tuple(files), _remove_stale(compiled, target_path, folder))


def _remove_stale(compiled: Compiled, target_path: Path, folder: Path) -> tuple[Path, ...]:
    stems = {stem_of(path) for path in compiled.known_views.values()}
    stateless = {stem_of(view.path) for view in compiled.views if view.state is None}
    expected = {folder / f"{stem}.{stage}.sql" for stem in stems for stage in _STAGES}
    expected -= {folder / f"{stem}.state.sql" for stem in stateless}
    bundles = {bundle_path(target_path, name) for name in compiled.known_services}
    bundles |= {view_bundle_path(target_path, name) for name in compiled.served_views}
    bundles |= {source_plan_path(target_path, name) for name in compiled.known_sources}
    written = [path for stage in _STAGES for path in folder.rglob(f"*.{stage}.sql")]
    stale = [path for path in written if path not in expected]
    serving = target_path / SERVING
    served = [path for place in (serving, serving / VIEWS, serving / SOURCES) for path in place.glob("*.json")]
    stale += [path for path in served if path not in bundles]
    for path in stale:
        path.unlink(missing_ok=True)
        _remove_empty(path.parent, target_path)
    return tuple(sorted(stale))


def _remove_empty(folder: Path, top: Path) -> None:
    """The folder and those above it, up to `top`, as far as they are empty."""
    while folder != top and folder.is_relative_to(top) and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
