"""An entity with many events: its values are those of its events, to the microsecond, and cost as little as they should."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from stores.redis_server import RedisServer

from skewless import Project
from skewless.ground.errors import EngineError
from skewless.ingest.writer import SourceWriter
from skewless.serve.server import FeatureServer
from skewless.stores.heads import has_tiles
from skewless.stores.open import open_store
from skewless.stores.store import OnlineStore
from skewless.tasks.bundles import bundle_of
from skewless.tasks.load import bring_up, load_view
from skewless.tasks.source_plans import plan_of_source

START = dt.datetime(2026, 6, 1)
EVENTS = 12_000
COLUMNS = ("id", "k", "ts", "known", "x", "d", "s", "gone")
FEATURES = """
    count(*) filter (where {hour}) as n_hour,
    count(x) filter (where {hour} and x > 3) as n_some,
    sum(x) filter (where {hour}) as sum_hour,
    avg(x) filter (where {day}) as mean_day,
    sum(d) filter (where {day}) as money_day,
    min(s) filter (where {day}) as first_word,
    max(x) filter (where {day} and s <> 'b') as most,
    bool_or(x = 7) filter (where {hour}) as any_seven,
    count(*) filter (where {day} and {before_hour}) as n_earlier
"""
SOURCE = """entities: [{name: key, keys: [{name: k, data_type: bigint}]}]
sources:
  - name: s
    tables:
      - name: e
        path: e.parquet
        event_time: ts
        known_at: known
        primary_key: [id]
        deleted: gone
        columns:
          - {name: id, data_type: bigint}
          - {name: k, data_type: bigint}
          - {name: ts, data_type: timestamp}
          - {name: known, data_type: timestamp}
          - {name: x, data_type: integer}
          - {name: d, data_type: 'decimal(12,2)'}
          - {name: s, data_type: varchar}
          - {name: gone, data_type: boolean}
services:
  - {name: svc, features: [v]}
  - {name: by_events, features: [words]}
