"""Names of sources into the streams that their rows come from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from skewless.contract.source_plan import SourcePlan, load_source_plan
from skewless.ground.diagnostics import did_you_mean
from skewless.ground.errors import CompileError, UsageError
from skewless.ingest.stream.kind import StreamAddress
from skewless.project.discover import ReadProject
from skewless.project.environment import reveal
from skewless.project.model import Source
from skewless.tasks.source_plans import source_plan_path


def stream_addresses(project: ReadProject, names: Sequence[str]) -> list[StreamAddress]:
    """The streams of sources (`name.table`), without repetitions. Nothing is compiled.

    Raises UsageError for a source that is not there or has no stream, and CompileError for one that has a fault.
    """
    sources = {source.full_name: source for source in project.files.sources}
    return [_address(project, sources, name) for name in dict.fromkeys(names)]


def streamed_plan(target_path: Path, source: str) -> SourcePlan:
    """How rows of the source get into the online state, as it was compiled. Raises UsageError when none get there."""
    path = source_plan_path(target_path, source)
    if not path.exists():
        raise UsageError(
            f"there is no plan of the source '{source}' in '{path.parent}'",
            help="write it: skewless compile; a source that no online view reads has none",
        )
    plan = load_source_plan(path)
    if not plan.views:
        reasons = "; ".join(f"{view}: {reason}" for view, reason in plan.others.items())
        raise UsageError(
            f"no view follows the rows of '{source}': {reasons}",
            help="keep them fresh on a schedule: skewless run",
        )
    return plan


def _address(project: ReadProject, sources: dict[str, Source], name: str) -> StreamAddress:
    source = sources.get(name)
    errors = tuple(one for one in project.diagnostics if one.severity == "error")
    if errors and (source is None or not source.is_sound):
        raise CompileError(errors)
    if source is None:
        hint = did_you_mean(name, sources) or f"the sources: {', '.join(sources)}"
        raise UsageError(f"there is no source '{name}'", help=hint)
    if source.stream is None:
        hint = "say where its rows come from: stream: {type: redis, url: redis://host:6379}"
        raise UsageError(f"the source '{name}' has no stream", help=hint)
    return StreamAddress(
        source=name,
        type=source.stream.type,
        url=reveal(source.stream.url),
        name=source.stream.name,
        group=source.stream.group or project.files.name,
        format=source.stream.format,
        land=source.stream.land,
    )
