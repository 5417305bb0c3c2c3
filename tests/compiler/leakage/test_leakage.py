"""The naive join of docs/leakage.md: it has seen the future, and does not compile as a feature view."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from skewless.cli.main import cli

ROOT = Path(__file__).parents[3]
DATA = ROOT / "target/data/flights"
needs_flights = pytest.mark.skipif(not DATA.exists(), reason="the flights are fetched by make target/data/.complete")


@pytest.fixture(scope="module")
def joins() -> ModuleType:
    spec = importlib.util.spec_from_file_location("leakage_joins", ROOT / "demo/leakage/joins.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@needs_flights
def test_the_naive_join_has_the_answer_among_its_features(joins: ModuleType) -> None:
    """The last arrival of the aircraft until the evening is often the very flight whose delay is to be predicted."""
    spine = joins.flights([7], 3_000)
    arrivals = pq.read_table(DATA / "arrivals.parquet", columns=["flight_id", "arr_delay"])
    own = dict(zip(arrivals.column("flight_id").to_pylist(), arrivals.column("arr_delay").to_pylist(), strict=True))
    flights = spine.column("flight_id").to_pylist()

    def share_of_own(features: pa.Table) -> float:
        seen = features.column("last_arrival_delay").to_pylist()
        known = [(own[flight], delay) for flight, delay in zip(flights, seen, strict=True) if flight in own]
        return sum(delay == answer for answer, delay in known) / len(known)

    naive, honest = share_of_own(joins.naive(spine)), share_of_own(joins.point_in_time(spine))
    assert naive > 0.5
    assert honest < 0.05  # two flights in a row that are late by the same minutes


@needs_flights
@pytest.mark.parametrize(
    ("code", "model"),
    [
        pytest.param(
            "untimed-join",
            "select d.origin, avg(a.arr_delay) filter (where {{ last('1 day') }}) as delay "
            "from {{ source('flights', 'departures') }} as d join {{ source('flights', 'arrivals') }} as a "
            "on d.tailnum = a.tailnum and cast(d.departed_at as date) = cast(a.arrived_at as date) group by d.origin",
            id="the day's arrivals of an aircraft",
        ),
        pytest.param(
            "future-leakage",
            "select origin, avg(dep_delay) over (partition by origin, date_trunc('hour', departed_at)) as hour_delay "
            "from {{ source('flights', 'departures') }}",
            id="the mean of the whole hour",
        ),
        pytest.param(
            "unsupported-shape",
            "select d.origin, a.arr_delay from {{ source('flights', 'departures') }} as d "
            "asof join {{ source('flights', 'arrivals') }} as a "
            "on d.tailnum = a.tailnum and d.departed_at + interval '1 day' > a.arrived_at",
            id="the last arrival until the evening",
        ),
    ],
)
def test_what_the_naive_join_does_is_an_error_in_a_model(code: str, model: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "features/flights", tmp_path / "features/flights")
    shutil.copytree(ROOT / "macros", tmp_path / "macros")
    (tmp_path / "features/flights/naive.sql").write_text("{{ config(entity='origin', ttl='1 day') }}\n" + model)
    (tmp_path / "skewless.yml").write_text(
        "name: flights\nversion: '1'\nprofile: flights\nvars: {late_minutes: 15, long_haul_miles: 1500}\n"
    )
    (tmp_path / "profiles.yml").write_text("flights: {target: dev, outputs: {dev: {type: duckdb}}}\n")
    result = CliRunner().invoke(cli, ["--project-dir", str(tmp_path), "compile"])
    assert result.exit_code != 0
    assert f"[{code}]" in result.output + result.stderr
    assert "naive.sql" in result.output + result.stderr
