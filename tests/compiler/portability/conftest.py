"""DuckDB and Spark side by side."""

from __future__ import annotations

from typing import Any

import pytest

from portability.both import Both


@pytest.fixture(scope="session")
def both(spark: Any) -> Both:
    return Both(spark)
