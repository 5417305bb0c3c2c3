"""The spine comes back as it was: every row, in its order, all columns first, whatever its form."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from serve.world import NOON, write_world

from skewless import Project
from skewless.ground.errors import DataError


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return write_world(tmp_path_factory.mktemp("spines") / "project")


def spine(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(
        rows, schema=pa.schema([("note", pa.string()), ("user_id", pa.int64()), ("at", pa.timestamp("us"))])
    )


ROWS = [
    {"note": "later", "user_id": 1, "at": NOON},
    {"note": "twice", "user_id": 1, "at": NOON},
    {"note": "twice", "user_id": 1, "at": NOON},
    {"note": "nobody", "user_id": None, "at": NOON},
    {"note": "never", "user_id": 1, "at": None},
    {"note": "unknown", "user_id": 99, "at": NOON},
    {"note": "earlier", "user_id": 1, "at": NOON - dt.timedelta(days=1)},
]


def test_rows_order_duplicates_and_nulls_are_kept(project: Project) -> None:
    table = project.training_set("stored_only", spine(ROWS), timestamp="at")
    assert table.select(["note", "user_id", "at"]).to_pylist() == ROWS
    assert table.column_names == ["note", "user_id", "at", "last_amount", "minutes_ago", "orders_30d", "mean_30d"]
    assert table.column("orders_30d").to_pylist() == [1, 1, 1, 0, 0, 0, 0]
    assert table.column("last_amount").to_pylist() == [30.0, 30.0, 30.0, None, None, None, None]


def test_an_empty_spine_gives_the_columns_and_no_rows(project: Project) -> None:
    table = project.training_set("stored_only", spine([]), timestamp="at")
    assert table.num_rows == 0
    assert table.schema.field("orders_30d").type == "int64"


def test_a_large_spine_keeps_its_order(project: Project, tmp_path: Path) -> None:
    draw = random.Random(1)
    rows = [{"note": str(n), "user_id": draw.randrange(6), "at": NOON} for n in range(300_000)]
    path = tmp_path / "spine.parquet"
    pq.write_table(spine(rows), path, row_group_size=5_000)
    table = project.training_set("stored_only", path, timestamp="at")
    assert table.column("note").to_pylist() == [row["note"] for row in rows]


@pytest.mark.parametrize("form", ["pandas", "polars", "list", "parquet", "csv", "query", "batch"])
def test_every_form_of_spine_gives_the_same_features(project: Project, tmp_path: Path, form: str) -> None:
    table = spine([row for row in ROWS if row["user_id"] is not None and row["at"] is not None])
    expected = project.training_set("stored_only", table, timestamp="at").column("orders_30d").to_pylist()
    found = project.training_set("stored_only", _as(table, form, tmp_path), timestamp="at")
    assert found.column("orders_30d").to_pylist() == expected
    assert found.column("note").to_pylist() == table.column("note").to_pylist()


def _as(table: pa.Table, form: str, folder: Path) -> Any:
    path = folder / "spine.parquet"
    pq.write_table(table, path)
    if form == "pandas":
        return table.to_pandas()
    if form == "polars":
        import polars

        return polars.from_arrow(table)
    if form == "list":
        return table.to_pylist()
    if form == "batch":
        return table.to_batches()[0]
    if form == "csv":
        table.to_pandas().to_csv(folder / "spine.csv", index=False)
        return folder / "spine.csv"
    return path if form == "parquet" else f"SELECT * FROM read_parquet('{path}')"


_NOON_UTC = NOON.replace(tzinfo=dt.UTC)
MOMENTS = {
    "zoned": pa.array([_NOON_UTC], pa.timestamp("us", "America/New_York")),
    "nanoseconds": pa.array([int(_NOON_UTC.timestamp()) * 10**9 + 999], pa.timestamp("ns")),
    "milliseconds": pa.array([NOON], pa.timestamp("ms")),
    "date": pa.array([dt.date(2026, 6, 14)], pa.date32()),
}  # fmt: skip


@pytest.mark.parametrize("form", MOMENTS)
def test_a_moment_is_utc_microseconds(project: Project, form: str) -> None:
    """User 4 orders at noon: nanoseconds are floored to noon, so the order is not yet seen; a date is its midnight."""
    table = pa.table({"user_id": pa.array([4], pa.int64()), "at": MOMENTS[form]})
    asked = table.append_column("amount", pa.array([1.0]))
    found = project.training_set("all_kinds", asked, timestamp="at").to_pylist()[0]
    assert found["orders_1h"] == 0
    assert found["orders_30d"] == (1 if form == "date" else 0)
    assert found["at"] == table.to_pylist()[0]["at"]


@pytest.mark.parametrize(
    ("columns", "timestamp", "message"),
    [
        ({"user_id": [1]}, "at", "no timestamp column 'at'"),
        ({"at": [NOON]}, "at", "no column 'user_id'"),
        ({"user_id": ["one"], "at": [NOON]}, "at", "'user_id' is VARCHAR, and the service needs BIGINT"),
        ({"user_id": [1], "at": ["noon"]}, "at", "'at' is VARCHAR"),
        ({"user_id": [1], "at": [NOON], "orders_30d": [1]}, "at", "'orders_30d' has the name of a feature"),
        ({"user_id": [1], "at": [NOON], "_row": [1]}, "at", "'_row' has a name"),
    ],
)
def test_a_wrong_spine_is_refused_by_name(
    project: Project, columns: dict[str, list[Any]], timestamp: str, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        project.training_set("stored_only", pa.table(columns), timestamp=timestamp)


def test_a_spine_that_is_not_there_is_refused(project: Project) -> None:
    with pytest.raises(DataError, match="does not exist"):
        project.training_set("stored_only", "nowhere.parquet", timestamp="at")
    with pytest.raises(DataError, match="cannot be read"):
        project.training_set("stored_only", 7, timestamp="at")


def test_a_spine_without_columns_says_which_it_needs(project: Project) -> None:
    with pytest.raises(DataError, match="the spine has no columns") as caught:
        project.training_set("stored_only", pa.table({}), timestamp="at")
    assert caught.value.help == "give it: user_id, at"
