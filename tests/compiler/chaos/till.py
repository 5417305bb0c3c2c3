"""A project of every kind of view whose rows come late, twice, corrected and retracted, and a random log of them."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from skewless import Project
from skewless.ground.moments import microseconds
from skewless.ingest.view_writer import ViewWriter
from skewless.ingest.writer import SourceWriter
from skewless.serve.server import FeatureServer
from skewless.stores.store import OnlineStore, Part
from skewless.tasks.source_plans import source_plans
from skewless.verify.equality import equal, tolerant_outputs

SINCE, END = dt.datetime(2026, 6, 12, 6), dt.datetime(2026, 6, 12, 12)
"""The state is loaded as of the first, and the last row becomes known before the second."""
FLOOR = END - dt.timedelta(hours=1)
"""No stream moves the earliest moment of a state beyond this."""
BEFORE_END = [END - dt.timedelta(minutes=minutes) for minutes in (60, 41, 13)]
AT_END = [END, END + dt.timedelta(minutes=25)]
AFTER_END = [END + dt.timedelta(minutes=minutes) for minutes in (180, 23 * 60)]
USERS = (*range(1, 13), -1, -2)
"""Those that are asked for; the last two never do anything."""
SOURCES = ("till.visits", "till.orders")
_STAMP = pa.timestamp("us")
_SCHEMAS = {
    "till.visits": pa.schema(
        {"visit_id": pa.int64(), "user_id": pa.int64(), "at": _STAMP, "heard_at": _STAMP, "spent": pa.float64()}
    ),
    "till.orders": pa.schema(
        {
            "order_id": pa.int64(),
            "revision": pa.int32(),
            "user_id": pa.int64(),
            "ordered_at": _STAMP,
            "loaded_at": _STAMP,
            "amount": pa.float64(),
            "country": pa.string(),
            "is_void": pa.bool_(),
        }
    ),
}
_PROPERTIES = """entities:
  - {name: user, keys: [{name: user_id, data_type: bigint}]}
sources:
  - name: till
    tables:
      - name: visits
        path: visits.parquet
        event_time: at
        known_at: heard_at
        primary_key: [visit_id]
        append_only: true
        stream: {type: redis, url: 'STREAM'}
        columns:
          - {name: visit_id, data_type: bigint}
          - {name: user_id, data_type: bigint}
          - {name: at, data_type: timestamp}
          - {name: heard_at, data_type: timestamp}
          - {name: spent, data_type: double}
      - name: orders
        path: orders.parquet
        event_time: ordered_at
        known_at: loaded_at
        primary_key: [order_id]
        tie_break: [order_id, revision]
        deleted: is_void
        stream: {type: redis, url: 'STREAM'}
        columns:
          - {name: order_id, data_type: bigint}
          - {name: revision, data_type: integer}
          - {name: user_id, data_type: bigint}
          - {name: ordered_at, data_type: timestamp}
          - {name: loaded_at, data_type: timestamp}
          - {name: amount, data_type: double}
          - {name: country, data_type: varchar}
          - {name: is_void, data_type: boolean}
      - name: rates
        path: rates.parquet
        static: true
        primary_key: [country]
        columns:
          - {name: country, data_type: varchar}
          - {name: rate, data_type: double}
services:
  - {name: by_row, features: [visited, ordered, last_order, both, abroad]}
  - {name: everything, features: [visited, ordered, last_order, both, abroad, hourly, before]}
"""
_MODELS = {
    "visited": """{{ config(entity='user') }}
select user_id, count(*) filter (where {{ last('1 hour') }}) as visits_1h,
    sum(spent) filter (where {{ last('1 day') }}) as spent_1d,
    list(visit_id) filter (where {{ last('3 hours') }}) as visits_3h
from {{ source('till', 'visits') }} group by user_id""",
    "ordered": """{{ config(entity='user') }}
select user_id, count(*) filter (where {{ last('1 hour') }}) as orders_1h,
    sum(amount) filter (where {{ last('1 day') }}) as amount_1d,
    list(order_id) filter (where {{ last('1 day') }}) as orders_1d,
    last(country) filter (where {{ last('3 hours') }}) as country_3h
from {{ source('till', 'orders') }} group by user_id""",
    "last_order": """{{ config(entity='user', ttl='1 day') }}
select user_id, order_id as last_id, revision as last_revision, amount as last_amount,
    date_diff('minute', ordered_at, {{ as_of() }}) as minutes_ago
from {{ source('till', 'orders') }} where amount < 900""",
    "both": """{{ config(entity='user') }}
with every as (
    select user_id, spent as amount from {{ source('till', 'visits') }}
    union all
    select user_id, amount from {{ source('till', 'orders') }}
)
select user_id, count(*) filter (where {{ last('2 hours') }}) as events_2h,
    sum(amount) filter (where {{ last('1 day') }}) as all_amounts_1d
