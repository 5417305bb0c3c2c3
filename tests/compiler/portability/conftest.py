"""DuckDB and Spark side by side."""

from __future__ import annotations

from typing import Any

import pytest

from portability.both import Both
from portability.grouped import Grouped


@pytest.fixture(scope="session")
def both(spark: Any) -> Both:
    return Both(spark)


@pytest.fixture(scope="session")
def grouped(both: Both) -> Grouped:
    return Grouped(both)
