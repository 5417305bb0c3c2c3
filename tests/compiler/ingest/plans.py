"""Plans of sources for tests that write to nothing: their rows are typed, told apart and counted."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pyarrow as pa

from skewless.contract.artifact import CODEC_VERSION, FORMAT, Column
from skewless.contract.source_plan import SourcePlan
from skewless.ingest.rows import checked_rows
from skewless.ingest.written import Rejected

NOON = dt.datetime(2026, 6, 12, 12)
ORDERS = SourcePlan(
    format=FORMAT,
    codec=CODEC_VERSION,
    project="shop",
    store="sqlite:///nowhere/online.db",
    versions={},
    source="shop.orders",
    columns=tuple(
        Column(name=name, type=kind)
        for name, kind in {
            "order_id": "BIGINT",
            "user_id": "BIGINT",
            "ordered_at": "TIMESTAMP",
            "amount": "DOUBLE",
            "price": "DECIMAL(10,2)",
            "country": "VARCHAR",
        }.items()
    ),
    event_time="ordered_at",
    known_at=None,
    delay=0,
    primary_key=("order_id",),
    deleted=None,
    has_versions=True,
    views=(),
    others={},
)


def planned(*columns: tuple[str, str], **settings: Any) -> SourcePlan:
    """The plan of orders, with further columns and other settings."""
    more = tuple(Column(name=name, type=kind) for name, kind in columns)
    return replace(ORDERS, columns=(*ORDERS.columns, *more), **settings)


def order(number: int, **values: Any) -> dict[str, Any]:
    """A row as JSON has it."""
    return {
        "order_id": number,
        "user_id": number % 7,
        "ordered_at": "2026-06-12T10:00:00Z",
        "amount": 2.5,
        "price": "1.25",
        "country": "DE",
        **values,
    }


def typed_rows(plan: SourcePlan, rows: Any, now: dt.datetime) -> tuple[pa.Table, list[Rejected]]:
    """The rows that are right, and those that are refused."""
    checked = checked_rows(plan, rows, now)
    return checked.table, list(checked.rejected.values())
