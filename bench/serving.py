"""`FeatureServer.get` on SQLite: look-ups, ten request expressions over them, fresh aggregates."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
from measure import median_microseconds

USERS, EVENTS = 10_000, 1_000_000
AS_OF = dt.datetime(2026, 1, 13)
_PROPERTIES = """entities:
  - {name: user, keys: [{name: user_id, data_type: bigint}]}
sources:
  - name: bench
    tables:
      - name: events
        path: events.parquet
        event_time: ts
        primary_key: [event_id]
        append_only: true
        columns:
          - {name: event_id, data_type: bigint}
          - {name: user_id, data_type: bigint}
          - {name: ts, data_type: timestamp}
          - {name: f1, data_type: double}
          - {name: f2, data_type: double}
          - {name: f3, data_type: bigint}
          - {name: f4, data_type: varchar}
          - {name: f5, data_type: double}
services:
  - {name: lookup, features: [profile]}
  - {name: risk, features: [profile, risk]}
  - {name: fresh, features: [activity]}
"""
_PROFILE = "{{ config(entity='user') }}\nselect user_id, f1, f2, f3, f4, f5 from {{ source('bench', 'events') }}\n"
_ACTIVITY = """{{ config(entity='user') }}
select
    user_id,
    count(*) filter (where {{ last('1 hour') }}) as n_1h,
    avg(f1) filter (where {{ last('1 hour') }}) as mean_1h,
    sum(f2) filter (where {{ last('1 day') }}) as sum_1d,
    max(f2) filter (where {{ last('14 days') }}) as max_14d,
    min(f2) filter (where {{ last('14 days') }}) as min_14d
from {{ source('bench', 'events') }}
group by user_id
"""


def write_project(folder: Path, online: str = "{type: sqlite, path: target/online.db}") -> None:
    """10,000 users of 100 events each, to be served from the store that `online` describes in YAML."""
    (folder / "features").mkdir(parents=True, exist_ok=True)
    (folder / "skewless.yml").write_text("name: bench\nversion: '1'\nprofile: bench\n")
    (folder / "profiles.yml").write_text(
        f"bench: {{target: dev, outputs: {{dev: {{type: duckdb, threads: 2, online: {online}}}}}}}\n"
    )
    (folder / "features" / "bench.yml").write_text(_PROPERTIES)
    (folder / "features" / "profile.sql").write_text(_PROFILE)
    (folder / "features" / "activity.sql").write_text(_ACTIVITY)
    expressions = ",\n    ".join(f"r.amount * {number} / v.f1 as q{number}" for number in range(10))
    (folder / "features" / "risk.sql").write_text(
        "{{ config(entity='user', request={'amount': 'double'}) }}\nselect\n    "
        + expressions
        + "\nfrom {{ request() }} as r\nleft join {{ ref('profile') }} as v using (user_id)\n"
    )
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT i AS event_id, i % {USERS} AS user_id, TIMESTAMP '2026-01-01' + to_seconds(i) AS ts, "
            "i / 7.0 AS f1, i * 1.5 AS f2, i % 100 AS f3, 'c' || (i % 50) AS f4, i / 3.0 AS f5 "
            f"FROM range({EVENTS}) AS r(i)) TO '{folder / 'events.parquet'}' (FORMAT parquet)"
        )


def measure_get(folder: Path) -> list[tuple[str, int, float, float]]:
    """(service, rows in a request, median us, 99th percentile us)."""
    from skewless import Project

    project = Project.load(folder)
    project.run(as_of=AS_OF)
    found = []
    for service in ("lookup", "risk", "fresh"):
        server = project.server(service)
        for size in (1, 10, 100):
            extra = {"amount": 3.0} if service == "risk" else {}
            rows = [{"user_id": number * 7, **extra} for number in range(size)]
            median, worst = median_microseconds(lambda s=server, r=rows: s.get(r, as_of=AS_OF), 2000 // (size + 3))
            found.append((service, size, median, worst))
    return found
