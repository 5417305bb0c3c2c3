"""The flights' features by two joins: by the dates of events, and point in time; and as they are served."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from skewless.tasks.train import training_set
from skewless.tasks.workspace import Options, Workspace, load_workspace
from skewless.verify.parity import serve_spine

ROOT = Path(__file__).parents[2]
DATA = ROOT / "target/data/flights"
SERVICE, TIMESTAMP = "delay_v1", "event_timestamp"
FEATURES = (
    "departures_1h", "mean_dep_delay_1h", "departures_24h", "mean_dep_delay_24h", "temperature_f", "precipitation_in",
    "visibility_miles", "carrier_arr_delay_24h", "carrier_late_share_24h", "carrier_arr_delay_7d", "route_arr_delay_30d",
    "route_late_share_30d", "tail_arrivals_7d", "tail_arr_delay_30d", "last_arrival_delay",
)  # fmt: skip
"""What both joins have under one name: numbers that a model can take."""
_NAIVE = Path(__file__).with_name("naive.sql")


def flights(months: Sequence[int], count: int | None = None) -> pa.Table:
    """Flights of some months of 2013, in the order of their numbers; a sample of so many, the same each time."""
    chosen = "" if count is None else f"ORDER BY hash(flight_id) LIMIT {int(count)}"
    listed = ", ".join(str(int(month)) for month in months)
    with duckdb.connect() as connection:
        found: pa.Table = connection.sql(
            f"SELECT * FROM (SELECT * FROM read_parquet('{DATA}/spine.parquet') "
            f"WHERE year(sched_dep_utc) = 2013 AND month(sched_dep_utc) IN ({listed}) {chosen}) ORDER BY flight_id"
        ).to_arrow_table()
    return found


def naive(spine: pa.Table) -> pa.Table:
    """Features joined by the dates of events, in the order of the flights' numbers."""
    with duckdb.connect() as connection:
        connection.register("flight", spine)
        for name in ("departures", "arrivals", "weather"):
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{DATA}/{name}.parquet')")
        found: pa.Table = connection.sql(_NAIVE.read_text()).to_arrow_table()
    return found.select(FEATURES)


def point_in_time(spine: pa.Table) -> pa.Table:
    """Features as they were known two hours before departure."""
    workspace = _workspace()
    with workspace.engine() as engine:
        found = training_set(engine, workspace.service(SERVICE), spine.drop_columns(["late"]), TIMESTAMP)
    return found.select(FEATURES)


def served(spine: pa.Table) -> pa.Table:
    """Features as a server answers, from the state that there was at each flight's moment."""
    workspace = _workspace()
    service = workspace.service(SERVICE)
    with workspace.engine() as engine:
        training_set(engine, service, spine.drop_columns(["late"]), TIMESTAMP)  # makes the table of the moments
        rows = serve_spine(engine, service, workspace.versions, _told)
    return pa.Table.from_pylist([rows[number] for number in range(spine.num_rows)]).select(FEATURES)


def _workspace() -> Workspace:
    workspace = load_workspace(Options(project_dir=ROOT), {})
    workspace.check()
    return workspace


def _told(done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\rserved {done:,} of {total:,} flights")
        sys.stderr.flush()
