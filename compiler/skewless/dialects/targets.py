"""The engines' dialects by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from skewless.dialects.lowering.core import Target
from skewless.dialects.snowflake import Snowflake
from skewless.dialects.spark import Spark

REFERENCE = "duckdb"
"""The dialect in which statements are built, and what they mean."""
_TARGETS: Mapping[str, Callable[[], Target]] = {"spark": Spark, "snowflake": Snowflake}
DIALECTS: tuple[str, ...] = (REFERENCE, *_TARGETS)


def target_of(dialect: str) -> Target | None:
    """How statements are written for the dialect; None for the reference."""
    return None if dialect == REFERENCE else _TARGETS[dialect]()
