"""An expression in DuckDB's meaning into another engine's tree with the same value, by its catalogue entry."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from skewless.dialects.lowering.core import Columns, Lowering, Structure, Target
from skewless.dialects.lowering.structures import STRUCTURES


def lowering_for(
    target: Target, columns: Columns, structures: Mapping[type[exp.Expr], Structure] | None = None
) -> Lowering:
    """Lowers expressions over columns of known types. Raises Unportable.

    `structures` are those of the statement around them, such as queries in expressions.
    """
    return Lowering(target, columns, {**STRUCTURES, **(structures or {})})
