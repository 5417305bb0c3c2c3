"""A small shop in a folder, and the commands that work on it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from click.testing import CliRunner, Result

from skewless.cli.main import cli

FILES = {
    "skewless.yml": "name: shop\nversion: '1.0'\nprofile: shop\nvars:\n  large: 100\n",
    "profiles.yml": (
        "shop:\n  target: dev\n  outputs:\n"
        "    dev: {type: duckdb, threads: 1, online: {type: sqlite, path: target/online.db}}\n"
        "    other: {type: duckdb, threads: 1, online: {type: sqlite, path: other/online.db}}\n"
    ),
    "features/user_totals.sql": (
        "{{ config(entity='user', tags=['money']) }}\n"
        "select user_id,\n"
        "    count(*) filter (where {{ last('1 day') }}) as orders_1d,\n"
        "    sum(amount) filter (where {{ last('1 day') }}) as amount_1d\n"
        "from {{ source('shop', 'orders') }}\n"
        "group by user_id\n"
    ),
    "features/people/user_profile.sql": (
        "{{ config(entity='user', ttl='30 days') }}\nselect user_id, country from {{ source('shop', 'profiles') }}\n"
    ),
    "features/basket.sql": (
        "{{ config(entity='user', request={'amount': 'double'}) }}\n"
        "select r.amount > {{ var('large') }} as is_large,\n"
        "    r.amount / nullif(t.amount_1d, 0) as amount_ratio\n"
        "from {{ request() }} as r\n"
        "left join {{ ref('user_totals') }} as t using (user_id)\n"
    ),
    "features/shop.yml": """
entities:
  - {name: user, keys: [{name: user_id, data_type: bigint}]}
sources:
  - name: shop
    tables:
      - name: orders
        path: data/orders.csv
        event_time: ordered_at
        primary_key: [order_id]
        append_only: true
        columns:
          - {name: order_id, data_type: bigint, data_tests: [not_null, unique]}
          - {name: user_id, data_type: bigint}
          - {name: amount, data_type: double, data_tests: [{accepted_range: {min: 0}}]}
          - {name: ordered_at, data_type: timestamp}
      - name: profiles
        path: data/profiles.parquet
        event_time: changed_at
        columns:
          - {name: user_id, data_type: bigint}
          - {name: country, data_type: varchar}
          - {name: changed_at, data_type: timestamp}
        primary_key: [user_id, changed_at]
        append_only: true
features:
  - name: user_totals
    description: What a user ordered.
    columns:
      - {name: orders_1d, data_type: bigint, description: Orders of the last day., data_tests: [not_null]}
services:
  - name: checkout_v1
    features: [user_totals, user_profile, basket]
  - name: totals_v1
    features: [user_totals]
""",
    "tests/shop.yml": """
unit_tests:
  - name: counts_the_last_day
    model: user_totals
    given:
      - input: source('shop', 'orders')
        rows:
          - {order_id: 1, user_id: 1, amount: 10.0, ordered_at: 2026-01-01 09:00:00}
    expect:
      rows:
        - {user_id: 1, as_of: 2026-01-01 10:00:00, orders_1d: 1, amount_1d: 10.0}
        - {user_id: 1, as_of: 2026-01-03 10:00:00, orders_1d: 0, amount_1d: null}
""",
    "data/orders.csv": (
        "order_id,user_id,amount,ordered_at\n"
        "1,1,10.0,2026-01-01 09:00:00\n"
        "2,1,20.0,2026-01-01 11:00:00\n"
        "3,2,50.0,2026-01-01 10:00:00\n"
    ),
}
NOON = "2026-01-01T12:00:00Z"


@dataclass(frozen=True)
class Shop:
    """Commands run in this process, in the project's folder, with an environment of their own."""

    root: Path

    def write(self, path: str, text: str) -> Shop:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return self

    def replace(self, path: str, old: str, new: str) -> Shop:
        text = self.read(path)
        assert old in text
        return self.write(path, text.replace(old, new))

    def read(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    def json(self, path: str) -> Any:
        return json.loads(self.read(path))

    def exists(self, path: str) -> bool:
        return (self.root / path).exists()

    def files(self, folder: str) -> set[str]:
        top = self.root / folder
        return {path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_file()}

    def run(self, *arguments: str, env: dict[str, str] | None = None, stdin: str | None = None) -> Result:
        """A command and what came of it; what it raises is not hidden."""
        before = Path.cwd()
        os.chdir(self.root)
        try:
            return CliRunner(catch_exceptions=False).invoke(cli, arguments, env=env, input=stdin)
        finally:
            os.chdir(before)

    def ok(self, *arguments: str, **settings: Any) -> Result:
        result = self.run(*arguments, **settings)
        assert result.exit_code == 0, result.output
        return result


def write_shop(root: Path) -> Shop:
    shop = Shop(root)
    for path, text in FILES.items():
        shop.write(path, text)
    rows = [
        {"user_id": 1, "country": "CH", "changed_at": "2025-12-24 08:00:00"},
        {"user_id": 1, "country": "DE", "changed_at": "2026-01-01 08:00:00"},
    ]
    table = pa.Table.from_pylist(rows)
    moments = table["changed_at"].cast(pa.timestamp("us"))
    pq.write_table(table.set_column(2, "changed_at", moments), root / "data" / "profiles.parquet")
    return shop


def log_lines(output: str) -> list[dict[str, Any]]:
    """The lines of `--log-format json`."""
    return [json.loads(line) for line in output.splitlines()]
