"""What SQL counts is what numpy counts, for every kind of feature and every strange value."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from skewless.contract.names import column, table
from skewless.engines.duckdb import DuckDB
from skewless.ground.durations import Duration
from skewless.monitor.binning import bins_of
from skewless.monitor.bins import NULL_BIN, REST, Bins, kind_of
from skewless.monitor.counting import tallies
from skewless.monitor.distances import distances
from skewless.monitor.relations import FeatureColumns, Relation, value_column
from skewless.monitor.tallies import UNKNOWN, Tally

DAY = Duration.parse("1 day")
NUMBERS = st.lists(
    st.none()
    | st.floats(width=64)
    | st.sampled_from([0.0, -0.0, 1.0, math.nan, math.inf, -math.inf, 1e308, 5e-324])
    | st.integers(-3, 3).map(float),
    min_size=1,
    max_size=60,
)


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDB]:
    with DuckDB(root=Path(), settings={}, threads=1) as opened:
        yield opened


def _relation(engine: DuckDB, values: pa.Array, name: str = "rows") -> Relation:
    engine.register(name, pa.table({"v": values}))
    dtype = engine.columns(f"SELECT * FROM {name}")["v"]
    return Relation(
        engine=engine, source=table(name), features=(FeatureColumns(name="v", dtype=dtype, value=column("v")),)
    )


def _bins(relation: Relation, bins: int = 10, categories: int = 20) -> Bins:
    [feature] = relation.features
    assert feature.kind is not None
    return bins_of(relation, feature, feature.kind, bins=bins, categories=categories)


def _tally(relation: Relation, bins: Bins) -> Tally:
    return tallies(relation, {"v": bins}, DAY)["v"].get(0, Tally())


def _bin_in_python(bins: Bins, value: float | None) -> int:
    """Written from the words of the docs, without the SQL's halving."""
    if value is None:
        return NULL_BIN
    if math.isnan(value):
        return bins.between + 2
    if math.isinf(value):
        return bins.between + 1 if value > 0 else 0
    beyond = sum(value > cut for cut in bins.cuts) + (bins.has_floor and value >= bins.cuts[0])
    return 1 + beyond


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(baseline=NUMBERS, served=NUMBERS, bins=st.integers(2, 12))
def test_numbers_fall_into_the_bins_that_the_words_say(
    engine: DuckDB, baseline: list[float | None], served: list[float | None], bins: int
) -> None:
    made = _bins(_relation(engine, pa.array(baseline, pa.float64())), bins)
    counted = _tally(_relation(engine, pa.array(served, pa.float64()), "other"), made)
    assert counted.bins == Counter(_bin_in_python(made, value) for value in served)
    assert len(made.labels) == made.count == len(counted.counts(made.count))


def test_cuts_are_the_discrete_quantiles_of_numpy(engine: DuckDB) -> None:
    values = np.random.default_rng(1).lognormal(size=5_000)
    made = _bins(_relation(engine, pa.array(values)))
    assert made.cuts == tuple(np.quantile(values, np.arange(1, 10) / 10, method="inverted_cdf"))
    assert not made.has_floor
    assert _tally(_relation(engine, pa.array(values)), made).counts(made.count) == (0, *[500] * 10, 0, 0)


def test_counts_are_the_histogram_of_numpy(engine: DuckDB) -> None:
    random = np.random.default_rng(2)
    made = _bins(_relation(engine, pa.array(random.normal(size=3_000))))
    served = random.normal(0.5, 2, size=4_000)
    counted = _tally(_relation(engine, pa.array(served), "other"), made)
    places = np.searchsorted(made.cuts, served, side="left")
    assert counted.counts(made.count)[1:-2] == tuple(np.bincount(places, minlength=10))


