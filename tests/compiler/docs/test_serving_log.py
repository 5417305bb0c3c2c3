"""The reference of the serving log lists its columns, settings and counts, and nothing else."""

from __future__ import annotations

import inspect
import json
from dataclasses import fields
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from serve.logged import SCORES, files, record

from skewless.serve.log import Counts, Roll, ServiceLog, ServingLog
from skewless.serve.log.layout import FOLDERS, METADATA, OWN

from .pages import listed, quoted, read, rows, section

PAGE = read("reference/serving-log.md")
TESTS_ONLY = {"clock", "timer", "place"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    log = ServingLog(tmp_path)
    record(log.of(SCORES), [1])
    log.close()
    return tmp_path


def test_columns_are_listed_with_their_types(folder: Path) -> None:
    described = duckdb.sql(f"DESCRIBE FROM read_parquet('{files(folder)[0]}', hive_partitioning = false)").fetchall()
    written = {name.replace("score", "FEATURE"): kind for name, kind, *_ in described if name != "user_id"}
    listed_types = {quoted(row[0])[0]: row[1] for row in rows(section(PAGE, "Columns"))}
    assert listed_types == written | {"FEATURE": "that of the feature"}
    assert tuple(listed_types)[: len(OWN)] == OWN


def test_folders_are_listed(folder: Path) -> None:
    assert tuple(listed(section(PAGE, "Folders"))) == FOLDERS
    assert [part.split("=")[0] for part in files(folder)[0].relative_to(folder).parts[:-1]] == list(FOLDERS)


def test_metadata_is_listed(folder: Path) -> None:
    told = json.loads(pq.read_schema(files(folder)[0]).metadata[METADATA])
    assert listed(section(PAGE, "Metadata of a file")) == list(told)
    features = next(row[1] for row in rows(section(PAGE, "Metadata of a file")) if row[0] == "`features`")
    assert set(quoted(features)) == set(told["features"][0])


def test_settings_and_counts_are_listed() -> None:
    assert listed(section(PAGE, "Roll")) == [field.name for field in fields(Roll)]
    assert [row[2] for row in rows(section(PAGE, "Roll"))] == [f"{Roll().rows:,}", f"{Roll().bytes >> 20} MiB", "300"]
    assert listed(section(PAGE, "Counts")) == [field.name for field in fields(Counts)]
    shown = "\n".join(listed(section(PAGE, "ServingLog")))
    for call in (ServingLog.__init__, ServiceLog.record, ServingLog.close):
        names = set(inspect.signature(call).parameters) - {"self"} - TESTS_ONLY
        assert all(name in shown for name in names)
