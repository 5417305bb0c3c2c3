"""A workspace into the plans of its sources: how rows of each get into the online state."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from skewless.codegen.state import why_not_by_row
from skewless.codegen.written import written_view
from skewless.contract.artifact import CODEC_VERSION, FORMAT, Column
from skewless.contract.ir import FeatureView, SourceTable
from skewless.contract.source_plan import SERVING, SOURCES, SourcePlan, WrittenView, full_source_name
from skewless.ground.errors import UsageError
from skewless.tasks.bundles import package_versions
from skewless.tasks.kept_writers import kept_writers, with_kept
from skewless.tasks.open_registry import open_registry
from skewless.tasks.workspace import Workspace


def source_plans(
    workspace: Workspace,
    names: Collection[str],
    known: Mapping[str, WrittenView] | None = None,
    kept: Collection[WrittenView] = (),
) -> Iterator[SourcePlan]:
    """The plan of every source that one of the named views reads. `known` are views as they are written, if known, and
    `kept` versions of the past that are written, too."""
    written = dict(known or {})
    for name, source in workspace.sources.items():
        views = [] if source.is_static else _reading(workspace, name)
        past = [one for one in kept if any(part.source == name for part in one.timed)]
        if not past and not any(view.name in names for view in views):
            continue
        others = {view.name: reason for view in views if (reason := why_not_by_row(view)) is not None}
        own = [view for view in views if view.name not in others]
        written |= {view.name: written_view(view, "") for view in own if view.name not in written}
        versioned = (replace(written[view.name], version=workspace.versions[view.name]) for view in own)
        name, store = workspace.files.name, workspace.store_address
        yield with_kept(source_plan(source, tuple(versioned), others, project=name, store=store), past)


def plan_of_source(workspace: Workspace, name: str, kept: Collection[WrittenView] = ()) -> SourcePlan:
    """The plan of one source, by its full name or that of its table; `kept` are versions of the past that are written,
    too. Raises UsageError when there is none of that name, or no view keeps state of it."""
    name = full_source_name(name, tuple(workspace.sources))
    if workspace.sources[name].is_static:
        raise UsageError(
            f"'{name}' is static, and its rows are read as they are when views are loaded",
            help="load them: skewless run",
        )
    for plan in source_plans(workspace, frozenset(workspace.views), kept=kept):
        if plan.source == name:
            return plan
    raise UsageError(f"no view that is online keeps state of '{name}'")


def deployed_plan(workspace: Workspace, name: str) -> SourcePlan:
    """The same, with the versions of the past that a deployed service still reads. Raises RegistryError, too."""
    with closing(open_registry(workspace.files, workspace.target)) as registry:
        return plan_of_source(workspace, name, kept_writers(registry, workspace.online_versions))


@dataclass(frozen=True, slots=True)
class WorkspaceSources:
    """The plans of a project's sources, made when they are asked for."""

    workspace: Workspace

    def names(self) -> tuple[str, ...]:
        return streamed_sources(self.workspace)

    def plan(self, name: str) -> SourcePlan:
        return deployed_plan(self.workspace, name)


def streamed_sources(workspace: Workspace) -> tuple[str, ...]:
    """The sources that have a plan if all views are named."""
    return tuple(
        name for name, source in workspace.sources.items() if not source.is_static and _reading(workspace, name)
    )


def source_plan_path(target_path: Path, source: str) -> Path:
    """Where the plan of a source is."""
    return target_path / SERVING / SOURCES / f"{source}.json"


def _reading(workspace: Workspace, source: str) -> list[FeatureView]:
    """The online views that keep state and read the source."""
    return [
        view
        for view in workspace.views.values()
        if view.online and view.pipeline is not None and any(scan.source.name == source for scan in view.rows.scans)
    ]


def source_plan(
    source: SourceTable, views: tuple[WrittenView, ...], others: Mapping[str, str], *, project: str, store: str
) -> SourcePlan:
    """The plan of a source for views that are written row by row, and the reasons why others are not."""
    return SourcePlan(
        format=FORMAT,
        codec=CODEC_VERSION,
        project=project,
        store=store,
        versions=package_versions(),
        source=source.name,
        columns=tuple(Column(name=known.name, type=str(known.dtype)) for known in source.columns),
        event_time=source.happened,
        known_at=source.known_at,
        delay=source.delay.microseconds,
        primary_key=source.primary_key,
        deleted=source.deleted,
        has_versions=source.has_versions,
        views=views,
        others=others,
    )
