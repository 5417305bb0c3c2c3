"""The serving log: what is in its files."""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import stat
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from serve.logged import EVENT, NOON, SCORES, bundle, files, record, rows, vector
from serve.world import write_world
from skewless.ground.errors import DataError
from skewless.serve.log import ServingLog
from skewless.serve.log.layout import METADATA, layout_from, layout_of

VALUES: dict[str, list[Any]] = {
    "BOOLEAN": [True, False, None],
    "INTEGER": [-(2**31), 2**31 - 1, None],
    "BIGINT": [-(2**63), 2**63 - 1, None],
    "FLOAT": [0.5, float("nan"), None],
    "DOUBLE": [0.1, float("nan"), None, float("inf"), -0.0, 5e-324],
    "DECIMAL(38,10)": [Decimal("-1234567890123456789012345678.0123456789"), Decimal("0E-10"), None],
    "VARCHAR": ["", "naïve 🦆\x00", None],
    "DATE": [dt.date(1, 1, 1), dt.date(9999, 12, 31), None],
    "TIMESTAMP": [dt.datetime(1, 1, 1), dt.datetime(2026, 6, 12, 12, 0, 0, 1), None],
    "BIGINT[]": [[1, None, 2**62], [], None],
    "DOUBLE[]": [[float("nan")], [0.1], None],
    "VARCHAR[][]": [[["a", None], []], [None], None],
    "DECIMAL(4,2)[]": [[Decimal("10.20")], [None], None],
}


# What is written


@pytest.mark.parametrize("kind", VALUES)
def test_every_type_comes_back_equal(tmp_path: Path, kind: str) -> None:
    """As a feature, and as a field of the request."""
    values = VALUES[kind]
    log = ServingLog(tmp_path)
    users = list(range(len(values)))
    service = log.of(bundle({"feature": kind}, fields={"field": kind}))
    service.record({"user_id": users, "field": values}, vector({"feature": values}))
    log.close()
    for name in ("feature", "field"):
        came = [value for _, value in rows(tmp_path, f'user_id, "{name}"')]
        assert list(map(repr, came)) == list(map(repr, values))
        assert rows(tmp_path, f'typeof("{name}")')[0] == (kind,)


@pytest.mark.parametrize("kind", [kind for kind in VALUES if not kind.endswith("[]")])
def test_every_type_can_be_a_key(tmp_path: Path, kind: str) -> None:
    log = ServingLog(tmp_path, fraction=0.999999)
    service = log.of(bundle({"score": "BIGINT"}, keys={"key": kind}))
    values = VALUES[kind]
    service.record({"key": values}, vector({"score": list(range(len(values)))}))
    log.close()
    assert [repr(value) for _, value in rows(tmp_path, "score, key")] == list(map(repr, values))


def test_a_condition_finds_nan_too(tmp_path: Path) -> None:
    """DuckDB leaves out row groups by their statistics, and those of Parquet do not count NaN."""
    log = ServingLog(tmp_path)
    service = log.of(bundle({"score": "DOUBLE"}))
    service.record({"user_id": [1, 2]}, vector({"score": [1.0, float("nan")]}))
    log.close()
    assert rows(tmp_path, "user_id", "score > 5") == [(2,)]
    assert math.isnan(rows(tmp_path, "max(score)")[0][0])


def test_a_row_says_what_was_asked_when_and_of_what(tmp_path: Path) -> None:
    answered = NOON + dt.timedelta(seconds=3, microseconds=1)
    log = ServingLog(tmp_path, clock=lambda: answered)
    record(log.of(SCORES), [7, 8], "request-1")
    log.close()
    shown = "log_request_id, log_row, user_id, score, log_as_of, log_answered_at, score__status, score__event_timestamp"
    assert rows(tmp_path, shown) == [
        ("request-1", 0, 7, 70.0, NOON, answered, "PRESENT", EVENT),
        ("request-1", 1, 8, 80.0, NOON, answered, "PRESENT", EVENT),
    ]
    definition = layout_of(SCORES).definition
    assert rows(tmp_path, "log_project, log_service, log_definition, log_date, log_versions, log_packages")[0] == (
        "shop", "ranking", definition, dt.date(2026, 6, 12), {"view": "view@1"},
        {"skewless": "0.1.0", "duckdb": duckdb.__version__},
    )  # fmt: skip


def test_a_real_server_is_logged_as_it_answered(tmp_path: Path) -> None:
    project = write_world(tmp_path / "project")
    project.run(as_of=NOON)
    server = project.server("all_kinds", clock=lambda: NOON)
    columns: dict[str, list[Any]] = {"user_id": [1, 2, 3, 4, 5, None], "amount": [60.0, 1.0, 2.0, 3.0, 4.0, None]}
    answer = server.get_columns(columns)
    server.close()
    log = ServingLog(tmp_path / "log")
    log.of(server.bundle).record(columns, answer, "one")
    log.close()
    for name in answer.names:
        logged = rows(tmp_path / "log", f"log_row, {name}, {name}__status, {name}__event_timestamp")
        answered = zip(answer.values[name], answer.statuses[name], answer.event_timestamps[name], strict=True)
        assert [row[1:] for row in logged] == list(answered), name
        assert rows(tmp_path / "log", f"typeof({name})")[0][0] == answer.types[name]
    assert {status for name in answer.names for status in answer.statuses[name]} == {
        "PRESENT", "NULL_VALUE", "NOT_FOUND", "OUTSIDE_MAX_AGE",
    }  # fmt: skip
    logged = rows(tmp_path / "log", "log_row, user_id, amount")
    assert [list(column) for column in list(zip(*logged, strict=True))[1:]] == list(columns.values())
    assert set(rows(tmp_path / "log", "map_keys(log_versions)")[0][0]) == {"recent", "last_order", "daily"}


