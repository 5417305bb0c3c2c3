"""How rows get into versions of the past that a deployed service still reads: for processes that compile nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from skewless.contract.fingerprint import MEANING
from skewless.contract.source_plan import SourcePlan, WrittenView, written_view_from_json
from skewless.tasks.bundles import package_versions
from skewless.tasks.noted import reading_noted

if TYPE_CHECKING:
    from skewless.registry.records import ViewVersion
    from skewless.registry.registry import Registry


def with_kept(plan: SourcePlan, kept: Iterable[WrittenView]) -> SourcePlan:
    """The plan, with those of the versions of the past that read its source.

    One that reads columns as the source does not declare them, or knows its rows by another column, is left to `run`,
    which reads them where they are: a row that comes by itself does not have them.
    """
    reading = [view for view in kept if any(part.source == plan.source for part in view.timed)]
    others = {view.view: reason for view in reading if (reason := _why_not_followed(plan, view)) is not None}
    views = (view for view in reading if view.view not in others)
    return replace(plan, views=(*plan.views, *views), others={**plan.others, **others})


def _why_not_followed(plan: SourcePlan, view: WrittenView) -> str | None:
    """Why rows as the source declares them cannot be written to a version of the past; None if they can."""
    for part in view.timed:
        if part.source == plan.source and part.known_at not in (None, plan.known_at):
            return f"'{part.known_at}' says when its rows were known, and {plan.source} does not promise that column"
    declared = {column.name: column.type for column in plan.columns}
    for column in (column for part in view.timed if part.source == plan.source for column in part.columns):
        if column.name not in declared:
            return f"it reads '{column.name}', which {plan.source} does not declare any more"
        if column.type != declared[column.name]:
            return f"it reads '{column.name}' as {column.type}, and {plan.source} declares {declared[column.name]}"
    return None


def kept_writers(registry: Registry, present: Collection[str]) -> list[WrittenView]:
    """How rows of those versions of the past are written that are written row by row, in the order of their names."""
    known = registry.views([pin for pin in readers_of(registry) if pin not in present])
    kept = [_kept_writer(one.version, one.written) for one in known.values() if one.written and why_not(one) is None]
    return sorted(kept, key=lambda view: view.version)


def _kept_writer(version: str, written: bytes) -> WrittenView:
    """How rows of a version of the past are written; it is called by its version, beside the view of that name."""
    with reading_noted(version):
        return replace(written_view_from_json(written), view=version)


def readers_of(registry: Registry) -> dict[str, tuple[str, ...]]:
    """Version of a view to the services that read it, of those that are not retired."""
    found: dict[str, dict[str, None]] = {}
    for service in registry.services():
        for pin in service.pins:
            found.setdefault(pin, {})[service.service] = None
    return {version: tuple(names) for version, names in found.items()}


def why_not(one: ViewVersion) -> str | None:
    """Why this release cannot bring a version up to date; None if it can."""
    if one.meaning != MEANING:
        return f"it was compiled by skewless {one.packages['skewless']}, in which definitions mean other values"
    for name, version in package_versions().items():
        if name != "skewless" and one.packages.get(name) != version:
            return f"it was compiled with {name} {one.packages.get(name)}, and this is {version}"
    return None
