"""A project whose sources take rows: one without versions, one with, one with a view that cannot take every row, and
one that no view follows. Its state is loaded and empty."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from click.testing import CliRunner

from skewless.cli.main import cli

PROPERTIES = """entities:
  - {name: user, keys: [{name: user_id, data_type: bigint}]}
sources:
  - name: kiosk
    tables:
      - name: sales
        path: sales.parquet
        event_time: sold_at
        primary_key: [sale_id]
        append_only: true
        columns:
          - {name: sale_id, data_type: bigint}
          - {name: user_id, data_type: bigint}
          - {name: sold_at, data_type: timestamp}
          - {name: amount, data_type: double}
          - {name: price, data_type: 'decimal(30,2)'}
      - name: visits
        path: visits.parquet
        event_time: at
        known_at: told_at
        primary_key: [visit_id]
        deleted: is_gone
        columns:
          - {name: visit_id, data_type: bigint}
          - {name: user_id, data_type: bigint}
          - {name: at, data_type: timestamp}
          - {name: told_at, data_type: timestamp}
          - {name: is_gone, data_type: boolean}
      - name: scores
        path: scores.parquet
        event_time: at
        primary_key: [score_id]
        append_only: true
        columns:
          - {name: score_id, data_type: bigint}
          - {name: user_id, data_type: bigint}
          - {name: at, data_type: timestamp}
services:
  - {name: sold, features: [sold]}
  - {name: all_of_it, features: [sold, last_sale, visited, scored]}
"""
MODELS = {
    "sold": """{{ config(entity='user') }}
select user_id, count(*) filter (where {{ last('1 hour') }}) as sales_1h,
    sum(amount) filter (where {{ last('1 hour') }}) as amount_1h,
    sum(price) filter (where {{ last('1 hour') }}) as price_1h
from {{ source('kiosk', 'sales') }} group by user_id""",
    "last_sale": """{{ config(entity='user', ttl='1 day') }}
with whole as (select user_id, sold_at, cast(amount as integer) as whole from {{ source('kiosk', 'sales') }})
select user_id, whole from whole""",
    "visited": """{{ config(entity='user') }}
select user_id, count(*) filter (where {{ last('1 day') }}) as visits_1d
from {{ source('kiosk', 'visits') }} group by user_id""",
    "scored": """{{ config(entity='user', refresh='1 day') }}
select user_id, count(*) filter (where {{ last('1 day') }}) as scores_1d
from {{ source('kiosk', 'scores') }} group by user_id""",
}
SCHEMAS = {
    "sales": {
        "sale_id": pa.int64(), "user_id": pa.int64(), "sold_at": pa.timestamp("us"), "amount": pa.float64(),
        "price": pa.decimal128(30, 2),
    },
    "visits": {
        "visit_id": pa.int64(), "user_id": pa.int64(), "at": pa.timestamp("us"), "told_at": pa.timestamp("us"),
        "is_gone": pa.bool_(),
    },
    "scores": {"score_id": pa.int64(), "user_id": pa.int64(), "at": pa.timestamp("us")},
}  # fmt: skip


def write_kiosk(folder: Path, online: str) -> Path:
    """The folder of its bundles; the state is loaded, as of an hour ago."""
    (folder / "features").mkdir(parents=True)
    (folder / "features" / "kiosk.yml").write_text(PROPERTIES)
    for name, text in MODELS.items():
        (folder / "features" / f"{name}.sql").write_text(text)
    for name, fields in SCHEMAS.items():
        pq.write_table(pa.schema(fields).empty_table(), folder / f"{name}.parquet")
    (folder / "skewless.yml").write_text("name: kiosk\nversion: '1'\nprofile: kiosk\n")
    (folder / "profiles.yml").write_text(
        f"kiosk: {{target: dev, outputs: {{dev: {{type: duckdb, online: {online}}}}}}}\n"
    )
    result = CliRunner().invoke(cli, ["run", "--project-dir", str(folder), "--as-of", ago(60)])
    assert result.exit_code == 0, result.output
    return folder / "target" / "serving"


def ago(minutes: float) -> str:
    """A moment as Feast's clients write it."""
    moment = dt.datetime.now(dt.UTC).replace(tzinfo=None) - dt.timedelta(minutes=minutes)
    return str(moment)


def sale(number: int, user: int, minutes: float = 5, **more: Any) -> dict[str, Any]:
    return {"sale_id": number, "user_id": user, "sold_at": ago(minutes), "amount": 2.5, "price": "1.25", **more}


def visit(number: int, user: int, told: float, **more: Any) -> dict[str, Any]:
    return {"visit_id": number, "user_id": user, "at": ago(50), "told_at": ago(told), "is_gone": False, **more}


def frame(*rows: dict[str, Any]) -> dict[str, list[Any]]:
    """Rows as columns."""
    return {name: [row[name] for row in rows] for name in rows[0]}
