"""A project with a feature of every type, composite keys, an alias and request fields, loaded as of noon."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from click.testing import CliRunner

from skewless.cli.main import cli

NOON = dt.datetime(2026, 6, 12, 12)
NOON_TEXT = "2026-06-12T12:00:00Z"
PROPERTIES = """entities:
  - {name: user, keys: [{name: user_id, data_type: bigint}]}
  - {name: stall, keys: [{name: user_id, data_type: bigint}, {name: stall, data_type: varchar}]}
sources:
  - name: bazaar
    tables:
      - name: orders
        path: orders.parquet
        event_time: ordered_at
        primary_key: [order_id]
        append_only: true
        columns:
          - {name: order_id, data_type: bigint}
          - {name: user_id, data_type: bigint}
          - {name: stall, data_type: varchar}
          - {name: ordered_at, data_type: timestamp}
          - {name: amount, data_type: double}
          - {name: price, data_type: 'decimal(30,2)'}
services:
  - {name: everything, features: [spending, types, risk]}
  - {name: types, features: [types]}
  - {name: stalls, features: [stalls]}
  - name: sides
    features: [spending, {view: spending, as: buyer, on: {user_id: buyer_id}, features: [orders_1h]}]
  - {name: overflowing, features: [overflow]}
  - {name: echoes, features: [echo]}
"""
MODELS = {
    "spending": """{{ config(entity='user') }}
select user_id, count(*) filter (where {{ last('1 hour') }}) as orders_1h,
    sum(amount) filter (where {{ last('1 hour') }}) as amount_1h
from {{ source('bazaar', 'orders') }} group by user_id""",
    "types": """{{ config(entity='user', ttl='2 hours') }}
select user_id, amount > 20 as is_large, cast(order_id as integer) as small, order_id * 1000000007 as big,
    cast(amount as float) as narrow, amount, price, stall as word, cast(ordered_at as date) as day,
    ordered_at as at, [order_id, null] as numbers, [amount] as amounts, nullif(stall, 'a') as maybe
from {{ source('bazaar', 'orders') }}""",
    "stalls": """{{ config(entity='stall') }}
select user_id, stall, amount as last_amount from {{ source('bazaar', 'orders') }}""",
    "risk": """{{ config(request={'asked': 'double'}) }}
select r.asked / t.amount as to_last, s.orders_1h + 1 as orders_with_this
from {{ request() }} as r left join {{ ref('types') }} as t using (user_id)
left join {{ ref('spending') }} as s using (user_id)""",
    "overflow": """{{ config(request={'factor': 'integer'}) }}
select t.user_id + 0 as same, r.factor * 2147483647 as scaled
from {{ request() }} as r left join {{ ref('types') }} as t using (user_id)""",
    "echo": """{{ config(entity='user', request={'number': 'double', 'money': 'decimal(30,2)', 'at': 'timestamp', 'day': 'date'}) }}
select r.number as same_number, r.money as same_money, r.at as same_at, r.day as same_day
from {{ request() }} as r left join {{ ref('types') }} as t using (user_id)""",
    "loan": """{{ config(entity='user', request={'asked': 'decimal(30,2)', 'parts': 'decimal(30,2)[]', 'numbers': 'double[]', 'days': 'date[]'}) }}
select r.asked as same_asked, r.parts as same_parts, r.numbers as same_numbers, r.days as same_days,
    cast(r.asked * 0 as decimal(38,10)) as nothing
from {{ request() }} as r left join {{ ref('types') }} as t using (user_id)""",
    "last_stall": """{{ config(entity='user') }}
select user_id, stall from {{ source('bazaar', 'orders') }}""",
    "hidden": """{{ config(entity='user', online=false) }}
select user_id, amount as hidden_amount from {{ source('bazaar', 'orders') }}""",
}
# order, user, stall, minutes before noon, amount, price
ORDERS = [
    (1, 1, "a", 30.0, 10.0, "12345678901234567890.12"),
    (2, 1, "b", 15.0, 30.5, "0.50"),
    (3, 2, "b", 180.0, 50.0, "7.00"),
    (4, 3, "a", 10.0075, float("nan"), "1.00"),
    (5, 4, "b", 5.0, float("inf"), "1.00"),
]


SQLITE = "{type: sqlite, path: target/online.db}"


def write_bazaar(folder: Path, online: str = SQLITE) -> Path:
    """The folder of its bundles; the online store is loaded."""
    (folder / "features").mkdir(parents=True)
    (folder / "features" / "bazaar.yml").write_text(PROPERTIES)
    for name, text in MODELS.items():
        (folder / "features" / f"{name}.sql").write_text(text)
    (folder / "skewless.yml").write_text("name: bazaar\nversion: '1'\nprofile: bazaar\n")
    (folder / "profiles.yml").write_text(
        f"bazaar: {{target: dev, outputs: {{dev: {{type: duckdb, online: {online}}}}}}}\n"
    )
    rows = [
        {
            "order_id": order, "user_id": user, "stall": stall, "ordered_at": NOON - dt.timedelta(minutes=minutes),
            "amount": amount, "price": price,
        }
        for order, user, stall, minutes, amount, price in ORDERS
    ]  # fmt: skip
    table = pa.Table.from_pylist(rows)
    place = table.schema.get_field_index("price")
    table = table.set_column(place, "price", table.column(place).cast(pa.decimal128(30, 2)))
    pq.write_table(table, folder / "orders.parquet")
    load(folder)
    return folder / "target" / "serving"


def load(folder: Path) -> None:
    """As of noon."""
    result = CliRunner().invoke(cli, ["run", "--project-dir", str(folder), "--as-of", NOON_TEXT])
    assert result.exit_code == 0, result.output
