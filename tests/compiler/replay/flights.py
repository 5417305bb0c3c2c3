"""The example's flights as a project of their own, whose events are streams: all of its views, all of them fresh."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROOT = Path(__file__).parents[3]
DATA = ROOT / "target/data/flights"
KNOWN: Mapping[str, tuple[str, dt.timedelta]] = {
    "flights.departures": ("departed_at", dt.timedelta()),
    "flights.arrivals": ("arrived_at", dt.timedelta()),
    "flights.weather": ("observed_at", dt.timedelta(hours=1)),
}
"""The event time of each source, and how much later its rows are known."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One row of a source, as it is sent."""

    known: dt.datetime
    source: str
    text: str


def write_flights(folder: Path, *, online: str, stream: str) -> None:
    """The project. `online` is the store as a profile has it, `stream` the URL that events come from.

    What is computed at ticks alone is computed at once, so that it follows the streams as well.
    """
    shutil.copytree(ROOT / "features/flights", folder / "features/flights")
    shutil.copytree(ROOT / "macros", folder / "macros")
    settings = "vars: {late_minutes: 15, long_haul_miles: 1500}"
    (folder / "skewless.yml").write_text(f"name: flights\nversion: '1'\nprofile: flights\n{settings}\n")
    (folder / "profiles.yml").write_text(
        f"flights:\n  target: dev\n  outputs:\n    dev: {{type: duckdb, threads: 1, online: {online}}}\n"
    )
    _replace(folder / "features/flights/route_stats.sql", ", refresh='1 day'", "", 1)
    properties = folder / "features/flights/flights.yml"
    _replace(properties, "path: target/data/", f"path: {ROOT}/target/data/", 5)
    streamed = f"append_only: true\n        stream: {{type: redis, url: '{stream}'}}\n"
    _replace(properties, "append_only: true\n", streamed, len(KNOWN))


def _replace(path: Path, old: str, new: str, count: int) -> None:
    text = path.read_text()
    assert text.count(old) == count
    path.write_text(text.replace(old, new))


def events(first: dt.datetime, last: dt.datetime) -> list[Event]:
    """All that became known from one moment on and before the other, in that order."""
    return sorted((one for source in KNOWN for one in _of(source, first, last)), key=lambda one: one.known)


def _of(source: str, first: dt.datetime, last: dt.datetime) -> Iterator[Event]:
    name, delay = KNOWN[source]
    table = pq.read_table(DATA / f"{source.removeprefix('flights.')}.parquet")
    times = table.column(name).cast(pa.timestamp("us"))
    is_within = pc.and_(pc.greater_equal(times, first - delay), pc.less(times, last - delay))
    for row in table.filter(is_within).to_pylist():
        yield Event(row[name] + delay, source, json.dumps(row, default=dt.datetime.isoformat))


def asked_rows(first: dt.datetime, last: dt.datetime) -> list[Row]:
    """The rows of the example's spine between two moments, in the order of their moments."""
    spine = pq.read_table(DATA / "spine.parquet").drop_columns(["late", "flight_id"])
    times = spine.column("event_timestamp").cast(pa.timestamp("us"))
    found: list[Row] = spine.filter(pc.and_(pc.greater_equal(times, first), pc.less(times, last))).to_pylist()
    return sorted(found, key=lambda row: row["event_timestamp"])
