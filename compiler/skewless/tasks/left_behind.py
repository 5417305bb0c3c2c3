"""Landed rows that a project has ceased to read.

How rows come is no part of a version, so nothing else tells of it: the state has them until it is loaded as a whole.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from skewless.contract.definition import view_from_json
from skewless.contract.landed import DATE, SUFFIX
from skewless.tasks.kept_writers import why_not
from skewless.tasks.noted import reading_noted

if TYPE_CHECKING:
    from skewless.contract.ir import FeatureView
    from skewless.registry.records import ViewVersion
    from skewless.registry.registry import Registry
    from skewless.tasks.workspace import Workspace

_MENTIONED = b'"landed":"'


def left_behind(registry: Registry, workspace: Workspace) -> dict[str, str]:
    """Source to the folder with landed files that views read when the registry noted them last, and read no more."""
    loaded = {load.view: load.version for load in reversed(registry.last_loads())}
    noted = registry.views(list(loaded.values())).values()
    known = {
        scan.source.name: scan.source.landed
        for one in noted
        if _MENTIONED in one.definition and why_not(one) is None
        for scan in _noted(one).rows.scans
        if scan.source.landed is not None
    }
    return {
        name: folder
        for name, folder in known.items()
        if (source := workspace.sources.get(name)) is not None
        and source.landed != folder
        and _has_files(workspace.files.root / folder)
    }


def _noted(one: ViewVersion) -> FeatureView:
    with reading_noted(one.version):
        return view_from_json(one.definition)


def _has_files(folder: Path) -> bool:
    return any(folder.glob(f"{DATE}=*/*{SUFFIX}"))
