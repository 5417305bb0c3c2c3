"""The same view on DuckDB and on Spark, where their own ways would give other values."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from frontend.small_project import PROPERTIES, written

from skewless.contract.instances import service_of_view
from skewless.tasks.train import training_set
from skewless.tasks.workspace import Options, load_workspace

PROFILES = """\
shop:
  target: {target}
  outputs:
    duckdb: {{type: duckdb, online: {{type: sqlite, path: target/o.db}}}}
    spark: {{type: spark, master: "local-cluster[2,1,1024]", online: {{type: sqlite, path: target/o.db}}}}
"""
KEYS = "  - {name: store, keys: [{name: store_id, data_type: varchar}]}\n"
BOTH = KEYS + "  - {name: pair, keys: [{name: user_id, data_type: bigint}, {name: store_id, data_type: varchar}]}\n"
AGGREGATE = "{{ config(entity='user', ttl='30 days') }}\n"
PAYMENTS = "{{ source('shop', 'payments') }}"


def payments(amounts: list[Any], kind: pa.DataType) -> pa.Table:
    count = len(amounts)
    return pa.table(
        {
            "payment_id": [f"p{place}" for place in range(count)],
            "user_id": pa.array([1 + place % 2 for place in range(count)], pa.int64()),
            "store_id": ["ab"[place // 2 % 2] for place in range(count)],
            "amount": pa.array(amounts, kind),
            "status": ["ok"] * count,
            "paid_at": pa.array([dt.datetime(2026, 1, 1, 0, 0, place) for place in range(count)], pa.timestamp("us")),
        }
    )


def values(root: Path, target: str, model: str, properties: str, rows: pa.Table) -> list[dict[str, Any]]:
    root = root / target
    profiles = PROFILES.format(target=target)
    written(root, {"features/v.sql": model, "features/shop.yml": properties, "profiles.yml": profiles})
    (root / "data").mkdir(exist_ok=True)
    pq.write_table(rows, root / "data/payments.parquet")
    at = pa.array([dt.datetime(2026, 1, 2)] * 4, pa.timestamp("us"))
    spine = pa.table({"user_id": pa.array([1, 2, 1, 9], pa.int64()), "store_id": ["a", "b", "b", "a"], "ts": at})
    workspace = load_workspace(Options(project_dir=root), {})
    assert not workspace.diagnostics
    with workspace.engine() as engine:
        found = training_set(engine, service_of_view(workspace.view("v"), workspace.views), spine, "ts")
    return found.to_pylist()


def decimals(kind: str) -> str:
    return PROPERTIES.replace("{name: amount, data_type: double}", f'{{name: amount, data_type: "{kind}"}}', 1)


CASES: dict[str, tuple[str, str, pa.Table]] = {
    "a latest view of two keys": (
        "{{ config(entity='pair') }}\nselect user_id, store_id, amount, payment_id from " + PAYMENTS,
        PROPERTIES.replace(KEYS, BOTH), payments([1.0, 2.0, 3.0, 4.0], pa.float64()),
    ),
    "a union of whole numbers and decimals": (
        AGGREGATE + f"with u as (select user_id, 1 as v from {PAYMENTS} "
        f"union all select user_id, 2.5 as v from {PAYMENTS})\n"
        "select user_id, max(round(v) * 10) as s from u group by user_id",
        PROPERTIES, payments([1.0, 2.0], pa.float64()),
    ),
    "NaN in a file with statistics": (
        AGGREGATE + f"select user_id, count(*) as n from {PAYMENTS} where amount > 1 group by user_id",
        PROPERTIES, payments([float("nan"), 0.5], pa.float64()),
    ),
    "-0.0 in a file with a dictionary": (
        AGGREGATE + f"select user_id, count(*) as n from {PAYMENTS} where amount = 0 group by user_id",
        PROPERTIES, payments([-0.0, -0.0], pa.float64()),
    ),
    "a sum of sums of decimals": (
        AGGREGATE + f"select user_id, sum(amount) + sum(amount) as s from {PAYMENTS} group by user_id",
        decimals("decimal(18,8)"), payments([Decimal("2.00000003"), Decimal("1.00000004")], pa.decimal128(18, 8)),
    ),
    "a sum of decimals beside one of whole numbers": (
        AGGREGATE + f"select user_id, sum(amount) > sum(user_id) as more from {PAYMENTS} group by user_id",
        decimals("decimal(18,2)"), payments([Decimal("1.40"), Decimal("2.40")], pa.decimal128(18, 2)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_spark_gives_the_value_of_duckdb(spark: Any, tmp_path: Path, name: str) -> None:
    model, properties, rows = CASES[name]
    given = values(tmp_path, "spark", model, properties, rows)
    assert given == values(tmp_path, "duckdb", model, properties, rows)