"""
MODEL = (
    "{{ config(entity='key') }}\nselect k,"
    + FEATURES.format(
        hour="{{ last('1 hour') }}",
        day="{{ last('1 day') }}",
        before_hour="ts < {{ as_of() }} - interval '1 hour'",
    )
    + "from {{ source('s', 'e') }} group by k"
)
WORDS = """{{ config(entity='key', max_events=20000) }}
select k, count(distinct s) filter (where {{ last('1 day') }}) as words, sum(x) filter (where {{ last('1 day') }}) as total
from {{ source('s', 'e') }} group by k"""


def event(number: int, **changes: Any) -> dict[str, Any]:
    """Some events have one time, and every seventh is late."""
    at = START + dt.timedelta(seconds=7 * (number // 3))
    late = dt.timedelta(minutes=20 if number % 7 == 0 else 0)
    row = {
        "id": number, "k": 1, "ts": at, "known": at + late, "x": number % 11 if number % 5 else None,
        "d": f"{number % 97}.25", "s": "abc"[number % 3], "gone": False,
    }  # fmt: skip
    return row | changes


def table(rows: list[dict[str, Any]]) -> pa.Table:
    kinds = [
        pa.int64(),
        pa.int64(),
        pa.timestamp("us"),
        pa.timestamp("us"),
        pa.int32(),
        pa.string(),
        pa.string(),
        pa.bool_(),
    ]
    found = pa.table(
        {name: pa.array([row[name] for row in rows], kind) for name, kind in zip(COLUMNS, kinds, strict=True)}
    )
    return found.set_column(5, "d", found["d"].cast(pa.decimal128(12, 2)))


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    return [event(number) for number in range(EVENTS)]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / "s.yml").write_text(SOURCE)
    (tmp_path / "features" / "v.sql").write_text(MODEL)
    (tmp_path / "features" / "words.sql").write_text(WORDS)
    (tmp_path / "skewless.yml").write_text("name: p\nversion: '1'\nprofile: p\n")
    (tmp_path / "profiles.yml").write_text(
        "p: {target: dev, outputs: {dev: {type: duckdb, online: {type: sqlite, path: o.db}}}}\n"
    )
    pq.write_table(table([]), tmp_path / "e.parquet")
    return Project.load(tmp_path, environ={})


@pytest.fixture(params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest, redis_server: RedisServer, tmp_path: Path) -> Iterator[OnlineStore]:
    address = f"sqlite:///{tmp_path}/o.db" if request.param == "sqlite" else f"{redis_server.url}?prefix=tiles"
    opened = open_store(address, project="p")
    yield opened
    opened.drop([one.version for one in opened.versions()])
    opened.close()


def load(project: Project, store: OnlineStore, rows: list[dict[str, Any]], as_of: dt.datetime = START) -> SourceWriter:
    workspace = project.workspace
    pq.write_table(table(rows), workspace.root / "e.parquet")
    for name in ("v", "words"):
        with workspace.engine() as engine:
            load_view(engine, store, workspace.view(name), workspace.versions[name], as_of)
    return SourceWriter(plan_of_source(workspace, "s.e"), store, clock=lambda: START)


def served(project: Project, store: OnlineStore, at: dt.datetime, service: str = "svc", key: int = 1) -> dict[str, Any]:
    workspace = project.workspace
    bundle = bundle_of(workspace.service(service), workspace.versions, project="p", store="")
    vector = FeatureServer(bundle, store).get([{"k": key}], as_of=at)
    return {name: values[0] for name, values in vector.values.items()}


def computed(rows: list[dict[str, Any]], at: dt.datetime) -> dict[str, Any]:
    """The same in one plain query over the rows: the last version known by then, if it has happened."""
    moment = f"timestamp '{at}'"
    sql = FEATURES.format(
        hour=f"ts >= {moment} - interval 1 hour", day=f"ts >= {moment} - interval 1 day",
        before_hour=f"ts < {moment} - interval 1 hour",
    )  # fmt: skip
    connection = duckdb.connect()
    connection.register("rows", table(rows))
    found = connection.execute(
        f"""with latest as (select * from rows where known < {moment}
            qualify row_number() over (partition by id order by known desc, gone desc) = 1)
        select {sql} from latest where not gone and ts < {moment} and k = 1"""
    )
    names = [one[0] for one in found.description or ()]
    return dict(zip(names, found.fetchone() or (), strict=True))


def moments(rows: list[dict[str, Any]]) -> list[dt.datetime]:
    """Windows that begin and end at events, and a microsecond beside them."""
    day, hour, tick = dt.timedelta(days=1), dt.timedelta(hours=1), dt.timedelta(microseconds=1)
    edges = [rows[number]["ts"] for number in (0, 999, 1000, 3001, 6000, len(rows) - 1)]
    return sorted(
        {at + shift + beside for at in edges for shift in (day, hour, 0 * hour) for beside in (-tick, 0 * tick, tick)}
    )


def check(project: Project, store: OnlineStore, rows: list[dict[str, Any]], since: dt.datetime = START) -> None:
    for at in [at for at in moments(rows) if at >= since]:
        found, expected = served(project, store, at), computed(rows, at)
        mean, wanted = found.pop("mean_day"), expected.pop("mean_day")
        assert found == expected, at
        assert mean == (None if wanted is None else pytest.approx(wanted, rel=1e-9)), at


def value(project: Project, store: OnlineStore, view: str = "v") -> bytes:
    key = (1).to_bytes(8, "little")
    _, [found] = store.fetch(project.workspace.versions[view], "entities", [key])
    assert found is not None
    return found


def test_a_loaded_entity_has_tiles_and_its_values_are_those_of_its_events(
    project: Project, store: OnlineStore, events: list[dict[str, Any]]
) -> None:
    last = max(row["known"] for row in events) + dt.timedelta(hours=1)
    load(project, store, events, last)
    assert has_tiles(value(project, store))
    assert len(value(project, store)) < 80_000
    check(project, store, events, last)


def test_events_as_they_come_late_corrected_moved_and_retracted(
    project: Project, store: OnlineStore, events: list[dict[str, Any]]
) -> None:
    writer = load(project, store, [])
    end = events[-1]["ts"]
    changes = [
        event(50, x=1000, known=end + dt.timedelta(minutes=1)),
        event(4000, gone=True, known=end + dt.timedelta(minutes=2)),
        event(4001, k=2, known=end + dt.timedelta(minutes=3)),
        event(4002, ts=events[9000]["ts"], known=end + dt.timedelta(minutes=4)),
        event(4000, gone=False, x=5, known=end + dt.timedelta(hours=2)),
        event(EVENTS, ts=events[2000]["ts"], known=end + dt.timedelta(minutes=5)),
    ]
    for start in range(0, EVENTS, 1_700):
        writer.write(table(events[start : start + 1_700]))
    writer.write(table(changes[3:] + events[100:120]))
    writer.write(table(changes[:3]))
    assert has_tiles(value(project, store))
    check(project, store, events + changes)


def test_what_no_window_reaches_leaves_with_its_tiles(
    project: Project, store: OnlineStore, events: list[dict[str, Any]]
) -> None:
    load(project, store, events, max(row["known"] for row in events) + dt.timedelta(hours=1))
    workspace, version = project.workspace, project.workspace.versions["v"]
    before = sum(len(keys) for keys in store.keys(version, "tiles"))
    later = events[-1]["ts"] + dt.timedelta(hours=20)
    pq.write_table(table([event(EVENTS + 5, ts=later - dt.timedelta(minutes=1))]), workspace.root / "e.parquet")
    with workspace.engine() as engine:
        bring_up(engine, store, workspace.view("v"), version, later)
    size = len(value(project, store))
    assert before >= EVENTS // 2_000
    assert size < 80_000
    far = later + dt.timedelta(days=2)
    with workspace.engine() as engine:
        bring_up(engine, store, workspace.view("v"), version, far)
    assert [
        found
        for keys in store.keys(version, "entities")
        for found in store.fetch(version, "entities", keys)[1]
        if found
    ] == []


def test_aggregates_that_do_not_add_up_read_their_events_and_say_when_there_are_too_many(
    project: Project, store: OnlineStore, events: list[dict[str, Any]]
) -> None:
    last = max(row["known"] for row in events) + dt.timedelta(hours=1)
    writer = load(project, store, events, last)
    within = [row for row in events if row["ts"] >= last - dt.timedelta(days=1)]
    expected = {"words": len({row["s"] for row in within}), "total": sum(row["x"] or 0 for row in within)}
    assert served(project, store, last, "by_events") == expected
    many = [
        event(EVENTS + number, ts=events[-1]["ts"] + dt.timedelta(milliseconds=number // 2), known=last)
        for number in range(15_000)
    ]
    writer.write(table(many))
    with pytest.raises(
        EngineError, match=r"'words': the entity in row 0 .* events within reach, and no more than 20,000"
    ):
        served(project, store, last + dt.timedelta(seconds=1), "by_events")


def test_two_writers_of_one_entity_lose_nothing_and_leave_nothing_behind(
    project: Project, redis_server: RedisServer, events: list[dict[str, Any]]
) -> None:
    store = open_store(f"{redis_server.url}?prefix=writers", project="p")
    plan = plan_of_source(project.workspace, "s.e")
    load(project, store, [])

    def write(first: int) -> None:
        writer = SourceWriter(plan, store, clock=lambda: START)
        for start in range(first, EVENTS, 1_000):
            writer.write(table(events[start : start + 500]))

    threads = [threading.Thread(target=write, args=(first,)) for first in (0, 500)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(project, store, events)
    import redis

    client = redis.Redis.from_url(redis_server.url)
    tiles = [key for key in client.scan_iter("writers*.t{*") if client.ttl(key) == -1]
    named = sum(_tiles_of(value(project, store, view)) for view in ("v", "words"))
    assert len(tiles) == named
    store.drop([one.version for one in store.versions()])
    store.close()


def _tiles_of(head: bytes) -> int:
    """How many tiles a value names: the number of rows of its columns."""
    return int.from_bytes(head[6:10], "little")
