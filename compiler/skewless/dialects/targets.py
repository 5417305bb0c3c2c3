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


def doubt_of(dialect: str) -> str | None:
    """What the reader of a dialect's SQL must know; nothing where an engine has been trained on."""
    if (target := UNPROVEN.get(dialect)) is None:
        return None
    return f"not proven on {dialect}: written from its documentation and never run, for {target.session}"
