"""Versions of views that the project has no more, and that a deployed service may still read.

They are brought up to date beside the present ones until the services that read them are retired, so that who serves an
old bundle answers with what is known today.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from skewless.contract.definition import view_from_json
from skewless.contract.ir import FeatureView
from skewless.tasks.build import Stateful
from skewless.tasks.kept_writers import readers_of, why_not
from skewless.tasks.noted import reading_noted
from skewless.tasks.workspace import Workspace

if TYPE_CHECKING:
    from skewless.registry.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptVersion:
    """A version that is read by services of the past, and these."""

    view: FeatureView
    version: str
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The versions that can be brought up, and those that cannot, with the reason."""

    versions: tuple[KeptVersion, ...]
    stale: dict[str, str]

    def stateful(self) -> list[Stateful]:
        """As `run` loads them."""
        return [Stateful(view=one.view, version=one.version, name=one.version) for one in self.versions]


def kept_versions(registry: Registry, workspace: Workspace, names: Collection[str]) -> Kept:
    """Those of the named views with state that a service which is not retired reads; and of views that are gone, if all
    views are named."""
    readers = readers_of(registry)
    everything = workspace.views.keys() <= set(names)
    known = registry.views([pin for pin in readers if pin not in workspace.online_versions])
    found: list[KeptVersion] = []
    stale: dict[str, str] = {}
    for version, one in sorted(known.items()):
        if one.view not in names and (one.view in workspace.views or not everything):
            continue
        if (reason := why_not(one)) is not None:
            stale[version] = reason
            continue
        with reading_noted(version):
            view = _where_it_lands_now(view_from_json(one.definition), workspace)
        if view.kind != "request" and view.online:
            found.append(KeptVersion(view=view, version=version, services=readers[version]))
    return Kept(versions=tuple(found), stale=stale)


def _where_it_lands_now(view: FeatureView, workspace: Workspace) -> FeatureView:
    """Where rows of a source are landed is no part of a version, so the project of now says it."""
    if view.pipeline is None:
        return view
    scans = tuple(
        replace(scan, source=replace(scan.source, landed=now.landed))
        if (now := workspace.sources.get(scan.source.name)) is not None
        else scan
        for scan in view.rows.scans
    )
    return replace(view, pipeline=replace(view.rows, scans=scans))
