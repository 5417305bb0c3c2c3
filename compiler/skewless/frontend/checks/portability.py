"""`unportable-function`: what the target's engine cannot compute as DuckDB does."""

from __future__ import annotations

from collections.abc import Mapping

from skewless.codegen.portable import unportable_parts
from skewless.contract.ir import FeatureView
from skewless.dialects.targets import target_of
from skewless.frontend.faults import Faults


def check_portability(view: FeatureView, views: Mapping[str, FeatureView], dialect: str, faults: Faults) -> None:
    """Reports every part of the view that has no proven meaning in the dialect."""
    target = target_of(dialect)
    if target is None:
        return
    for part in unportable_parts(view, views, target):
        faults.report("unportable-function", part.node, f"on {dialect}: {part.reason}", part.rewrite)
