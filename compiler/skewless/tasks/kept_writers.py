"""How rows get into versions of the past that a deployed service still reads: for processes that compile nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from skewless.contract.fingerprint import MEANING
from skewless.contract.source_plan import SourcePlan, WrittenView, written_view_from_json
from skewless.tasks.bundles import package_versions

if TYPE_CHECKING:
    from skewless.registry.records import ViewVersion
    from skewless.registry.registry import Registry


def with_kept(plan: SourcePlan, registry: Registry) -> SourcePlan:
    """The plan, with the versions of the past that read its source and are written row by row."""
    kept = kept_writers(registry, {view.version for view in plan.views})
    reading = [view for view in kept if any(part.source == plan.source for part in view.timed)]
    return replace(plan, views=(*plan.views, *reading))


def kept_writers(registry: Registry, present: Collection[str]) -> list[WrittenView]:
    """How rows of those versions of the past are written that are written row by row, in the order of their names."""
    known = registry.views([pin for pin in readers_of(registry) if pin not in present])
    kept = [kept_writer(one.written) for one in known.values() if one.written and why_not(one) is None]
    return sorted(kept, key=lambda view: view.version)


def kept_writer(written: bytes) -> WrittenView:
    """How rows of a version of the past are written; it is called by its version, beside the view of that name."""
    view = written_view_from_json(written)
    return replace(view, view=view.version)


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