def test_what_the_caller_changes_later_is_not_logged(tmp_path: Path) -> None:
    log = ServingLog(tmp_path)
    service = log.of(bundle({"score": "DOUBLE", "items": "BIGINT[]"}, fields={"wanted": "VARCHAR[]"}))
    columns: dict[str, list[Any]] = {"user_id": [1], "wanted": [["a"]]}
    answer = vector({"score": [1.0], "items": [[1, 2]]})
    service.record(columns, answer)
    columns["user_id"][0], columns["wanted"][0][0] = 2, "b"
    answer.values["score"][0] = 2.0  # type: ignore[index]
    answer.values["items"][0].append(3)
    log.close()
    assert rows(tmp_path, "user_id, wanted, score, items") == [(1, ["a"], 1.0, [1, 2])]


def test_names_that_the_service_has_taken_are_left_to_it(tmp_path: Path) -> None:
    taken = bundle(
        {"x": "DOUBLE", "x__status": "BIGINT", "X__STATUS_": "BIGINT", "log_date": "BIGINT"},
        keys={"log_request_id": "BIGINT"},
    )
    log = ServingLog(tmp_path)
    values: dict[str, list[Any]] = {"x": [0.5], "x__status": [1], "X__STATUS_": [2], "log_date": [3]}
    log.of(taken).record({"log_request_id": [9]}, vector(values), "r")
    log.close()
    shown = "x, x__status, X__STATUS_, x__status__, x__status__status, log_request_id, log_request_id_, log_date"
    assert rows(tmp_path, shown) == [(0.5, 1, 2, "PRESENT", "PRESENT", 9, "r", 3)]
    told = json.loads(pq.read_schema(files(tmp_path)[0]).metadata[METADATA])
    assert told["own"]["log_request_id"] == "log_request_id_"
    assert told["own"]["log_date"] == "log_date_"
    assert told["features"][0]["status"] == "x__status__"


def test_files_tell_what_their_columns_are(tmp_path: Path) -> None:
    log = ServingLog(tmp_path)
    service = log.of(bundle({"score": "DOUBLE"}, fields={"amount": "DECIMAL(9,2)"}))
    service.record({"user_id": [1], "amount": [Decimal("1.00")]}, vector({"score": [1.0]}))
    log.close()
    told = json.loads(pq.read_schema(files(tmp_path)[0]).metadata[METADATA])
    assert (told["keys"], told["fields"]) == ({"user_id": "BIGINT"}, {"amount": "DECIMAL(9,2)"})
    assert told["features"] == [
        {
            "name": "score", "type": "DOUBLE", "view": "view", "feature": "score", "value": "score",
            "status": "score__status", "event_timestamp": "score__event_timestamp",
        }
    ]  # fmt: skip


def test_the_layout_is_read_back_from_a_file() -> None:
    layout = layout_of(bundle({"score": "DOUBLE"}, fields={"amount": "DECIMAL(9,2)"}))
    assert layout_from(layout.metadata()[METADATA], "a file") == layout


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (b'{"format": 2, "shape": []}', "'a.parquet' is a log of format 2, and this release reads 1"),
        (b'{"format": 1, "project": "p"}', "the metadata of 'a.parquet' cannot be read: .*service"),
        (b"[1]", "the metadata of 'a.parquet' cannot be read: Expected `object`"),
        (b"{", "the metadata of 'a.parquet' cannot be read: "),
    ],
)
def test_metadata_of_another_format_are_refused(told: bytes, said: str) -> None:
    with pytest.raises(DataError, match=said):
        layout_from(told, "a.parquet")


def test_definitions_are_told_apart_and_read_as_one_table(tmp_path: Path) -> None:
    log = ServingLog(tmp_path)
    older, newer = SCORES, bundle({"score": "DOUBLE", "rank": "INTEGER"}, version="view@2")
    record(log.of(older), [1])
    log.of(newer).record({"user_id": [2]}, vector({"score": [20.0], "rank": [1]}))
    log.close()
    assert len(files(tmp_path)) == 2
    assert rows(tmp_path, "user_id, score, rank, log_versions['view']") == [
        (1, 10.0, None, "view@1"),
        (2, 20.0, 1, "view@2"),
    ]
    assert rows(tmp_path, "user_id", f"log_definition = '{layout_of(newer).definition}'") == [(2,)]


def test_a_definition_does_not_depend_on_where_the_state_is() -> None:
    elsewhere = replace(SCORES, store="redis://:secret@host")
    assert layout_of(elsewhere).definition == layout_of(SCORES).definition
    assert layout_of(bundle({"score": "FLOAT"})).definition != layout_of(SCORES).definition
    assert "secret" not in str(layout_of(elsewhere))


def test_days_are_folders(tmp_path: Path) -> None:
    now = [NOON.replace(hour=23, minute=59)]
    log = ServingLog(tmp_path, clock=lambda: now[0])
    service = log.of(SCORES)
    record(service, [1])
    now[0] += dt.timedelta(minutes=2)
    record(service, [2])
    log.close()
    assert rows(tmp_path, "user_id, log_date, log_answered_at::date = log_date") == [
        (1, dt.date(2026, 6, 12), True),
        (2, dt.date(2026, 6, 13), True),
    ]


@pytest.mark.skipif(os.name != "posix", reason="modes of files are those of POSIX")
def test_files_and_folders_are_private(tmp_path: Path) -> None:
    log = ServingLog(tmp_path / "made" / "log")
    record(log.of(SCORES), [1])
    log.close()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*") if path.is_dir()}
    assert modes == {0o700}
    assert [stat.S_IMODE(path.stat().st_mode) for path in files(tmp_path)] == [0o600]
