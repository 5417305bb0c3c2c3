"""Counts and bins of the monitor on a Spark cluster: those of DuckDB, for every kind of feature."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from skewless.contract.names import column, table
from skewless.engines.duckdb import DuckDB
from skewless.engines.engine import Engine
from skewless.engines.spark import Spark
from skewless.ground.durations import Duration
from skewless.monitor.binning import bins_of
from skewless.monitor.bins import Bins
from skewless.monitor.counting import Tallies, tallies
from skewless.monitor.relations import FeatureColumns, Relation, value_column

MASTER = {"master": "local-cluster[2,1,1024]"}
NOON = dt.datetime(2026, 6, 12, 12)
TYPES = {
    "amount": "DOUBLE", "small": "FLOAT", "visits": "BIGINT", "price": "DECIMAL(10,2)", "country": "VARCHAR",
    "is_new": "BOOLEAN", "seen_at": "TIMESTAMP", "born": "DATE", "tags": "VARCHAR[]",
}  # fmt: skip
ROWS = 60
STRANGE = [math.nan, math.inf, -math.inf, -0.0, 0.1, 2.675, None]
SERVED = pa.table(
    {
        "amount": pa.array([STRANGE[n % 7] if n % 3 else n / 7 for n in range(ROWS)]),
        "small": pa.array([n / 3 if n % 5 else None for n in range(ROWS)], pa.float32()),
        "visits": pa.array([n % 4 for n in range(ROWS)]),
        "price": pa.array([Decimal(n * n) / 100 for n in range(ROWS)], pa.decimal128(10, 2)),
        "country": pa.array([("de", "日本", "o'x\\", "", None, "us", "fr")[n % 7] for n in range(ROWS)]),
        "is_new": pa.array([(True, False, None)[n % 3] for n in range(ROWS)]),
        "seen_at": pa.array([NOON + dt.timedelta(hours=n) for n in range(ROWS)], pa.timestamp("us")),
        "born": pa.array([dt.date(1950, 1, 1) + dt.timedelta(days=n) for n in range(ROWS)]),
        "tags": pa.array([["x"] * (n % 4) if n % 6 else None for n in range(ROWS)]),
        "status": pa.array([("PRESENT", "NOT_FOUND", None)[n % 3] for n in range(ROWS)]),
        "newest": pa.array([NOON if n % 2 else None for n in range(ROWS)], pa.timestamp("us")),
        "at": pa.array([NOON + dt.timedelta(hours=n, microseconds=1) for n in range(ROWS)], pa.timestamp("us")),
    }
)


def _counted(engine: Engine) -> tuple[dict[str, Bins], dict[str, Tallies]]:
    engine.register("served", SERVED)
    features = tuple(
        FeatureColumns(
            name=name,
            dtype=kind,
            value=value_column(name, kind, engine),
            status=column("status"),
            event_timestamp=column("newest"),
        )
        for name, kind in TYPES.items()
    )
    relation = Relation(
        engine=engine, source=table("served"), features=features, answered=column("at"), as_of=column("at")
    )
    known = [(one, kind) for one in features if (kind := one.kind) is not None]
    bins = {one.name: bins_of(relation, one, kind, bins=7, categories=3) for one, kind in known}
    return bins, tallies(relation, bins, Duration.parse("1 day"))


def test_bins_and_counts_are_those_of_duckdb(spark: Any, tmp_path: Path) -> None:
    with DuckDB(root=tmp_path, settings={}, threads=1) as one, Spark(root=tmp_path, settings=MASTER) as other:
        expected, found = _counted(one), _counted(other)
    assert set(expected[0]) == set(TYPES)
    assert found[0] == expected[0]
    assert found[1] == expected[1]
