"""Names of sources into the streams that their rows come from."""

from __future__ import annotations

from collections.abc import Sequence

from skewless.ground.diagnostics import did_you_mean
from skewless.ground.errors import CompileError, UsageError
from skewless.ingest.stream.kind import StreamAddress
from skewless.project.discover import ReadProject
from skewless.project.environment import reveal
from skewless.project.model import Source


def stream_addresses(project: ReadProject, names: Sequence[str]) -> list[StreamAddress]:
    """The streams of sources (`name.table`), without repetitions. Nothing is compiled.

    Raises UsageError for a source that is not there or has no stream, and CompileError for one that has a fault.
    """
    sources = {source.full_name: source for source in project.files.sources}
    return [_address(project, sources, name) for name in dict.fromkeys(names)]


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
    )
