"""Sources as they really are: other types than declared, zones, nanoseconds, missing files."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv
from serve.world import NOON, write_world

from skewless import Project
from skewless.ground.errors import DataError, EngineError

_AFTER = NOON + dt.timedelta(microseconds=1)


def project_over(folder: Path, ordered_at: Any, **other: Any) -> Project:
    """One order of user 1, with a time column of the given kind."""
    project = write_world(folder / "project")
    columns = {"order_id": [1], "user_id": [1], "ordered_at": ordered_at, "amount": [10.0], "items": [1], **other}
    pq.write_table(pa.table(columns), folder / "project" / "orders.parquet", version="2.6")
    return project


def counted(project: Project, at: dt.datetime) -> tuple[int, int]:
    """The count at the moment, trained and served."""
    trained = project.training_set("all_kinds", [{"user_id": 1, "amount": 1.0, "at": at}], timestamp="at")
    project.run(as_of=at)
    served = project.server("all_kinds").get([{"user_id": 1, "amount": 1.0}], as_of=at)
    return trained.column("orders_1h")[0].as_py(), served.values["orders_1h"][0]


def nanoseconds(moment: dt.datetime, extra: int) -> pa.Array:
    whole = int(moment.replace(tzinfo=dt.UTC).timestamp()) * 10**9
    return pa.array([whole + extra], pa.timestamp("ns"))


def test_nanoseconds_are_floored_on_both_paths(tmp_path: Path) -> None:
    project = project_over(tmp_path, nanoseconds(NOON, 999))
    assert counted(project, NOON) == (0, 0)
    assert counted(project, _AFTER) == (1, 1)


def test_nanoseconds_before_1970_are_floored_too(tmp_path: Path) -> None:
    moment = dt.datetime(1969, 12, 31, 23, 59, 59, 999999)
    project = project_over(tmp_path, pa.array([-1], pa.timestamp("ns")))
    assert counted(project, moment) == (0, 0)
    assert counted(project, moment + dt.timedelta(microseconds=1)) == (1, 1)


def test_a_zoned_event_time_is_utc(tmp_path: Path) -> None:
    zoned = pa.array([NOON.replace(tzinfo=dt.UTC)], pa.timestamp("us", "Asia/Tokyo"))
    project = project_over(tmp_path, zoned)
    assert counted(project, NOON) == (0, 0)
    assert counted(project, _AFTER) == (1, 1)


def test_a_narrower_type_in_the_file_is_widened(tmp_path: Path) -> None:
    narrow = {"user_id": pa.array([1], pa.int16()), "amount": pa.array([10.0], pa.float32())}
    project = project_over(tmp_path, pa.array([NOON], pa.timestamp("us")), **narrow)
    assert counted(project, _AFTER) == (1, 1)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_names_of_columns_may_differ_from_the_declared_ones_by_case(tmp_path: Path, suffix: str) -> None:
    project = project_over(tmp_path, pa.array([NOON], pa.timestamp("us")))
    file = tmp_path / "project" / "orders.parquet"
    table = pq.read_table(file)
    shouted = table.rename_columns([name.upper() for name in table.column_names])
    if suffix == "parquet":
        pq.write_table(shouted, file)
    else:
        csv.write_csv(shouted, file.with_suffix(".csv"))
        properties = tmp_path / "project" / "features" / "shop.yml"
        properties.write_text(properties.read_text().replace("orders.parquet", "orders.csv"))
        project = Project.load(tmp_path / "project")
    assert counted(project, _AFTER) == (1, 1)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    project = write_world(tmp_path / "project")
    (tmp_path / "project" / "orders.parquet").unlink()
    with pytest.raises(EngineError, match=r"'shop\.orders' cannot be read from 'orders\.parquet'"):
        project.run(as_of=NOON)


def test_a_corrupt_file_is_named(tmp_path: Path) -> None:
    project = write_world(tmp_path / "project")
    (tmp_path / "project" / "orders.parquet").write_bytes(b"PAR1 and nothing more")
    with pytest.raises(EngineError, match=r"'shop\.orders' cannot be read"):
        project.training_set("stored_only", [{"user_id": 1, "at": NOON}], timestamp="at")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    project = write_world(tmp_path / "project")
    table = pq.read_table(tmp_path / "project" / "orders.parquet").drop_columns(["amount"])
    pq.write_table(table, tmp_path / "project" / "orders.parquet")
    with pytest.raises(DataError, match="no column 'amount'"):
        project.run(as_of=NOON)


def test_a_value_that_is_not_of_its_type_stops_the_load_and_keeps_the_old_state(tmp_path: Path) -> None:
    project = project_over(tmp_path, pa.array([NOON], pa.timestamp("us")))
    project.run(as_of=_AFTER)
    broken = pq.read_table(tmp_path / "project" / "orders.parquet").set_column(3, "amount", pa.array(["ten"]))
    pq.write_table(broken, tmp_path / "project" / "orders.parquet")
    with pytest.raises(EngineError, match=r"features/.*\.sql: the state SQL of '.*' failed: .*'ten'"):
        project.run(as_of=_AFTER)
    served = project.server("all_kinds").get([{"user_id": 1, "amount": 1.0}], as_of=_AFTER)
    assert served.values["amount_1h"] == [10.0]
