"""The naive join of docs/leakage.md: it has seen the future, and does not compile as a feature view."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).parents[3]
DATA = ROOT / "target/data/flights"
needs_flights = pytest.mark.skipif(not DATA.exists(), reason="the flights are fetched by make target/data/.complete")


def module_of(name: str) -> ModuleType:
    """A script of the demonstration."""
    spec = importlib.util.spec_from_file_location(f"leakage_{name}", ROOT / f"demo/leakage/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def joins() -> ModuleType:
    return module_of("joins")


@pytest.fixture(scope="module")
def caught() -> ModuleType:
    return module_of("caught")


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


@pytest.mark.parametrize("code", ["untimed-join", "future-leakage", "unsupported-shape"])
def test_what_the_naive_join_does_is_an_error_in_a_model_as_the_page_shows(
    caught: ModuleType, code: str, tmp_path: Path
) -> None:
    said = caught.compile_naive(caught.MODELS[code], tmp_path)
    assert said.startswith(f"{code}: ")
    assert said in (ROOT / "docs/leakage.md").read_text(encoding="utf-8")


def test_verify_tells_the_naive_join_from_what_is_served_by_one_row(caught: ModuleType) -> None:
    found = caught.differing().counterexample
    assert found is not None
    assert found.differences[0].plan == "by_dates"
    assert len(found.example.rows["flights.arrivals"]) == 1