def test_whole_numbers_that_are_few_have_a_bin_each(engine: DuckDB) -> None:
    made = _bins(_relation(engine, pa.array([0, 1, 2, 3, 4, 5] * 100)))
    assert made.labels == (
        "-infinity",
        "< 0",
        "0",
        "(0, 1]",
        "(1, 2]",
        "(2, 3]",
        "(3, 4]",
        "(4, 5]",
        "> 5",
        "infinity",
        "NaN",
    )
    assert _tally(_relation(engine, pa.array([-1, 0, 5, 6, 6])), made).counts(made.count) == (
        0,
        1,
        1,
        0,
        0,
        0,
        0,
        1,
        2,
        0,
        0,
    )


def test_a_constant_is_told_from_what_is_less_and_from_what_is_more(engine: DuckDB) -> None:
    made = _bins(_relation(engine, pa.array([7.0] * 50)))
    assert _tally(_relation(engine, pa.array([6.9, 7.0, 7.0, 7.1])), made).counts(made.count) == (0, 1, 2, 1, 0, 0)


def test_a_baseline_of_nulls_has_one_bin(engine: DuckDB) -> None:
    made = _bins(_relation(engine, pa.array([None, None], pa.float64())))
    assert made.labels == ("-infinity", "all finite values", "infinity", "NaN")
    assert _tally(_relation(engine, pa.array([1.0, None])), made).counts(made.count) == (0, 1, 0, 0)


def test_a_baseline_of_nan_and_infinity_has_no_cuts(engine: DuckDB) -> None:
    made = _bins(_relation(engine, pa.array([math.nan, math.inf, -math.inf])))
    assert made.cuts == ()
    assert _tally(_relation(engine, pa.array([math.nan, math.inf, -math.inf])), made).counts(made.count) == (1, 0, 1, 1)


def test_nan_in_parquet_files_is_seen_where_their_statistics_leave_it_out(engine: DuckDB, tmp_path: Path) -> None:
    pq.write_table(pa.table({"v": pa.array([1.0, 2.0, math.nan, math.nan])}), tmp_path / "v.parquet")
    engine.read("file_rows", f"read_parquet('{tmp_path / 'v.parquet'}')")
    relation = Relation(
        engine=engine,
        source=table("file_rows"),
        features=(FeatureColumns(name="v", dtype="DOUBLE", value=value_column("v", "DOUBLE", engine)),),
    )
    made = Bins(kind="number", cuts=(1.0,))
    assert _tally(relation, made).counts(made.count) == (0, 1, 1, 0, 2)


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        (pa.array(["a", "a", "b", None, "c", "d"]), {"a": 2, "b": 1, REST: 2}),
        (pa.array(["", "", "'; DROP TABLE rows; --", "x"]), {"": 2, "'; DROP TABLE rows; --": 1, REST: 1}),
        (pa.array(["é", "é", "é", "日本", "日本", "\\"]), {"é": 3, "日本": 2, REST: 1}),
        (pa.array(["a\x00b", "a\x00b", "a\nb"]), {"a\x00b": 2, "a\nb": 1, REST: 0}),
    ],
)
def test_texts_have_a_bin_for_each_of_the_most_frequent(
    engine: DuckDB, values: pa.Array, counts: dict[str, int]
) -> None:
    made = _bins(_relation(engine, values), categories=2)
    found = _tally(_relation(engine, values), made)
    assert dict(zip(made.labels, found.counts(made.count), strict=True)) == counts


