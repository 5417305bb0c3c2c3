"""The example's views through Snowflake's protocol, against an emulator: statements are taken; no oracle of values."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import yaml
from sqlglot import parse_one

from skewless.contract.instances import service_of_view
from skewless.contract.ir import SourceTable
from skewless.engines.snowflake import Snowflake
from skewless.ground.errors import EngineError
from skewless.tasks.sql import training_sql
from skewless.tasks.train import training_set
from skewless.tasks.workspace import Options, Workspace, load_workspace

ROOT = Path(__file__).parents[3]
BEYOND = dict.fromkeys(("origin_weather", "tail_last_arrival", "tail_plane", "flight_risk"), "MATCH_CONDITION")
"""Views that the emulator does not take: it has no as-of join."""
ROWS = 60
VIEWS = sorted(path.stem for path in (ROOT / "features").rglob("*.sql"))


@pytest.fixture(scope="module")
def example() -> Workspace:
    workspace = load_workspace(Options(project_dir=ROOT), {})
    workspace.check()
    return workspace


@pytest.fixture(scope="module")
def in_tables(
    tmp_path_factory: pytest.TempPathFactory, example: Workspace, fakesnow: dict[str, Any]
) -> Iterator[tuple[Workspace, Snowflake]]:
    """The example with a table of a few rows for each of its files."""
    root = tmp_path_factory.mktemp("example")
    for folder in ("features", "macros", "tests/features"):
        shutil.copytree(ROOT / folder, root / folder)
    shutil.copy(ROOT / "skewless.yml", root)
    for path in (root / "features").rglob("*.yml"):
        path.write_text(_tabled(path.read_text()))
    outputs = {"target": "fake", "outputs": {"fake": {"type": "snowflake", **fakesnow}}}
    (root / "profiles.yml").write_text(yaml.safe_dump({"skewless_demo": outputs}))
    workspace = load_workspace(Options(project_dir=root), {})
    workspace.check()
    with workspace.engine() as engine:
        assert isinstance(engine, Snowflake)
        for source in example.sources.values():
            _load(engine, source)
        yield workspace, engine


def _tabled(properties: str) -> str:
    """The sources as tables of the session's schema."""
    tables = re.sub(r"path: target/data/\w+/(\w+)\.parquet", r"identifier: \1", properties)
    return re.sub(r"schema: \w+", "schema: s1", tables)


def _load(engine: Snowflake, source: SourceTable) -> None:
    casts = ", ".join(f'CAST("{column.name}" AS {column.dtype}) AS "{column.name}"' for column in source.columns)
    assert source.path is not None
    with duckdb.connect() as connection:
        rows = connection.sql(f"SELECT {casts} FROM '{ROOT / source.path}' LIMIT {ROWS}").to_arrow_table()
    engine.register("loaded", rows)
    engine.write_table(Path(source.path).stem.upper(), parse_one('SELECT * FROM "loaded"', dialect="duckdb"))


def spine(columns: dict[str, str]) -> pa.Table:
    """A few moments, and a value of its type for each key and request field."""
    values = ", ".join(f'CAST(NULL AS {dtype}) AS "{name}"' for name, dtype in columns.items())
    with duckdb.connect() as connection:
        text = f"SELECT {values}, TIMESTAMP '2013-06-01' + INTERVAL (n) DAY AS at FROM range(3) AS r(n)"
        return connection.sql(text).to_arrow_table()


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_is_trained_through_the_protocol(in_tables: tuple[Workspace, Snowflake], name: str) -> None:
    workspace, engine = in_tables
    service = service_of_view(workspace.view(name), workspace.views)
    rows = spine(dict(service.spine_columns))
    if name in BEYOND:
        with pytest.raises(EngineError, match=BEYOND[name]):
            training_set(engine, service, rows, "at")
        return
    found = training_set(engine, service, rows, "at")
    assert found.num_rows == rows.num_rows
    assert found.column_names[rows.num_columns :] == [output.name for output in service.outputs]


def test_without_a_connection_a_file_is_the_table_that_it_is_loaded_into(example: Workspace) -> None:
    view = example.view("tail_history")
    text = training_sql(view, service_of_view(view, example.views), "snowflake")
    assert 'FROM "FLIGHTS"."ARRIVALS"' in " ".join(text.split())