from every group by user_id""",
    "abroad": """{{ config(entity='user') }}
select o.user_id as user_id, sum(o.amount * r.rate) filter (where {{ last('1 day') }}) as in_euro_1d,
    count(*) filter (where {{ last('1 day') }}) as abroad_1d
from {{ source('till', 'orders') }} as o join {{ source('till', 'rates') }} as r on o.country = r.country
where o.country <> 'DE' group by o.user_id""",
    "hourly": """{{ config(entity='user', refresh='1 hour', lag='10 minutes') }}
select user_id, count(*) filter (where {{ last('6 hours') }}) as orders_6h
from {{ source('till', 'orders') }} group by user_id""",
    "before": """{{ config(entity='user') }}
select v.user_id as user_id, sum(o.amount) filter (where {{ last('1 day') }}) as amount_before,
    count(*) filter (where {{ last('1 day') }}) as visits_before
from {{ source('till', 'visits') }} as v asof join {{ source('till', 'orders') }} as o
    on v.user_id = o.user_id and v.at >= o.ordered_at
group by v.user_id""",
}
Row = dict[str, Any]
Log = Mapping[str, Sequence[Row]]
"""The rows of each source, in the order in which they become known."""
Stored = dict[tuple[str, Part], dict[bytes, bytes]]
"""The records of each part of the state of each view."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Till:
    """The project in a folder. Its target `calm` has a store of its own, in which nothing is ever disturbed."""

    folder: Path
    log: Log

    def project(self, target: str | None = None) -> Project:
        return Project.load(self.folder, target=target, environ={})

    def keep(self, log: Log) -> None:
        """What the warehouse holds."""
        for name, rows in log.items():
            aside = self.folder / "aside.parquet"
            pq.write_table(table_of(name, rows), aside)
            aside.replace(self.folder / f"{name.removeprefix('till.')}.parquet")


def write_till(
    folder: Path,
    log: Log,
    *,
    online: str,
    stream: str = "redis://nowhere",
    registry: str = "sqlite:///target/registry.db",
) -> Till:
    """The project with all rows in its warehouse. `online` is the store as a profile has it, `stream` and `registry`
    are URLs."""
    (folder / "features").mkdir(parents=True)
    (folder / "features" / "till.yml").write_text(_PROPERTIES.replace("STREAM", stream))
    for name, text in _MODELS.items():
        (folder / "features" / f"{name}.sql").write_text(text)
    (folder / "skewless.yml").write_text("name: till\nid: till\nversion: '1'\nprofile: till\n")
    calm = "{type: sqlite, path: target/calm.db}"
    (folder / "profiles.yml").write_text(
        "till:\n  target: dev\n  outputs:\n"
        f"    dev: {{type: duckdb, threads: 1, online: {online}, registry: '{registry}'}}\n"
        f"    calm: {{type: duckdb, threads: 1, online: {calm}}}\n"
    )
    rates = {"country": ["DE", "CH", "US"], "rate": [1.0, 1.07, 0.86]}
    pq.write_table(pa.table(rates), folder / "rates.parquet")
    till = Till(folder=folder, log=log)
    till.keep(log)
    return till


def table_of(name: str, rows: Sequence[Row]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=_SCHEMAS[name])


def random_log(seed: int, visits: int, orders: int, users: int = 12) -> Log:
    """Visits that are heard of late, and orders that are corrected, moved to another user, retracted and restored."""
    dice = _Dice(seed, users)
    first = SINCE - (END - SINCE)
    rows = {
        "till.visits": [_visit(dice, number, first) for number in range(visits)],
        "till.orders": [row for number in range(orders) for row in _versions(dice, number, first)],
    }
    return {name: sorted(own, key=_known_at) for name, own in rows.items()}


def known_before(log: Log, moment: dt.datetime) -> Log:
    return {name: [row for row in rows if _known_at(row) < moment] for name, rows in log.items()}


def known_from(log: Log, moment: dt.datetime) -> Log:
    return {name: [row for row in rows if _known_at(row) >= moment] for name, rows in log.items()}


def _known_at(row: Row) -> dt.datetime:
    found: dt.datetime = row.get("heard_at") or row["loaded_at"]
    return found


class _Dice(random.Random):
    def __init__(self, seed: int, users: int) -> None:
        super().__init__(seed)
        self._users = users

    def user(self) -> int | None:
        return None if self.random() < 0.02 else self.randint(1, self._users)

    def moment(self, first: dt.datetime, last: dt.datetime) -> dt.datetime:
        """One before the last; whole minutes are frequent, so that moments coincide."""
        found = first + dt.timedelta(seconds=self.randrange(int((last - first).total_seconds())))
        return found.replace(second=0) if self.random() < 0.5 else found


