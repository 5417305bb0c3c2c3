"""Landed rows that a project has ceased to read.

How rows come is no part of a version, so nothing else tells of it: the state has them until it is loaded as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from skewless.contract.definition import view_from_json
from skewless.contract.landed import DATE, SUFFIX
from skewless.tasks.kept_writers import why_not

if TYPE_CHECKING:
    from skewless.registry.registry import Registry
    from skewless.tasks.workspace import Workspace

_MENTIONED = b'"landed":"'


def left_behind(registry: Registry, workspace: Workspace) -> dict[str, str]:
    """Source to the folder with landed files that views read when the registry noted them last, and read no more."""
    noted = registry.views(workspace.fingerprints.values()).values()
    known: Mapping[str, str] = {
        scan.source.name: scan.source.landed
        for one in noted
        if _MENTIONED in one.definition and why_not(one) is None
        for scan in view_from_json(one.definition).rows.scans
        if scan.source.landed is not None
    }
    return {
        name: folder
        for name, folder in known.items()
        if (source := workspace.sources.get(name)) is not None
        and source.landed != folder
        and _has_files(workspace.files.root / folder)
    }


def _has_files(folder: Path) -> bool:
    return any(folder.glob(f"{DATE}=*/*{SUFFIX}"))
