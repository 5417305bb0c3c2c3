"""Small files of past days become one, and at every moment each row is in some file."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from skewless.ingest import compaction
from skewless.ingest.compaction import compact
from skewless.ingest.landing import land

from .plans import ORDERS, order, planned
from .test_landing import landed, table

TODAY = dt.datetime(2026, 6, 13, 9)
DAY = "known_date=2026-06-12"


def landed_one_by_one(folder: Path, *numbers: int) -> None:
    for number in numbers:
        land(folder, ORDERS, table(order(number)))


def age(folder: Path, moment: dt.datetime = TODAY) -> None:
    for path in folder.glob("*/*"):
        os.utime(path, (moment.replace(tzinfo=dt.UTC).timestamp(),) * 2)


def orders(folder: Path) -> list[list[int]]:
    return sorted(sorted(found) for _, found in landed(folder))


def test_files_of_a_day_are_merged_and_removed_an_hour_later(tmp_path: Path) -> None:
    landed_one_by_one(tmp_path, 1, 2, 3)
    age(tmp_path)
    compact(tmp_path, TODAY)
    assert orders(tmp_path) == [[1], [1, 2, 3], [2], [3]]
    age(tmp_path)
    compact(tmp_path, TODAY + dt.timedelta(minutes=59))
    assert len(orders(tmp_path)) == 4
    compact(tmp_path, TODAY + dt.timedelta(minutes=61))
    assert orders(tmp_path) == [[1, 2, 3]]
    compact(tmp_path, TODAY + dt.timedelta(days=2))
    assert orders(tmp_path) == [[1, 2, 3]]


def test_what_comes_for_a_day_that_was_merged_is_merged_by_itself(tmp_path: Path) -> None:
    landed_one_by_one(tmp_path, 1, 2)
    compact(tmp_path, TODAY)
    landed_one_by_one(tmp_path, 3, 4)
    compact(tmp_path, TODAY)
    age(tmp_path)
    compact(tmp_path, TODAY + dt.timedelta(hours=2))
    assert orders(tmp_path) == [[1, 2], [3, 4]]


def test_the_day_that_lasts_is_left_alone(tmp_path: Path) -> None:
    landed_one_by_one(tmp_path, 1, 2)
    compact(tmp_path, dt.datetime(2026, 6, 12, 23, 59))
    assert orders(tmp_path) == [[1], [2]]


def test_a_folder_that_is_not_there_has_nothing_to_merge(tmp_path: Path) -> None:
    compact(tmp_path / "nowhere", TODAY)


def test_files_of_other_columns_are_not_merged_with_these(tmp_path: Path) -> None:
    landed_one_by_one(tmp_path, 1, 2)
    more = planned(("note", "VARCHAR"))
    land(tmp_path, more, table(order(3, note="new"), plan=more))
    compact(tmp_path, TODAY)
    age(tmp_path)
    compact(tmp_path, TODAY + dt.timedelta(hours=2))
    assert orders(tmp_path) == [[1, 2], [3]]


def test_nothing_is_lost_when_it_is_stopped_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    landed_one_by_one(tmp_path, 1, 2)

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stopped)
        patch.setattr(Path, "unlink", stopped)
        with pytest.raises(KeyboardInterrupt):
            compact(tmp_path, TODAY)
    assert orders(tmp_path) == [[1], [2]]
    assert len(list(tmp_path.rglob("*.tmp"))) == 1
    age(tmp_path)
    compact(tmp_path, TODAY + dt.timedelta(hours=2))
    assert orders(tmp_path) == [[1], [1, 2], [2]]
    assert list(tmp_path.rglob("*.tmp")) == []


def test_rows_stay_as_they_are_in_groups_of_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "_GROUP_ROWS", 2)
    landed_one_by_one(tmp_path, *range(5))
    compact(tmp_path, TODAY)
    [merged] = tmp_path.rglob("*.merged.parquet")
    file = pq.ParquetFile(merged)
    assert file.num_row_groups == 3
    names = ORDERS.columns
    assert file.read().replace_schema_metadata(None).column_names == [one.name for one in names]
    assert sorted(map(str, file.read().to_pylist())) == sorted(map(str, table(*map(order, range(5))).to_pylist()))
