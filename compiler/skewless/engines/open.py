"""A target into a session of its engine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from skewless.engines.engine import Engine


def open_engine(kind: str, *, root: Path, settings: Mapping[str, Any], threads: int) -> Engine:
    """The engine of a target. Raises EngineError when it cannot be reached."""
    if kind == "duckdb":
        from skewless.engines.duckdb import DuckDB

        return DuckDB(root=root, settings=settings, threads=threads)
    if kind == "spark":
        from skewless.engines.spark import Spark

        return Spark(root=root, settings=settings)
    from skewless.engines.snowflake import Snowflake

    return Snowflake(settings=settings)
