"""A Spark session for the tests that run what is written for Spark."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from portability.both import Both


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """Spark as the engine sets it up: UTC, and ANSI mode."""
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java, and there is none on the path")
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .appName("skewless tests")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.ansi.enabled", "true")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def both(spark: Any) -> Both:
    return Both(spark)
