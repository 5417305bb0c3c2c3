"""Found by review: each test is named after the rule that was broken."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from stores.redis_server import RedisServer

from skewless.codegen.written import written_view
from skewless.contract.arrow import arrow_type
from skewless.ground.dtypes import DataType
from skewless.ground.errors import StoreError
from skewless.ground.moments import microseconds, moment_of
from skewless.ingest.entities import _Tiled, _Whole
from skewless.ingest.statements import Statements
from skewless.ingest.versions import EventVersions
from skewless.ingest.view_writer import ViewWriter
from skewless.ingest.writer import SourceWriter
from skewless.serve.server import FeatureServer
from skewless.stores.open import open_store
from skewless.stores.store import OnlineStore
from skewless.tasks import load
from skewless.tasks.bundles import bundle_of
from skewless.tasks.source_plans import source_plans
from skewless.tasks.workspace import Options, Workspace, load_workspace

NOON = dt.datetime(2026, 6, 12, 12)
VERSIONED = "event_time: t, known_at: known, primary_key: [id], deleted: gone"
APPENDED = "event_time: t, primary_key: [id], append_only: true"
NO_KEY = "event_time: t, known_at: known"
EVENTS = {"id": "bigint", "k": "bigint", "t": "timestamp", "known": "timestamp", "gone": "boolean"}
COUNT = """{{ config(entity='e') }}
select k, count(*) filter (where {{ last('1000 hours') }}) as n from {{ source('s', 'events') }} group by k"""
LATEST = "{{ config(entity='e', ttl='2 hours') }} select k, id as latest from {{ source('s', 'events') }}"
PROFILES = "p: {target: dev, outputs: {dev: {type: duckdb, online: {type: sqlite, path: target/online.db}}}}\n"


def at(hours: float) -> dt.datetime:
    return NOON + dt.timedelta(hours=hours)


def event(number: int, k: int, t: float, known: float | None = None, *, gone: bool = False) -> dict[str, Any]:
    return {"id": number, "k": k, "t": at(t), "known": at(t if known is None else known), "gone": gone}


class World:
    """One view `v` of entities `k` over the source `events`, and perhaps a static one `names` (id, k)."""

    def __init__(self, folder: Path, address: str, rules: str, sql: str, *, key: str = "bigint") -> None:
        self.folder = folder
        self.columns = {**EVENTS, "id": key}
        columns = ", ".join(f"{{name: {name}, data_type: '{kind}'}}" for name, kind in self.columns.items())
        (folder / "features").mkdir()
        (folder / "features" / "p.yml").write_text(f"""
entities: [{{name: e, keys: [{{name: k, data_type: bigint}}]}}]
sources:
  - name: s
    tables:
      - {{name: events, path: events.parquet, {rules}, columns: [{columns}]}}
      - {{name: names, path: names.parquet, static: true,
         columns: [{{name: id, data_type: bigint}}, {{name: k, data_type: bigint}}]}}
services: [{{name: svc, features: [v]}}]
""")
        (folder / "features" / "v.sql").write_text(sql)
        (folder / "skewless.yml").write_text("name: p\nversion: '1'\nprofile: p\n")
        (folder / "profiles.yml").write_text(PROFILES)
        self.names({})
        self.warehouse()
        self.workspace: Workspace = load_workspace(Options(project_dir=folder), {})
        self.workspace.check()
        self.version = self.workspace.versions["v"]
        self.store: OnlineStore = open_store(address, project="p")
        bundle = bundle_of(self.workspace.service("svc"), self.workspace.versions, project="p", store="")
        self.server = FeatureServer(bundle, self.store)

    def warehouse(self, *rows: dict[str, Any]) -> None:
        """What the source holds."""
        schema = pa.schema([(name, arrow_type(DataType.parse(kind))) for name, kind in self.columns.items()])
        pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), self.folder / "events.parquet")

    def names(self, names: dict[int, int]) -> None:
        ids, keys = pa.array(list(names), pa.int64()), pa.array(list(names.values()), pa.int64())
        pq.write_table(pa.table({"id": ids, "k": keys}), self.folder / "names.parquet")

    def load(self, hours: float = 0) -> None:
        with self.workspace.engine() as engine:
            load.load_view(engine, self.store, self.workspace.view("v"), self.version, at(hours))

    def run(self, hours: float) -> None:
        with self.workspace.engine() as engine:
            load.bring_up(engine, self.store, self.workspace.view("v"), self.version, at(hours))

    def push(self, *rows: dict[str, Any]) -> None:
        [plan] = source_plans(self.workspace, ["v"])
        assert SourceWriter(plan, self.store).push(list(rows), at(10_000)).rejected == ()

    def served(self, k: int, hours: float = 1) -> tuple[Any, str]:
        """Value and status."""
        vector = self.server.get([{"k": k}], as_of=at(hours))
        [name] = vector.names
        return vector.values[name][0], str(vector.statuses[name][0])


@pytest.fixture(params=["sqlite", "redis"])
def address(request: pytest.FixtureRequest, redis_server: RedisServer, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/o.db" if request.param == "sqlite" else f"{redis_server.url}?prefix={tmp_path.name}"


@pytest.fixture
def shared(redis_server: RedisServer, tmp_path: Path) -> str:
    """Only a store that others write to between a writer's steps."""
    return f"{redis_server.url}?prefix={tmp_path.name}"


