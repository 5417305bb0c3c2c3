"""What a session on a Spark Connect server does, in a process of its own: pyspark has one kind of session in each."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
from sqlglot import exp, parse_one

from skewless.engines.spark import Spark
from skewless.ground.errors import EngineError


def query(text: str) -> exp.Query:
    found = parse_one(text, dialect="duckdb")
    assert isinstance(found, exp.Query)
    return found


def main(address: str) -> None:
    with Spark(root=Path(), settings={"remote": address}) as engine:
        engine.register("given", pa.table({"n": [1, 2, None]}))
        engine.create("kept", query("SELECT n FROM given WHERE n > 1"))
        print(engine.rows(query("SELECT n FROM kept")))  # noqa: T201
        try:
            engine.rows(query("SELECT n + 9223372036854775807 AS m FROM kept"))
        except EngineError as error:
            print(error.message)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
