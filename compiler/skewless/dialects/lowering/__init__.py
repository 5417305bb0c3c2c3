"""An expression in DuckDB's meaning into another engine's tree with the same value, by its catalogue entry."""

from __future__ import annotations

from skewless.dialects.lowering.core import Columns, Lowering, Target
from skewless.dialects.lowering.structures import STRUCTURES


def lowering_for(target: Target, columns: Columns) -> Lowering:
    """Lowers expressions over columns of known types. Raises Unportable."""
    return Lowering(target, columns, STRUCTURES)
