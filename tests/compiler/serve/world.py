"""A small project with one view of each layout, and its data, for tests of the serving process."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from skewless import Project

NOON = dt.datetime(2026, 6, 12, 12)
PROPERTIES = """entities:
  - {name: user, keys: [{name: user_id, data_type: bigint}]}
sources:
  - name: shop
    tables:
      - name: orders
        path: orders.parquet
        event_time: ordered_at
        primary_key: [order_id]
        append_only: true
        columns:
          - {name: order_id, data_type: bigint}
          - {name: user_id, data_type: bigint}
          - {name: ordered_at, data_type: timestamp}
          - {name: amount, data_type: double}
          - {name: items, data_type: integer}
services:
  - {name: all_kinds, features: [recent, last_order, daily, ratio]}
  - {name: stored_only, features: [last_order, daily]}
  - {name: overflowing, features: [recent, product]}
  - {name: lagged, features: [nightly]}
"""
MODELS = {
    "recent": """{{ config(entity='user') }}
select user_id, count(*) filter (where {{ last('1 hour') }}) as orders_1h,
    sum(amount) filter (where {{ last('1 hour') }}) as amount_1h
from {{ source('shop', 'orders') }} group by user_id""",
    "last_order": """{{ config(entity='user', ttl='2 hours') }}
select user_id, amount as last_amount, date_diff('minute', ordered_at, {{ as_of() }}) as minutes_ago
from {{ source('shop', 'orders') }}""",
    "daily": """{{ config(entity='user', refresh='1 day') }}
select user_id, count(*) filter (where {{ last('30 days') }}) as orders_30d,
    avg(amount) filter (where {{ last('30 days') }}) as mean_30d
from {{ source('shop', 'orders') }} group by user_id""",
    "nightly": """{{ config(entity='user', refresh='1 day', lag='6 hours') }}
select user_id, count(*) filter (where {{ last('1 day') }}) as orders_1d
from {{ source('shop', 'orders') }} group by user_id""",
    "ratio": """{{ config(request={'amount': 'double'}) }}
select r.amount / l.last_amount as to_last, r.amount - d.mean_30d as over_mean, rc.orders_1h + 1 as orders_with_this
from {{ request() }} as r left join {{ ref('last_order') }} as l using (user_id)
left join {{ ref('daily') }} as d using (user_id) left join {{ ref('recent') }} as rc using (user_id)""",
    "product": """{{ config(request={'factor': 'integer'}) }}
select l.user_id + 0 as same, r.factor * 2147483647 as scaled
from {{ request() }} as r left join {{ ref('last_order') }} as l using (user_id)""",
}
# order, user, hours before noon, amount
ORDERS = [
    (1, 1, 0.5, 10.0),
    (2, 1, 0.25, 30.0),
    (3, 2, 3.0, 50.0),
    (4, 3, 24.0 * 40, 70.0),
    (5, 1, 24.0, 20.0),
    (6, 4, 0.0, 90.0),
]


SQLITE = "{type: sqlite, path: target/online.db}"


def write_world(folder: Path, online: str = SQLITE) -> Project:
    """The project, compiled; its state is not loaded. `online` is the online store as a profile has it."""
    (folder / "features").mkdir(parents=True)
    (folder / "features" / "shop.yml").write_text(PROPERTIES)
    for name, text in MODELS.items():
        (folder / "features" / f"{name}.sql").write_text(text)
    (folder / "skewless.yml").write_text("name: shop\nversion: '1'\nprofile: shop\n")
    (folder / "profiles.yml").write_text(
        f"shop: {{target: dev, outputs: {{dev: {{type: duckdb, online: {online}}}}}}}\n"
    )
    write_orders(folder, ORDERS)
    return Project.load(folder, environ={})


def write_orders(folder: Path, orders: list[tuple[int, int, float, float]]) -> None:
    rows: list[dict[str, Any]] = [
        {
            "order_id": order,
            "user_id": user,
            "ordered_at": NOON - dt.timedelta(hours=hours),
            "amount": amount,
            "items": 1,
        }
        for order, user, hours, amount in orders
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "orders.parquet")
