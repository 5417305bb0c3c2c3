"""Real flights on a Spark cluster: training sets are DuckDB's, and what is served is what was trained there."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def demo() -> ModuleType:
    spec = importlib.util.spec_from_file_location("on_spark", ROOT / "demo/on_spark.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_flights_service_is_the_same_on_spark(spark: Any, demo: ModuleType) -> None:
    whole = pq.read_table(demo.SPINE)
    spine = whole.take(pa.array(range(0, whole.num_rows, whole.num_rows // 400), pa.int64()))
    assert demo.differences(spine, demo.trained("dev", spine), demo.trained("spark", spine)) == []
