"""A shop with one view of each kind that Feast's clients treat in a way of its own, and its rows."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

FILES = {
    "skewless.yml": "name: shop\nversion: '1'\nprofile: shop\n",
    "profiles.yml": (
        "shop: {target: dev, outputs: {dev: {type: duckdb, online: {type: sqlite, path: target/online.db}}}}\n"
    ),
    "features/shop.yml": """
entities:
  - {name: user, description: Who buys., keys: [{name: user_id, data_type: bigint}]}
  - {name: item, keys: [{name: user_id, data_type: bigint}, {name: sku, data_type: varchar}]}
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
          - {name: sku, data_type: varchar}
          - {name: amount, data_type: double}
          - {name: note, data_type: varchar}
          - {name: ordered_at, data_type: timestamp}
features:
  - name: last_order
    description: The latest order of two hours.
    config: {ttl: 2 hours, owner: sales, tags: [orders], meta: {tier: gold, level: 3}}
  - name: ratio
    description: The price against the latest order.
    columns:
      - {name: to_last, data_type: double, description: The price as a multiple of the last amount.}
      - {name: is_more, data_type: boolean, description: Whether it is more.}
  - name: every_type
    columns:
      - {name: a_decimal, data_type: "decimal(12,2)"}
      - {name: a_float, data_type: float}
      - {name: an_integer, data_type: integer}
services:
  - name: checkout
    features:
      - last_order
      - recent: [orders_1h]
      - basket
      - ratio
      - {view: last_order, as: payer, on: {user_id: payer_id}, features: [note]}
      - {view: ratio, as: other_price, on: {price: list_price}, features: [is_more]}
  - {name: no_clash, features: [last_order: [amount], recent: [orders_1h]]}
""",
    "features/last_order.sql": """{{ config(entity='user') }}
select user_id, amount, note from {{ source('shop', 'orders') }}""",
    "features/last_sku.sql": """{{ config(entity='user') }}
select user_id, sku, amount as price from {{ source('shop', 'orders') }}""",
    "features/recent.sql": """{{ config(entity='user') }}
select user_id, count(*) filter (where {{ last('1 hour') }}) as orders_1h,
    sum(amount) filter (where {{ last('1 hour') }}) as amount_1h
from {{ source('shop', 'orders') }} group by user_id""",
    "features/basket.sql": """{{ config(entity='item') }}
select user_id, sku, amount as item_amount from {{ source('shop', 'orders') }}""",
    "features/ratio.sql": """{{ config(entity='user', request={'price': 'double'}) }}
select r.price / l.amount as to_last, r.price > coalesce(l.amount, 0) as is_more
from {{ request() }} as r left join {{ ref('last_order') }} as l using (user_id)""",
    "features/scaling.sql": """{{ config(entity='user', request={'factor': 'integer'}) }}
select r.factor * 1000000 as scaled, r.factor + 1 as one_more from {{ request() }} as r""",
    "features/every_type.sql": """{{ config(entity='user') }}
select user_id, amount > 20 as a_boolean, amount as a_decimal, amount as a_float, order_id as a_bigint,
    order_id as an_integer, date '2026-06-12' as a_date, timestamp '2026-06-12 10:00:00.75' as a_timestamp,
    ['a', sku] as a_list, ['a', note] as a_list_with_null, ['a'][2:] as an_empty_list, 'NaN'::double as a_nan
from {{ source('shop', 'orders') }}""",
}
# order, user, sku, minutes before now, amount, note
ORDERS = [
    (1, 1, "a", 30, 10.0, "first"),
    (2, 1, "b", 15, 25.5, None),
    (3, 2, "a", 180, 50.0, "old"),
    (4, 3, "a", 45, 70.0, "third"),
]


def write_shop(folder: Path, now: dt.datetime) -> None:
    """The project and its rows; `now` is naive UTC."""
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    rows = [
        {"order_id": order, "user_id": user, "sku": sku, "amount": amount, "note": note,
         "ordered_at": now - dt.timedelta(minutes=minutes)}
        for order, user, sku, minutes, amount, note in ORDERS
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), folder / "orders.parquet")


def skewless(folder: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "skewless", *arguments], cwd=folder, check=True)  # noqa: S603
