"""The engines' dialects by name."""

from __future__ import annotations

from collections.abc import Mapping

from skewless.dialects.lowering.core import Target
from skewless.dialects.snowflake import Snowflake
from skewless.dialects.spark import Spark
from skewless.dialects.unproven import UNPROVEN

REFERENCE = "duckdb"
"""The dialect in which statements are built, and what they mean."""
_TARGETS: Mapping[str, Target] = {"spark": Spark(), "snowflake": Snowflake(), **UNPROVEN}
DIALECTS: tuple[str, ...] = (REFERENCE, *_TARGETS)


def target_of(dialect: str) -> Target | None:
    """How statements are written for the dialect; None for the reference."""
    return None if dialect == REFERENCE else _TARGETS[dialect]


def is_proven(dialect: str) -> bool:
    """Whether there is an engine of the dialect, or only its documentation."""
    return dialect not in UNPROVEN