def _visit(dice: _Dice, number: int, first: dt.datetime) -> Row:
    heard_at = dice.moment(first, END)
    late = dt.timedelta(minutes=dice.choice([0, 0, 1, 5, 90]))
    return {
        "visit_id": number,
        "user_id": dice.user(),
        "at": heard_at - late,
        "heard_at": heard_at,
        "spent": dice.randrange(1000) / 10,
    }


def _versions(dice: _Dice, number: int, first: dt.datetime) -> Iterator[Row]:
    known = dice.moment(first, END)
    row: Row = {
        "order_id": number,
        "revision": 0,
        "user_id": dice.user(),
        "ordered_at": known - dt.timedelta(minutes=dice.choice([0, 2, 30, -20])),
        "loaded_at": known,
        "amount": dice.randrange(10_000) / 10,
        "country": dice.choice(["DE", "CH", "US", "XX", None]),
        "is_void": False,
    }
    yield row
    while dice.random() < 0.5:
        known = dice.moment(known, END) if known < END - dt.timedelta(minutes=1) else known
        row = {**row, "revision": row["revision"] + 1, "loaded_at": known, **_change(dice, row)}
        yield row


def _change(dice: _Dice, row: Row) -> Row:
    return dice.choice(
        [
            {"amount": dice.randrange(10_000) / 10},
            {"user_id": dice.user()},
            {"is_void": not row["is_void"]},
            {"ordered_at": (row["ordered_at"] or row["loaded_at"]) - dt.timedelta(minutes=7)},
            {"ordered_at": None},
            {"country": "CH"},
        ]
    )


def _trained(project: Project, service: str, moments: Sequence[dt.datetime]) -> list[Row]:
    """What training says of every user at every moment, over all rows of the warehouse."""
    rows = [{"user_id": user, "asked_at": at} for at in moments for user in USERS]
    spine = pa.Table.from_pylist(rows, schema=pa.schema({"user_id": pa.int64(), "asked_at": _STAMP}))
    found: list[Row] = project.training_set(service, spine, timestamp="asked_at").to_pylist()
    return found


def differences(till: Till, service: str, moments: Sequence[dt.datetime], target: str | None = None) -> list[str]:
    """Where the state answers otherwise than training does."""
    project = till.project(target)
    plan = project.workspace.service(service)
    tolerant = tolerant_outputs(plan)
    types = {one.name: one.instance.view.feature(one.feature).dtype for one in plan.outputs}
    server = project.server(service)
    expected = iter(_trained(project, service, moments))
    found = []
    for at in moments:
        for user, served in zip(USERS, _vectors(server, at), strict=True):
            row = next(expected)
            found += [
                f"{name} of user {user} at {at}: trained {row[name]}, served {served[name]}"
                for name, dtype in types.items()
                if not equal(row[name], served[name], dtype, is_tolerant=name in tolerant)
            ]
    server.close()
    return found


def _vectors(server: FeatureServer, at: dt.datetime) -> list[Row]:
    vector = server.get([{"user_id": user} for user in USERS], as_of=at)
    return [{name: vector.values[name][place] for name in vector.names} for place in range(len(USERS))]


def load_calmly(till: Till) -> None:
    """The state of the target `calm`: loaded once, and every row written to it once, each source's together."""
    project = till.project("calm")
    project.run(as_of=SINCE)
    store = project.workspace.store()
    for plan in source_plans(project.workspace, frozenset(project.workspace.views)):
        SourceWriter(plan, store).write(table_of(plan.source, known_from(till.log, SINCE)[plan.source]))
    store.close()


def stored(till: Till, target: str | None = None) -> Stored:
    """The bytes of all that is written row by row, without what cannot be asked for any more.

    How many versions that were replaced are still there depends on when somebody looked, so these are left out.
    """
    project = till.project(target)
    store = project.workspace.store()
    found: Stored = {}
    plans = source_plans(project.workspace, frozenset(project.workspace.views))
    for view in {view.view: view for plan in plans for view in plan.views}.values():
        store.advance(view.version, microseconds(FLOOR))
        writer = ViewWriter(view)
        writer.prepare(store)
        writer.sweep(store)
        found[view.view, "entities"] = dict(_records(store, view.version, "entities"))
        versions = dict(_records(store, view.version, "versions"))
        found[view.view, "versions"] = {
            key: value
            for number, one in enumerate(view.timed)
            if one.versions_sql
            for key, value in _needed(writer, one.relation, [versions[key] for key in versions if key[0] == number])
        }
    store.close()
    return found


def _needed(writer: ViewWriter, relation: str, values: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Versions of events, as a store holds them, without those that make no difference."""
    versions = writer._versions[relation]
    return versions.needed(versions._table(values), microseconds(FLOOR))[1]


def _records(store: OnlineStore, version: str, part: Part) -> Iterator[tuple[bytes, bytes]]:
    for keys in store.keys(version, part):
        for key, value in zip(keys, store.fetch(version, part, keys)[1], strict=True):
            if value is not None:  # the index of a store may name what is gone
                yield key, value
