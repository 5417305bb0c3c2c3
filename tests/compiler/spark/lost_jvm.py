"""What is told of a JVM that is killed during a query, in a process of its own."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pyarrow as pa
from sqlglot import exp, parse_one

from skewless.engines.spark import Spark
from skewless.ground.errors import EngineError

TAKES_MINUTES = "SELECT COUNT(*) AS n FROM given AS a CROSS JOIN given AS b WHERE a.n * b.n % 7 = 3"


def query(text: str) -> exp.Query:
    found = parse_one(text, dialect="duckdb")
    assert isinstance(found, exp.Query)
    return found


def main() -> None:
    with Spark(root=Path(), settings={"master": "local[1]"}) as engine:
        engine.register("given", pa.table({"n": pa.array(range(200_000), pa.int64())}))
        engine.create("kept", query("SELECT n FROM given"))
        jvm = engine._session.sparkContext._gateway.proc
        since = time.monotonic()
        threading.Timer(2, jvm.kill).start()
        try:
            engine.rows(query(TAKES_MINUTES))
        except EngineError as error:
            print(error.message)  # noqa: T201
    print(time.monotonic() - since)  # noqa: T201


if __name__ == "__main__":
    main()
