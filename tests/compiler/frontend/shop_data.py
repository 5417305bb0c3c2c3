"""Rows of the small shop, few enough to work out every value by hand. Times are those of one morning."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-06-12 {clock}")


TIMES = pa.timestamp("us")
ROWS: dict[str, tuple[dict[str, pa.DataType], Sequence[tuple[Any, ...]]]] = {
    "payments": (
        {"payment_id": pa.string(), "user_id": pa.int64(), "store_id": pa.string(), "amount": pa.float64(),
         "status": pa.string(), "paid_at": TIMES},
        [
            ("p1", 1, "a", 10.0, "settled", at("08:00")),
            ("p2", 1, "b", 20.0, "declined", at("09:00")),
            ("p4", 1, "a", 40.0, "settled", at("09:30")),  # the same moment as p3, and after it by primary key
            ("p3", 1, "a", 30.0, "settled", at("09:30")),
            ("p5", 1, "b", 50.0, "settled", at("10:00")),
            ("p6", 2, "a", 5.0, "settled", at("09:59:59.999999")),
            ("p7", None, "a", 7.0, "settled", at("09:00")),
            ("p8", 2, None, 6.0, None, at("09:00")),
        ],
    ),
    "refunds": (
        {"refund_id": pa.string(), "user_id": pa.int64(), "amount": pa.float64(), "refunded_at": TIMES},
        [
            ("r1", 1, 1.0, at("08:30")),
            ("r3", 1, 3.0, at("09:30")),
            ("r2", 1, 2.0, at("09:30")),
            ("r4", 1, 4.0, at("11:00")),
        ],
    ),
    "logins": (
        {"user_id": pa.int64(), "device": pa.string(), "logged_in_at": TIMES},
        [(1, "phone", at("09:10")), (1, "web", at("09:10")), (2, "web", at("08:00"))],
    ),
    "reports": (
        {"report_id": pa.string(), "user_id": pa.int64(), "score": pa.int32(), "happened_at": TIMES,
         "received_at": TIMES, "retracted": pa.bool_()},
        [
            ("first", 1, 1, at("08:00"), at("08:05"), False),
            ("first", 1, 3, at("08:00"), at("09:00"), False),  # corrected
            ("first", 1, 9, at("08:00"), at("10:30"), False),  # and again, too late for everyone here
            ("late", 1, 5, at("09:00"), at("10:30"), False),
            ("mistake", 1, 7, at("08:30"), at("08:31"), False),
            ("mistake", 1, 7, at("08:30"), at("09:45"), True),
        ],
    ),
    "visits": (
        {"visit_id": pa.string(), "user_id": pa.int64(), "page": pa.string(), "visited_at": TIMES, "loaded_at": TIMES},
        [("v1", 1, "home", at("08:00"), at("08:00")), ("v2", 1, "cart", at("09:00"), at("11:00"))],
    ),
    "stores": (
        {"store_id": pa.string(), "country": pa.string(), "opened_on": pa.date32()},
        [("a", "NL", at("00:00").date()), ("b", "DE", at("00:00").date())],
    ),
    "rates": ({"country": pa.string(), "rate": pa.float64()}, [("NL", 0.1), ("NL", 0.2)]),
}  # fmt: skip


KNOWN = {"payments": "paid_at", "refunds": "refunded_at", "logins": "logged_in_at", "reports": "received_at",
         "visits": "loaded_at"}  # fmt: skip
"""The column that says when a row of a source became known."""


def write_data(root: Path, *, before: datetime = datetime.max) -> None:
    """Writes the files of all sources, with the rows that were known before a moment."""
    (root / "data").mkdir(exist_ok=True)
    for name, (columns, every) in ROWS.items():
        place = list(columns).index(KNOWN[name]) if name in KNOWN else None
        rows = [row for row in every if place is None or row[place] < before]
        arrays = [
            pa.array(values, dtype) for values, dtype in zip(zip(*rows, strict=True), columns.values(), strict=True)
        ]
        pq.write_table(pa.table(arrays, names=list(columns)), root / "data" / f"{name}.parquet")
