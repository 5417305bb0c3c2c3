"""A source's path: Spark reads the very files that DuckDB reads, or it is an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlglot import exp

from skewless.contract.ir import Field, SourceTable
from skewless.engines.duckdb import DuckDB
from skewless.engines.spark import Spark
from skewless.engines.spark_files import hive_keys
from skewless.ground.dtypes import DataType
from skewless.ground.durations import Duration
from skewless.ground.errors import DataError, EngineError

MASTER = {"master": "local-cluster[2,1,1024]"}
FILES = (
    "a.parquet", "A.parquet", "_b.parquet", ".c.parquet", "d1.parquet", "{a,d1}.parquet", "[x].parquet", "x y.parquet",
    "e.PARQUET", "100%.parquet", "sub/f.parquet", "sub/deep/g.parquet", "_sub/h.parquet", ".sub/i.parquet",
    "made.parquet/part-0.parquet", "f[1]/j.parquet", "f1/k.parquet",
)  # fmt: skip
FOLDERS = ("o/day=007/p.parquet", "o/day=a%2Fb/_q.parquet", "o/day=__HIVE_DEFAULT_PARTITION__/sub/r.parquet")
DAYS = ("n/day=007/p.parquet", "n/day=008/p.parquet")
MIXED = ("m/day=1/a.parquet", "m/b.parquet")
PATTERNS = (
    "d/*.parquet", "d/**/*.parquet", "d", "d/sub", "d/sub/**", "d/*/*.parquet", "d/[ad]*.parquet", "d/[!a]*.parquet",
    "d/[^a]*.parquet", "d/?.parquet", "d/{a,d1}.parquet", "d/[x].parquet", "d/_b.parquet", "d/.c.parquet",
    "d/x y.parquet", "d/*.PARQUET", "d/A.parquet", "d/100%.parquet", "d/made.parquet", "o", "o/*/*.parquet",
    "o/day=*/*.parquet", "o/**/*.parquet", "o/day=007", "o/day=007/p.parquet", "o/day=007/*.parquet", "m",
    "m/**/*.parquet", "n", "n/day=007",
)  # fmt: skip


def source(path: str, columns: tuple[str, ...] = ("name",), name: str = "shop.orders") -> SourceTable:
    fields = tuple(Field(name=column, dtype=DataType.parse("varchar")) for column in columns)
    return SourceTable(
        name=name, database=None, schema="shop", identifier="orders", path=path, event_time="at", known_at=None,
        delay=Duration(0), primary_key=(), append_only=False, tie_break=(), deleted=None, inclusive=False,
        columns=fields,
    )  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("files")
    for name in (*(f"d/{file}" for file in FILES), *FOLDERS, *DAYS, *MIXED):
        write(root / name)
    return root


def write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"name": [path.name]}), path)


@pytest.fixture
def engine(spark: Any, root: Path) -> Any:
    with Spark(root=root, settings=MASTER) as one:
        yield one


def rows(engine: Any, one: SourceTable) -> list[str]:
    """What an engine reads of a source, as texts."""
    found = engine.physical([one])[one.name]
    columns = [exp.column(name) for name in ("name", "day") if name in found]
    read = exp.Select(expressions=columns, from_=exp.From(this=engine.relation(one)))
    return sorted(map(str, engine.rows(read)))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_path_means_what_it_means_to_duckdb(engine: Spark, root: Path, pattern: str) -> None:
    with DuckDB(root=root, settings={}, threads=1) as duckdb:
        assert rows(engine, source(pattern)) == rows(duckdb, source(pattern)) != []


@pytest.mark.parametrize("path", ["d/{a,A}.parquet", "d/su*", "d/f[1]", "d/nowhere*.parquet", "nowhere"])
def test_what_matches_nothing_in_duckdb_matches_nothing(engine: Spark, root: Path, path: str) -> None:
    with DuckDB(root=root, settings={}, threads=1) as duckdb, pytest.raises(EngineError):
        duckdb.physical([source(path)])
    with pytest.raises(EngineError, match=r"the source 'shop.orders' cannot be read from .*: there is no such file"):
        engine.physical([source(path)])


def test_two_paths_that_differ_by_a_capital_are_two_files(engine: Spark, tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"x": ["one"]}), tmp_path / "A.parquet")
    small, large = (source(str(tmp_path / f"{name}.parquet"), ("x",), name=f"shop.{name}") for name in "aA")
    engine.physical([small])
    engine.physical([large])
    for one, value in ((small, 1), (large, "one")):
        assert engine.rows(exp.Select(expressions=[exp.column("x")], from_=exp.From(this=engine.relation(one)))) == [
            (value,)
        ]


def test_an_empty_file_is_an_error(engine: Spark, tmp_path: Path) -> None:
    write(tmp_path / "a.parquet")
    (tmp_path / "b.parquet").write_bytes(b"")
    with pytest.raises(EngineError, match=r"b.parquet' is empty, so it is no Parquet file"):
        engine.physical([source(f"{tmp_path}/*.parquet")])


def test_a_damaged_file_is_an_error(engine: Spark, tmp_path: Path) -> None:
    write(tmp_path / "a.parquet")
    (tmp_path / "b.parquet").write_bytes(b"no Parquet at all")
    with pytest.raises(EngineError):
        rows(engine, source(f"{tmp_path}/*.parquet"))


def test_folders_of_which_spark_would_leave_out_a_column_are_refused(engine: Spark, tmp_path: Path) -> None:
    write(tmp_path / "day=1/between/hour=2/a.parquet")
    with pytest.raises(DataError, match="Spark reads such columns only from folders that follow one another") as error:
        engine.physical([source(str(tmp_path))])
    assert error.value.help == "name each once, with none between them: day=.../hour=..."


def test_columns_of_folders_are_those_that_every_path_names() -> None:
    assert hive_keys(["/a/day=1/x", "/a/day=2/y"]) == {"day"}
    assert hive_keys(["/a/day=1/x", "/a/y"]) == set()
    assert hive_keys(["/a/day=1=2/x", "/a/=1/x"]) == set()


@pytest.fixture
def elsewhere(engine: Spark) -> Spark:
    """As if Spark ran on other machines, and only it could list the files."""
    engine._is_here = False
    return engine


@pytest.mark.parametrize("pattern", sorted({*PATTERNS} - {"d/[x].parquet"}))
def test_where_spark_lists_the_files_a_path_means_the_same_or_is_refused(
    elsewhere: Spark, root: Path, pattern: str
) -> None:
    if any(mark in pattern for mark in ("**", "{", "[^")):
        with pytest.raises(DataError, match="to Spark, and not to DuckDB") as error:
            elsewhere.physical([source(pattern)])
        assert error.value.help is not None
        return
    with DuckDB(root=root, settings={}, threads=1) as duckdb:
        assert rows(elsewhere, source(pattern)) == rows(duckdb, source(pattern)) != []


def test_a_file_that_spark_cannot_list_is_named(elsewhere: Spark) -> None:
    with pytest.raises(EngineError, match=r"the source 'shop.orders' cannot be read from .*PATH_NOT_FOUND"):
        elsewhere.physical([source("nowhere/*.parquet")])
