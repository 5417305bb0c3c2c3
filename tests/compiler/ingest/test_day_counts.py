"""The rows of each day are counted once for all views of a run, and what lands meanwhile is still found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skewless.engines.duckdb import DuckDB
from skewless.ground.errors import EngineError
from skewless.serve.server import FeatureServer
from skewless.stores.open import open_store
from skewless.tasks.build import Stateful, load_each, load_views
from skewless.tasks.bundles import bundle_of
from skewless.tasks.progress import Silent
from skewless.tasks.workspace import Options, load_workspace

from .test_found import APPENDED, COUNT, PROFILES, at, event

VIEWS = ("a", "b", "c")


class World:
    """Three views that count the rows of one source."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "features").mkdir()
        for name in VIEWS:
            (folder / "features" / f"{name}.sql").write_text(COUNT.replace(" as n", f" as n_{name}"))
        (folder / "features" / "p.yml").write_text(f"""
entities: [{{name: e, keys: [{{name: k, data_type: bigint}}]}}]
sources:
  - name: s
    tables:
      - {{name: events, path: events.parquet, {APPENDED}, columns: [{{name: id, data_type: bigint}},
         {{name: k, data_type: bigint}}, {{name: t, data_type: timestamp}}]}}
services: [{{name: svc, features: [a, b, c]}}]
""")
        (folder / "skewless.yml").write_text("name: p\nversion: '1'\nprofile: p\n")
        (folder / "profiles.yml").write_text(PROFILES)
        self.holds()
        self.workspace = load_workspace(Options(project_dir=folder), {})
        self.workspace.check()
        self.views = [
            Stateful(view=self.workspace.view(name), version=self.workspace.versions[name], name=name) for name in VIEWS
        ]
        self.store = open_store(f"sqlite:///{folder}/online.db", project="p")

    def holds(self, *rows: dict[str, Any]) -> None:
        schema = pa.schema({"id": pa.int64(), "k": pa.int64(), "t": pa.timestamp("us")})
        pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), self.folder / "events.parquet")

    def run(self, hours: float, *, meanwhile: Callable[[], None] = lambda: None) -> None:
        """`meanwhile` happens after the first view."""
        with self.workspace.engine() as engine:
            for number, _ in enumerate(load_views(engine, self.store, self.views, at(hours))):
                if number == 0:
                    meanwhile()

    def served(self, hours: float) -> list[int]:
        bundle = bundle_of(self.workspace.service("svc"), self.workspace.versions, project="p", store="")
        vector = FeatureServer(bundle, self.store).get([{"k": 1}], as_of=at(hours))
        return [vector.values[f"n_{name}"][0] for name in VIEWS]


class _Watch(Silent):
    def failed(self, *_: object, **__: object) -> None:
        """Says nothing."""

    def skipped(self, *_: object, **__: object) -> None:
        """Says nothing."""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, dt.datetime]]:
    """What days are counted until, at each question."""
    asked: list[dict[str, dt.datetime]] = []
    arrow = DuckDB.arrow

    def noted(engine: DuckDB, query: Any, parameters: Any = None) -> pa.Table:
        if "how many rows became known" in "".join(query.comments or ()):
            asked.append(parameters)
        return arrow(engine, query, parameters)

    monkeypatch.setattr(DuckDB, "arrow", noted)
    return asked


def test_a_source_that_several_views_read_is_counted_once_a_run(world: World, counted: list[Any]) -> None:
    world.run(0)
    assert len(counted) == 1
    world.run(1)
    assert len(counted) == 2


def test_a_view_that_is_at_another_moment_is_counted_for_itself(world: World, counted: list[Any]) -> None:
    world.run(0)
    everything, world.views = world.views, world.views[:1]
    world.run(1)
    world.views = everything
    counted.clear()
    world.run(2)
    assert len(counted) == 2


def test_a_late_row_is_found_for_every_view(world: World) -> None:
    world.run(0)
    world.holds(event(1, 1, -50))
    world.run(1)
    assert world.served(1) == [1, 1, 1]


def test_a_row_that_lands_during_a_run_is_found_by_the_next(world: World) -> None:
    """It is older than what an increment reads, and was not there when its day was counted."""
    world.run(0)
    world.run(1, meanwhile=lambda: world.holds(event(1, 1, -50)))
    world.run(2)
    assert world.served(2) == [1, 1, 1]


def test_a_row_that_lands_during_a_first_load_is_found_by_the_next_run(world: World) -> None:
    world.run(0, meanwhile=lambda: world.holds(event(1, 1, -50)))
    world.run(1)
    assert world.served(1) == [1, 1, 1]


def test_counting_that_fails_is_told_for_each_view_and_tried_for_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([True, False])
    arrow = DuckDB.arrow

    def failing(engine: DuckDB, query: Any, parameters: Any = None) -> pa.Table:
        if "how many rows became known" in "".join(query.comments or ()) and next(failures, False):
            raise EngineError("the disk is gone")
        return arrow(engine, query, parameters)

    monkeypatch.setattr(DuckDB, "arrow", failing)
    world.holds(event(1, 1, -1))
    with world.workspace.engine() as engine:
        found = list(load_each(engine, world.store, world.views, at(0), _Watch(), {}))
    assert [one.status for one in found] == ["error", "success", "success"]
    assert "the state SQL of 'a' failed: the disk is gone" in found[0].message
