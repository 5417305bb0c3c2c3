"""A month of the example's flights as it is served, with troubles of known kinds in the way: what an audit has to find.

Each request is answered by a real server over a state of its own, which `run` would have loaded at that moment, had
there been no trouble.
"""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from skewless import FeatureServer, Project
from skewless.ground.moments import microseconds
from skewless.serve.log import ServingLog
from skewless.serve.vector import Vector
from skewless.stores.sqlite import SqliteStore
from skewless.stores.store import OnlineStore
from skewless.tasks.bundles import bundle_of
from skewless.tasks.spine import load_spine
from skewless.verify.points import load_points, namespace

ROOT = Path(__file__).parents[3]
DATA = ROOT / "target/data/flights"
SERVICE = "delay_v1"
FIRST, LAST = dt.datetime(2013, 7, 1), dt.datetime(2013, 8, 1)
_BEFORE = dt.timedelta(days=40)
_SETTINGS = "name: flights\nversion: '1'\nprofile: flights\nvars: {late_minutes: 15, long_haul_miles: 1500}\n"
_PROFILE = "flights: {target: dev, outputs: {dev: {type: duckdb, threads: 2}}}\n"
_KEYED = "append_only: true\n        columns:\n          - name: flight_id\n            data_type: bigint\n"
_VERSIONED = "known_at: known_at\n        columns:\n          - {name: known_at, data_type: timestamp}\n"
_LOST = ("carrier_punctuality", "tail_history", "tail_last_arrival")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `kind` is the trouble that it meets, and part of its id in the log."""

    number: int
    kind: str
    at: dt.datetime
    fields: Row

    @property
    def id(self) -> str:
        return f"{self.kind}/{self.number}"


@dataclass(frozen=True, slots=True)
class Month:
    """The project and where its log is."""

    folder: Path
    requests: Sequence[Request]

    @property
    def log(self) -> Path:
        return self.folder / "served"

    def project(self, **settings: Any) -> Project:
        return Project.load(self.folder, environ={}, **settings)


def serve_month(folder: Path, count: int, rates: Mapping[str, float], seed: int = 0) -> Month:
    """Serves so many requests, of which shares meet trouble, and logs the answers."""
    arrivals = _arrivals(seed)
    _write_project(folder, arrivals)
    month = Month(folder, _requests(count, rates, arrivals, seed))
    log = ServingLog(month.log)
    for kind in dict.fromkeys(one.kind for one in month.requests):
        own = [one for one in month.requests if one.kind == kind]
        _TROUBLES.get(kind, _served_well)(month, own, log)
    log.close()
    return month


def _write_project(folder: Path, arrivals: pa.Table) -> None:
    """Arrivals are corrected there: they have versions, and say when they were known."""
    shutil.copytree(ROOT / "features/flights", folder / "features/flights")
    shutil.copytree(ROOT / "macros", folder / "macros")
    (folder / "skewless.yml").write_text(_SETTINGS)
    (folder / "profiles.yml").write_text(_PROFILE)
    properties = folder / "features/flights/flights.yml"
    text = properties.read_text().replace("target/data/", f"{ROOT}/target/data/")
    before, after = text.split("      - name: arrivals\n")
    assert _KEYED in after
    after = after.replace("append_only: true\n        columns:\n", _VERSIONED, 1)
    after = after.replace(f"{DATA}/arrivals.parquet", "arrivals.parquet", 1)
    properties.write_text(f"{before}      - name: arrivals\n{after}")
    pq.write_table(arrivals, folder / "arrivals.parquet")


def _arrivals(seed: int) -> pa.Table:
    """Those of the month and of what its windows reach; one in thirty is corrected somewhat later."""
    table = pq.read_table(DATA / "arrivals.parquet")
    times = table.column("arrived_at").cast(pa.timestamp("us"))
    table = table.filter(pc.and_(pc.greater_equal(times, FIRST - _BEFORE), pc.less(times, LAST)))
    rows, dice = table.to_pylist(), random.Random(seed)
    versions = [row | {"known_at": row["arrived_at"]} for row in rows]
    versions += [
        row
        | {"known_at": row["arrived_at"] + dt.timedelta(minutes=dice.randint(5, 90)), "arr_delay": row["arr_delay"] + 7}
        for row in rows
        if dice.random() < 1 / 30
    ]
    return pa.Table.from_pylist(versions, schema=table.schema.append(pa.field("known_at", pa.timestamp("us"))))


def _requests(count: int, rates: Mapping[str, float], arrivals: pa.Table, seed: int) -> list[Request]:
    spine = pq.read_table(DATA / "spine.parquet").drop_columns(["late", "flight_id"])
    times = spine.column("event_timestamp").cast(pa.timestamp("us"))
    rows = spine.filter(pc.and_(pc.greater_equal(times, FIRST), pc.less(times, LAST))).to_pylist()
    dice = random.Random(seed + 1)
    corrected = [
        row for row in arrivals.to_pylist() if row["known_at"] != row["arrived_at"] and row["known_at"] >= FIRST
    ]
    found = []
    for number, row in enumerate(dice.sample(rows, count)):
        at = row.pop("event_timestamp")
        kind = dice.choices([*rates, "clean"], [*rates.values(), 1 - sum(rates.values())])[0]
        if kind == "late" and at.hour < 3:  # the day's tick would not be there either
            kind = "clean"
        if kind == "correction":  # somebody asks shortly after it for what was corrected
            own = dice.choice(corrected)
            at = own["known_at"] + dt.timedelta(minutes=dice.randint(1, 20))
            row |= {name: own[name] for name in ("carrier", "tailnum", "origin", "dest")} | {"flight": own["flight_id"]}
        flight = row.pop("flight", None)
        found.append(Request(number, kind, at, row if flight is None else row | {"_flight": flight}))
    return found


# What goes wrong

_Load = Callable[[Project, Sequence[Request], OnlineStore], None]


def _served_well(month: Month, requests: Sequence[Request], log: ServingLog) -> None:
    _serve(month.project(), month, requests, log, _load)


def _late(month: Month, requests: Sequence[Request], log: ServingLog) -> None:
    """Whoever writes the state is up to an hour and a half behind."""
    dice = random.Random(2)
    behind = {one.number: dt.timedelta(minutes=dice.randint(5, 90)) for one in requests}
    _serve(month.project(), month, requests, log, lambda project, own, store: _load(project, own, store, behind))


def _stale(month: Month, requests: Sequence[Request], log: ServingLog) -> None:
    """The nightly run was missed."""

    def load(project: Project, own: Sequence[Request], store: OnlineStore) -> None:
        _load(project, own, store)
        _load(project, own, store, {one.number: dt.timedelta(days=1) for one in own}, only=("route_stats",))

    _serve(month.project(), month, requests, log, load)


def _definition(month: Month, requests: Sequence[Request], log: ServingLog) -> None:
    """A server has another definition than the project has now."""
    project = month.project(variables={"late_minutes": 20})
    _serve(project, month, requests, log, _load)


def _lost(month: Month, requests: Sequence[Request], log: ServingLog) -> None:
    """Entities are gone from the store."""

    def load(project: Project, own: Sequence[Request], store: OnlineStore) -> None:
        _load(project, own, store)
        for place in range(len(own)):
            for version in (project.workspace.versions[view] for view in _LOST):
                within = store.within(namespace(place))
                found = within.state(version)
                assert found is not None
                within.replace(replace(found, rows=0), ())

    _serve(month.project(), month, requests, log, load)


def _rounding(month: Month, requests: Sequence[Request], log: ServingLog) -> None:
    """Somebody on the way has numbers of two digits after the point, and of 32 bits."""

    def rounded(vector: Vector) -> Vector:
        cut = {name: [_cut(value) for value in vector.values[name]] for name in _CUT}
        return replace(vector, values={**vector.values, **cut})

    _serve(month.project(), month, requests, log, _load, rounded)


_CUT = ("carrier_arr_delay_30d", "route_arr_delay_stddev_30d", "last_arrival_speed_mph")


def _cut(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _correction(month: Month, requests: Sequence[Request], log: ServingLog) -> None:
    """One correction never came."""
    arrivals = pq.read_table(month.folder / "arrivals.parquet")
    is_correction = pc.not_equal(arrivals.column("known_at"), arrivals.column("arrived_at").cast(pa.timestamp("us")))
    for one in requests:
        own = pc.and_(is_correction, pc.equal(arrivals.column("flight_id"), one.fields.pop("_flight")))
        pq.write_table(arrivals.filter(pc.invert(own)), month.folder / "arrivals.parquet")
        _serve(month.project(), month, [one], log, _load)
    pq.write_table(arrivals, month.folder / "arrivals.parquet")


_TROUBLES = {
    "late": _late,
    "stale": _stale,
    "definition": _definition,
    "lost": _lost,
    "rounding": _rounding,
    "correction": _correction,
}
KINDS = tuple(_TROUBLES)


def _serve(
    project: Project,
    month: Month,
    requests: Sequence[Request],
    log: ServingLog,
    load: _Load,
    on_the_way: Callable[[Vector], Vector] = lambda vector: vector,
) -> None:
    workspace = project.workspace
    service = workspace.services[SERVICE]
    bundle = bundle_of(service, workspace.versions, project="flights", store="")
    store = SqliteStore(month.folder / "states.db")
    load(project, requests, store)
    server = FeatureServer(bundle, store)
    for place, one in enumerate(requests):
        vector = server.reading(store.within(namespace(place))).get([one.fields], as_of=one.at)
        log.of(bundle).record({name: [value] for name, value in one.fields.items()}, on_the_way(vector), one.id)
    store.close()
    (month.folder / "states.db").unlink()


def _load(
    project: Project,
    requests: Sequence[Request],
    store: OnlineStore,
    behind: Mapping[int, dt.timedelta] | None = None,
    only: Sequence[str] = (),
) -> None:
    """Each request's state as a run would have loaded it at its moment, or somewhat before."""
    workspace = project.workspace
    service = workspace.services[SERVICE]
    if only:
        service = replace(service, instances=tuple(one for one in service.instances if one.view.name in only))
    late = behind or {}
    moments = {one.number: one.at - late.get(one.number, dt.timedelta()) for one in requests}
    rows = [one.fields | {"loaded_at": moments[one.number]} for one in requests]
    with workspace.engine() as engine:
        load_spine(engine, pa.Table.from_pylist(rows), "loaded_at", workspace.services[SERVICE].spine_columns)
        places = {place: microseconds(moments[one.number]) for place, one in enumerate(requests)}
        load_points(engine, store, service, workspace.versions, places)
