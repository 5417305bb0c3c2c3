"""Versions of views that the project has no more, and that a deployed service may still read.

They are brought up to date beside the present ones until the services that read them are retired, so that who serves an
old bundle answers with what is known today.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from skewless.contract.definition import view_from_json
from skewless.contract.fingerprint import MEANING
from skewless.contract.ir import FeatureView
from skewless.contract.source_plan import WrittenView, written_view_from_json
from skewless.tasks.build import Stateful
from skewless.tasks.bundles import package_versions
from skewless.tasks.workspace import Workspace

if TYPE_CHECKING:
    from skewless.registry.records import ViewVersion
    from skewless.registry.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptVersion:
    """A version that is read by services of the past, and these."""

    view: FeatureView
    version: str
    written: WrittenView | None
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The versions that can be brought up, and those that cannot, with the reason."""

    versions: tuple[KeptVersion, ...]
    stale: dict[str, str]

    def stateful(self) -> list[Stateful]:
        """As `run` loads them."""
        return [Stateful(view=one.view, version=one.version, name=one.version) for one in self.versions]

    def written(self) -> list[WrittenView]:
        """Those that are written row by row."""
        return [one.written for one in self.versions if one.written is not None]


def kept_versions(registry: Registry, workspace: Workspace, names: Collection[str]) -> Kept:
    """Those of the named views with state that a service which is not retired reads; and of views that are gone, if all
    views are named."""
    readers: dict[str, list[str]] = {}
    for service in registry.services():
        for pin in service.pins:
            readers.setdefault(pin, []).append(service.service)
    present, everything = frozenset(workspace.fingerprints.values()), workspace.views.keys() <= set(names)
    known = registry.views([pin for pin in readers if pin not in present])
    found: list[KeptVersion] = []
    stale: dict[str, str] = {}
    for version, one in sorted(known.items()):
        if one.view not in names and (one.view in workspace.views or not everything):
            continue
        if (reason := _why_not(one)) is not None:
            stale[version] = reason
            continue
        view = view_from_json(one.definition)
        if view.kind != "request" and view.online:
            written = None if one.written is None else written_view_from_json(one.written)
            services = tuple(dict.fromkeys(readers[version]))
            found.append(KeptVersion(view=view, version=version, written=written, services=services))
    return Kept(versions=tuple(found), stale=stale)


def _why_not(one: ViewVersion) -> str | None:
    """Why this release cannot bring a version up to date; None if it can."""
    if one.meaning != MEANING:
        return f"it was compiled by skewless {one.packages['skewless']}, in which definitions mean other values"
    for name, version in package_versions().items():
        if name != "skewless" and one.packages.get(name) != version:
            return f"it was compiled with {name} {one.packages.get(name)}, and this is {version}"
    return None
