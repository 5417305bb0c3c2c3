"""A workspace into the plans of its sources: how rows of each get into the online state."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skewless.codegen.state import why_not_by_row
from skewless.codegen.written import written_view
from skewless.contract.artifact import CODEC_VERSION, FORMAT, Column
from skewless.contract.ir import FeatureView, SourceTable
from skewless.contract.source_plan import SOURCES, SourcePlan, WrittenView
from skewless.ground.errors import UsageError
from skewless.tasks.bundles import package_versions
from skewless.tasks.workspace import Workspace


def source_plans(workspace: Workspace) -> Iterator[SourcePlan]:
    """The plan of every source with time."""
    written: dict[str, WrittenView] = {}
    for name, source in workspace.sources.items():
        if source.is_static:
            continue
        own, others = [], {}
        for view in _reading(workspace, name):
            if (reason := why_not_by_row(view)) is not None:
                others[view.name] = reason
                continue
            if view.name not in written:
                written[view.name] = written_view(view, workspace.versions[view.name])
            own.append(written[view.name])
        yield _plan(workspace, source, tuple(own), others)


def source_plan(workspace: Workspace, name: str) -> SourcePlan:
    """The plan of one source. Raises UsageError when there is no such source, or it is static."""
    for plan in source_plans(workspace):
        if plan.source == name:
            return plan
    raise UsageError(f"there is no source '{name}' with events")


def source_plan_path(target_path: Path, source: str) -> Path:
    """Where the plan of a source is."""
    return target_path / "serving" / SOURCES / f"{source}.json"


def _reading(workspace: Workspace, source: str) -> list[FeatureView]:
    """The online views that keep state and read the source."""
    return [
        view
        for view in workspace.views.values()
        if view.online and view.pipeline is not None and any(scan.source.name == source for scan in view.rows.scans)
    ]


def _plan(
    workspace: Workspace, source: SourceTable, views: tuple[WrittenView, ...], others: dict[str, str]
) -> SourcePlan:
    return SourcePlan(
        format=FORMAT,
        codec=CODEC_VERSION,
        project=workspace.files.name,
        store=workspace.store_address,
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
