"""The two shapes of the training benchmark: 10 million events and a million moments, of many keys or of few."""

from __future__ import annotations

from pathlib import Path

import duckdb

SHAPES = {"100,000 keys of 100 events": 100_000, "1,000 keys of 10,000 events": 1_000}
EVENTS, MOMENTS = 10_000_000, 1_000_000
_DAYS = 60

MODEL = """{{ config(entity='user') }}

select
    user_id,
    count(*) filter (where {{ last('1 hour') }})    as count_1h,
    count(*) filter (where {{ last('1 day') }})     as count_1d,
    count(*) filter (where {{ last('7 days') }})    as count_7d,
    avg(amount) filter (where {{ last('1 day') }})  as mean_1d,
    avg(amount) filter (where {{ last('7 days') }}) as mean_7d,
    max(amount) filter (where {{ last('7 days') }}) as max_7d
from {{ source('bench', 'events') }}
group by user_id
"""
PROPERTIES = """entities:
  - {name: user, keys: [{name: user_id, data_type: bigint}]}
sources:
  - name: bench
    tables:
      - name: events
        path: events.parquet
        event_time: ts
        columns:
          - {name: user_id, data_type: bigint}
          - {name: ts, data_type: timestamp}
          - {name: amount, data_type: double}
services:
  - {name: bench, features: [activity]}
"""

_JOINED = """
SELECT spine.*, count_1h, count_1d, count_7d, mean_1d, mean_7d, max_7d
FROM spine LEFT JOIN ({query}) AS f ON f.rid = spine.rid ORDER BY spine.rid
"""
_RANGE_JOIN = """
SELECT s.rid,
    count(e.ts) FILTER (WHERE e.ts >= s.ts - INTERVAL 1 HOUR) AS count_1h,
    count(e.ts) FILTER (WHERE e.ts >= s.ts - INTERVAL 1 DAY) AS count_1d,
    count(e.ts) AS count_7d,
    avg(e.amount) FILTER (WHERE e.ts >= s.ts - INTERVAL 1 DAY) AS mean_1d,
    avg(e.amount) AS mean_7d, max(e.amount) AS max_7d
FROM spine AS s
LEFT JOIN events AS e ON e.user_id = s.user_id AND e.ts < s.ts AND e.ts >= s.ts - INTERVAL 7 DAY
GROUP BY s.rid
"""
_WINDOW = """
SELECT rid,
    count(amount) OVER hour AS count_1h, count(amount) OVER day AS count_1d, count(amount) OVER week AS count_7d,
    avg(amount) OVER day AS mean_1d, avg(amount) OVER week AS mean_7d, max(amount) OVER week AS max_7d
FROM (
    SELECT NULL AS rid, user_id, ts, amount FROM events
    UNION ALL SELECT rid, user_id, ts, NULL FROM spine
)
WINDOW
    hour AS (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL 1 HOUR PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING),
    day AS (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL 1 DAY PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING),
    week AS (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL 7 DAY PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING)
QUALIFY rid IS NOT NULL
"""
BY_HAND = {"range join, by hand": _RANGE_JOIN, "window over a union, by hand": _WINDOW}


def write_shape(folder: Path, keys: int, events: int, moments: int) -> None:
    """A project with its data: events.parquet and spine.parquet."""
    (folder / "features").mkdir(parents=True, exist_ok=True)
    (folder / "features" / "activity.sql").write_text(MODEL)
    (folder / "features" / "bench.yml").write_text(PROPERTIES)
    (folder / "skewless.yml").write_text("name: bench\nversion: '1'\nprofile: bench\n")
    (folder / "profiles.yml").write_text(
        "bench: {target: dev, outputs: {dev: {type: duckdb, threads: 2, memory_limit: 4GB}}}\n"
    )
    seconds = _DAYS * 86_400
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT (hash(i) % {keys})::BIGINT AS user_id, TIMESTAMP '2026-01-01' "
            f"+ to_microseconds((hash(i + 1) % {seconds})::BIGINT * 1000000) AS ts, "
            f"(hash(i + 2) % 10000)::DOUBLE / 100.0 AS amount FROM range({events}) AS r(i)) "
            f"TO '{folder / 'events.parquet'}' (FORMAT parquet)"
        )
        connection.execute(
            f"COPY (SELECT i AS rid, (hash(i + 9) % {keys})::BIGINT AS user_id, TIMESTAMP '2026-01-01' "
            f"+ to_microseconds((hash(i + 5) % {seconds})::BIGINT * 1000000) AS ts FROM range({moments}) AS r(i)) "
            f"TO '{folder / 'spine.parquet'}' (FORMAT parquet)"
        )


def run_by_hand(folder: Path, name: str) -> None:
    """One plan as an expert would write it: the same files in, the same columns out."""
    with duckdb.connect(
        config={"threads": 2, "memory_limit": "4GB", "temp_directory": str(folder / "spill")}
    ) as connection:
        for table in ("events", "spine"):
            connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{folder / table}.parquet')")
        query = _JOINED.format(query=BY_HAND[name])
        connection.execute(f"COPY ({query}) TO '{folder / 'by_hand.parquet'}' (FORMAT parquet)")


def run_train(folder: Path) -> None:
    """The same through `train`."""
    from skewless.tasks.train import write_training_set
    from skewless.tasks.workspace import Options, load_workspace

    workspace = load_workspace(Options(project_dir=folder), {})
    workspace.check()
    with workspace.engine() as engine:
        service = workspace.service("bench")
        write_training_set(engine, service, folder / "spine.parquet", "ts", folder / "trained.parquet")