def meanwhile(monkeypatch: pytest.MonkeyPatch, of: type, name: str, what: Any) -> None:
    """Something is done once, just before a step of somebody else."""
    step, once = getattr(of, name), iter([what])

    def with_it(*arguments: Any) -> Any:
        for one in once:
            one()
        return step(*arguments)

    monkeypatch.setattr(of, name, with_it)


def before_entities(monkeypatch: pytest.MonkeyPatch, what: Any) -> None:
    """Something is done once, just before rows are merged into entities."""
    once = iter([what])
    for of in (_Whole, _Tiled):
        monkeypatch.setattr(of, "write", _after(of.write, lambda: [one() for one in once]))


def _after(step: Any, first: Any) -> Any:
    def both(*arguments: Any) -> Any:
        first()
        return step(*arguments)

    return both


# 7: "Streams may deliver late, twice, or out of order; the state after delivery is the same."


def test_who_was_overtaken_writes_again_all_versions_it_has_written(
    tmp_path: Path, shared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another writer adds the version that replaces ours, writes it, and drops what it replaced."""
    world = World(tmp_path, shared, VERSIONED, COUNT)
    first, moved, back = event(1, 1, -9, -9), event(1, 2, -9, -8), event(1, 1, -9, -7)
    world.warehouse(moved)
    world.load()
    assert world.served(2) == (1, "PRESENT")
    before_entities(monkeypatch, lambda: world.push(back))
    world.push(first)
    assert world.served(1) == (1, "PRESENT")
    assert world.served(2) == (0, "NOT_FOUND")


def test_versions_that_another_has_added_are_not_thinned_away(
    tmp_path: Path, shared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not broken: nothing else notices when `thin` does not look at what is held."""
    world = World(tmp_path, shared, VERSIONED, COUNT)
    first, second, third = event(1, 1, -9, -9), event(1, 2, -9, -8), event(1, 3, -9, 0.5)
    world.load()
    meanwhile(monkeypatch, EventVersions, "thin", lambda: world.push(third))
    world.push(first, second)
    world.push(second)
    assert [world.served(k)[0] for k in (1, 2, 3)] == [0, 0, 1]


def test_rows_that_two_write_to_one_entity_at_once_are_both_there(
    tmp_path: Path, shared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not broken: nothing else notices when a value is written whatever another has written meanwhile."""
    world = World(tmp_path, shared, APPENDED, COUNT)
    world.load()
    meanwhile(monkeypatch, Statements, "merge", lambda: world.push(event(2, 1, -2)))
    world.push(event(1, 1, -1))
    assert world.served(1) == (2, "PRESENT")


def test_a_write_during_which_a_load_begins_is_refused(
    tmp_path: Path, shared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not broken: nothing else notices when the writer asks only before it writes."""
    world = World(tmp_path, shared, APPENDED, COUNT)
    world.load()
    with ExitStack() as stack:
        before_entities(monkeypatch, lambda: stack.enter_context(world.store.loading(world.version)))
        with pytest.raises(StoreError, match="is being loaded"):
            world.push(event(1, 1, -1))


def test_the_floor_of_a_state_follows_its_rows_an_hour_behind_and_never_the_future(
    tmp_path: Path, address: str
) -> None:
    """Not broken: nothing else notices when the hour, or the clock, is left out."""
    world = World(tmp_path, address, APPENDED, COUNT)
    world.load(-100)
    [plan] = source_plans(world.workspace, ["v"])
    SourceWriter(plan, world.store, clock=lambda: NOON).push([event(1, 1, -5)], NOON)
    assert as_of(world) == at(-6)
    SourceWriter(plan, world.store, clock=lambda: NOON).push([event(2, 1, 24)], NOON)
    assert as_of(world) == at(-1)


def as_of(world: World) -> dt.datetime:
    state = world.store.state(world.version)
    assert state is not None
    return moment_of(state.as_of)


def test_a_load_that_ends_during_a_write_does_not_lose_it(
    tmp_path: Path, shared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has read its sources before the row came, and is done before the writer asks whether there is one."""
    world = World(tmp_path, shared, APPENDED, COUNT)
    world.load()
    step, loading = _Tiled.write, iter([True])

    def merged_while_loading(self: _Tiled, *arguments: Any) -> None:
        if not next(loading, False):
            step(self, *arguments)
            return
        with world.store.loading(world.version):
            step(self, *arguments)
            world.load()

    monkeypatch.setattr(_Tiled, "write", merged_while_loading)
    world.push(event(1, 1, -1))
    assert world.served(1) == (1, "PRESENT")


def test_rows_made_with_static_sources_of_before_a_load_are_not_in_the_state_after_it(
    tmp_path: Path, shared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql = """{{ config(entity='e') }}
select names.k as k, count(*) filter (where {{ last('1000 hours') }}) as n
from {{ source('s', 'events') }} as events join {{ source('s', 'names') }} as names on events.k = names.id group by 1"""
    world = World(tmp_path, shared, APPENDED, sql)
    world.names({1: 10})
    world.load()

    def renamed() -> None:
        world.names({1: 20})
        world.load()

    before_entities(monkeypatch, renamed)
    world.push(event(1, 1, -1))
    assert world.served(20) == (1, "PRESENT")
    assert world.served(10) == (0, "NOT_FOUND")


def test_a_writer_that_goes_on_after_a_load_uses_the_static_sources_of_that_load(tmp_path: Path, address: str) -> None:
    sql = """{{ config(entity='e') }}
select names.k as k, count(*) filter (where {{ last('1000 hours') }}) as n
from {{ source('s', 'events') }} as events join {{ source('s', 'names') }} as names on events.k = names.id group by 1"""
    world = World(tmp_path, address, APPENDED, sql)
    world.names({1: 10})
    world.load()
    [plan] = source_plans(world.workspace, ["v"])
    writer = SourceWriter(plan, world.store)
    writer.push([event(1, 1, -1)], NOON)
    world.names({1: 20})
    world.load()
    writer.push([event(2, 1, -1)], NOON)
    assert world.served(20) == (1, "PRESENT")
    assert world.served(10) == (0, "NOT_FOUND")


def test_a_state_is_being_loaded_until_the_last_who_loads_it_is_done(tmp_path: Path, address: str) -> None:
    world = World(tmp_path, address, APPENDED, COUNT)
    with world.store.loading(world.version):
        with world.store.loading(world.version):
            pass
        assert world.store.is_loading(world.version)
    assert not world.store.is_loading(world.version)


# 7: "training SQL = serving SQL over the online state, where the state holds what was known before that moment."


def test_a_run_that_was_overtaken_by_a_later_one_takes_nothing_back(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, address, NO_KEY, COUNT)
    world.load()

    def later_run() -> None:
        world.warehouse(event(1, 1, 0.5), event(2, 1, 1.5))
        world.run(4)

    world.warehouse(event(1, 1, 0.5))
    meanwhile(monkeypatch, load._Increment, "_replace", later_run)
    world.run(1)
    assert world.served(1, 5) == (2, "PRESENT")
    world.run(6)
    assert world.served(1, 7) == (2, "PRESENT")


# 6: "Statuses explain; they never change a value": a retraction can make one tell less, of rows that are dropped by then


def test_rows_older_than_the_ttl_are_not_known_when_the_newer_one_is_retracted(tmp_path: Path, address: str) -> None:
    world = World(tmp_path, address, VERSIONED, LATEST)
    world.warehouse(event(1, 1, -5), event(2, 1, -1))
    world.load()
    world.push(event(2, 1, -1, 0.5, gone=True))
    assert world.served(1) == (None, "NOT_FOUND")


def test_a_row_stays_known_that_is_retracted_after_its_versions_were_swept(tmp_path: Path, address: str) -> None:
    world = World(tmp_path, address, VERSIONED, LATEST)
    world.warehouse(event(1, 1, -5))
    world.load()
    world.store.advance(world.version, microseconds(at(40 * 24)))
    ViewWriter(written_view(world.workspace.view("v"), world.version)).sweep(world.store)
    world.push(event(1, 1, -5, 40 * 24 + 1, gone=True))
    assert world.served(1, 40 * 24 + 2) == (None, "OUTSIDE_MAX_AGE")


# 2: "rows that share a primary key"


def test_lists_of_zeros_of_either_sign_are_one_primary_key(tmp_path: Path, address: str) -> None:
    world = World(tmp_path, address, VERSIONED, COUNT, key="double[]")
    world.load(-50)
    world.push({**event(0, 1, -1), "id": [0.0]})
    world.push({**event(0, 1, -1, -0.5), "id": [-0.0]})
    assert world.served(1) == (1, "PRESENT")


# 7: what the warehouse holds is in the state after a run, whenever it landed there


@pytest.mark.parametrize("rules", [APPENDED, VERSIONED, NO_KEY])
def test_rows_that_land_a_day_late_are_found_by_an_hourly_run(tmp_path: Path, rules: str) -> None:
    """The source says when they were known (by default: when they happened), and lands once a day."""
    world = World(tmp_path, f"sqlite:///{tmp_path}/o.db", rules, COUNT)
    world.warehouse(event(1, 1, -30))
    for hours in (0, 1, 2):
        world.run(hours)
    world.warehouse(event(1, 1, -30), event(2, 1, -6))
    for hours in (3, 4):
        world.run(hours)
    assert world.served(1, 5) == (2, "PRESENT")


def test_what_a_stream_brought_is_there_again_when_it_has_landed(tmp_path: Path, address: str) -> None:
    """A run loads a state anew when a static source has changed; the warehouse gets the stream's row days after."""
    sql = """{{ config(entity='e') }}
select events.k as k, count(names.k) filter (where {{ last('1000 hours') }}) as n
from {{ source('s', 'events') }} as events join {{ source('s', 'names') }} as names on events.k = names.id group by 1"""
    world = World(tmp_path, address, APPENDED, sql)
    world.names({1: 10})
    world.load()
    world.push(event(1, 1, -1))
    assert world.served(1) == (1, "PRESENT")
    world.names({1: 10, 2: 20})
    world.run(1)
    assert world.served(1, 2) == (0, "NOT_FOUND")
    world.warehouse(event(1, 1, -1))
    world.run(50)
    assert world.served(1, 51) == (1, "PRESENT")


def test_a_tick_is_computed_again_when_rows_have_landed_that_it_should_have_seen(tmp_path: Path, address: str) -> None:
    sql = COUNT.replace("entity='e'", "entity='e', refresh='1 day'")
    world = World(tmp_path, address, APPENDED, sql)
    world.warehouse(event(1, 1, -30))
    world.run(2)
    assert world.served(1, 3) == (1, "PRESENT")
    world.warehouse(event(1, 1, -30), event(2, 1, -29))
    world.run(4)
    assert world.served(1, 5) == (2, "PRESENT")


def test_a_tick_is_computed_again_when_a_row_lands_just_after_it_that_was_known_just_before(
    tmp_path: Path, address: str
) -> None:
    sql = COUNT.replace("entity='e'", "entity='e', refresh='1 day'")
    world = World(tmp_path, address, APPENDED, sql)
    tick = next(hour for hour in range(24) if at(hour).hour == 0)
    world.warehouse(event(1, 1, tick - 30))
    world.run(tick)
    world.warehouse(event(1, 1, tick - 30), event(2, 1, tick - 0.25))
    world.run(tick + 0.5)
    assert world.served(1, tick + 1) == (2, "PRESENT")


def test_of_two_runs_at_once_the_counts_of_the_later_stay(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that land between the hours of the two would be taken for counted."""
    world = World(tmp_path, address, APPENDED, COUNT)
    world.load()
    meanwhile(monkeypatch, load._Increment, "_done", lambda: world.run(20))
    world.run(3)
    world.warehouse(event(1, 1, 10))
    world.run(22)
    assert world.served(1, 23) == (1, "PRESENT")
