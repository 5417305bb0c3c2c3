"""What a session on a Spark Connect server does, in a process of its own: pyspark has one kind of session in each."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp, parse_one

from skewless.codegen.scan import typed_columns
from skewless.contract.ir import Field, SourceTable
from skewless.engines.spark import Spark
from skewless.ground.dtypes import DataType
from skewless.ground.durations import Duration
from skewless.ground.errors import EngineError


def query(text: str) -> exp.Query:
    found = parse_one(text, dialect="duckdb")
    assert isinstance(found, exp.Query)
    return found


def orders() -> SourceTable:
    fields = (Field(name="n", dtype=DataType.parse("bigint")), Field(name="day", dtype=DataType.parse("varchar")))
    return SourceTable(
        name="shop.orders", database=None, schema="shop", identifier="orders", path="orders", event_time="at",
        known_at=None, delay=Duration(0), primary_key=(), append_only=False, tie_break=(), deleted=None,
        inclusive=False, columns=fields,
    )  # fmt: skip


def main(address: str, root: Path) -> None:
    for day, name in (("007", "a.parquet"), ("008", "deep/_b.parquet")):
        (path := root / f"orders/day={day}" / name).parent.mkdir(parents=True)
        pq.write_table(pa.table({"n": [int(day)]}), path)
    with Spark(root=root, settings={"remote": address}) as engine:
        engine.register("given", pa.table({"n": [1, 2, None]}))
        engine.create("kept", query("SELECT n FROM given WHERE n > 1"))
        print(engine.rows(query("SELECT n FROM kept")))  # noqa: T201
        try:
            engine.rows(query("SELECT n + 9223372036854775807 AS m FROM kept"))
        except EngineError as error:
            print(error.message)  # noqa: T201
        read = typed_columns(orders(), ("n", "day"), engine.relation, engine.physical([orders()]))
        print(sorted(engine.rows(read)))  # noqa: T201
        for _ in range(2):
            engine.check_table("kept")
            engine.write_table("kept", query("SELECT n FROM kept"))
        print(engine.read("again", "default.kept"), engine.rows(query("SELECT n FROM again")))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
