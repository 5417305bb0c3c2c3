"""The fingerprint of each view of a project: another one whenever the view's values would be others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from skewless.contract.fingerprint import MEANING, version_of
from skewless.dialects.emit import emit

if TYPE_CHECKING:
    from skewless.contract.ir import FeatureView
    from skewless.tasks.workspace import Workspace


def fingerprints(workspace: Workspace) -> Mapping[str, str]:
    """By the name of the view: the version of its state, or for a request view, which keeps none, a digest of its
    expressions, its fields and the fingerprints of the views that it reads."""
    known = dict(workspace.versions)
    for view in workspace.views.values():
        _fingerprint(view, workspace.views, known)
    return known


def _fingerprint(view: FeatureView, views: Mapping[str, FeatureView], known: dict[str, str]) -> str:
    if view.name not in known:
        read = [_fingerprint(views[one.view], views, known) for one in view.dependencies]
        parts = [
            MEANING,
            *(f"{field.name} {field.dtype}" for field in (*view.keys, *view.requests)),
            *(f"{one.name} {one.dtype} {emit(one.expression, pretty=False, comments=False)}" for one in view.features),
            *(f"{one.alias} {one.on} {version}" for one, version in zip(view.dependencies, read, strict=True)),
        ]
        known[view.name] = version_of(view.name, parts)
    return known[view.name]