@pytest.mark.parametrize(
    ("values", "cuts", "counts"),
    [
        (pa.array([True, False, None, True]), (), (1, 2)),
        (pa.array([[1], [2, 3], [], None], pa.list_(pa.int64())), (0.0, 1.0), (0, 0, 1, 1, 1, 0, 0)),
        (pa.array([Decimal("1.10"), Decimal("2.20"), None]), (1.1,), (0, 0, 1, 1, 0, 0)),
        (pa.array([dt.date(1970, 1, 2), dt.date(1970, 1, 3)]), (86_400_000_000.0,), (0, 0, 1, 1, 0, 0)),
        (pa.array([1, 2], pa.timestamp("ns")), (0.0,), (0, 0, 2, 0, 0, 0)),
        (pa.array([10, 20], pa.timestamp("us", "Europe/Berlin")), (10.0,), (0, 0, 1, 1, 0, 0)),
        (pa.array([1.5, 2.5], pa.float32()), (1.5,), (0, 0, 1, 1, 0, 0)),
        (pa.array([2**62, -(2**62)]), (-(2.0**62),), (0, 0, 1, 1, 0, 0)),
    ],
)
def test_each_kind_of_feature_is_counted(
    engine: DuckDB, values: pa.Array, cuts: tuple[float, ...], counts: tuple[int, ...]
) -> None:
    relation = _relation(engine, values)
    made = _bins(relation, bins=3 if pa.types.is_list(values.type) else 2)
    assert made.cuts == cuts
    found = _tally(relation, made)
    assert found.counts(made.count) == counts
    assert found.nulls == values.null_count


def test_every_type_of_a_feature_has_a_kind() -> None:
    names = {
        "BOOLEAN": "boolean", "INTEGER": "number", "BIGINT": "number", "HUGEINT": "number", "UBIGINT": "number",
        "FLOAT": "number", "DOUBLE": "number", "DECIMAL(18,3)": "number", "VARCHAR": "text", "DATE": "moment",
        "TIMESTAMP": "moment", "TIMESTAMP WITH TIME ZONE": "moment", "BIGINT[]": "list", "INTERVAL": None, "BLOB": None,
    }  # fmt: skip
    assert {name: kind_of(name) for name in names} == names


def test_periods_statuses_and_ages_are_counted_together(engine: DuckDB) -> None:
    moments = [dt.datetime(2026, 6, 12, hour) for hour in (0, 23)] + [dt.datetime(2026, 6, 13)] * 3
    rows: dict[str, list[Any]] = {
        "v": [1.0, None, 1.0, 2.0, 2.0],
        "status": ["PRESENT", "NOT_FOUND", "PRESENT", "NEW_WORD", None],
        "at": moments,
        "newest": [moments[0] - dt.timedelta(seconds=30), None, *[moments[2] - dt.timedelta(hours=1)] * 3],
    }
    engine.register("answers", pa.table(rows))
    relation = Relation(
        engine=engine,
        source=table("answers"),
        features=(
            FeatureColumns(
                name="v", dtype="DOUBLE", value=column("v"), status=column("status"), event_timestamp=column("newest")
            ),
        ),
        answered=column("at"),
        as_of=column("at"),
    )
    found = tallies(relation, {"v": Bins(kind="number", cuts=(1.0,))}, DAY)["v"]
    first, second = (found[day] for day in sorted(found))
    assert sorted(found) == [(dt.date(2026, 6, day) - dt.date(1970, 1, 1)).days for day in (12, 13)]
    assert first.statuses == {"PRESENT": 1, "NOT_FOUND": 1}
    assert (first.aged, first.age_mean, first.age_max, first.null_rate) == (1, 30.0, 30.0, 0.5)
    # A row without a status is of a definition that lacks the feature.
    assert second.statuses == {"PRESENT": 1, UNKNOWN: 1}
    assert (second.rows, second.age_mean, second.age_max) == (2, 3600.0, 3600.0)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.floats(-1, 1), st.sampled_from([5, 10, 20]))
def test_ks_over_the_bins_is_below_the_exact_one_by_less_than_the_largest_bin(
    engine: DuckDB, seed: int, shift: float, bins: int
) -> None:
    random = np.random.default_rng(seed)
    baseline, served = random.normal(size=400), random.normal(shift, 1 + abs(shift), size=300)
    made = _bins(_relation(engine, pa.array(baseline)), bins)
    counts = [_tally(_relation(engine, pa.array(side), "side"), made).counts(made.count) for side in (baseline, served)]
    found = distances(*counts, is_ordered=True)
    exact = ks_2samp(baseline, served).statistic
    assert found is not None
    assert found.ks is not None
    largest = max(max(side) / sum(side) for side in counts)
    assert exact - largest <= found.ks <= exact + 1e-12
