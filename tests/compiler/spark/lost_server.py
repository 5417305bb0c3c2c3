"""What Ctrl-C and a Spark Connect server that is killed do to a session: a process of its own, driven by a test.

It says on a line what it begins; the test sends it Ctrl-C, or kills the server.
"""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pyarrow as pa
from lost_jvm import TAKES_MINUTES, query

from skewless.engines.spark import Spark
from skewless.ground.errors import EngineError


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def attempt(engine: Spark, name: str, text: str) -> None:
    say(name)
    since = time.monotonic()
    try:
        found = str(engine.rows(query(text)))
    except EngineError as error:
        found = error.message
    except KeyboardInterrupt:
        found = "interrupted"
    say(f"{time.monotonic() - since:.1f} {found}")


def main(address: str) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with Spark(root=Path(), settings={"remote": address}) as engine:
        engine.register("given", pa.table({"n": pa.array(range(200_000), pa.int64())}))
        attempt(engine, "interrupt", TAKES_MINUTES)
        attempt(engine, "after", "SELECT COUNT(*) AS n FROM given")
        attempt(engine, "kill", TAKES_MINUTES)
        attempt(engine, "interrupt again", TAKES_MINUTES)
        since = time.monotonic()
    say(f"{time.monotonic() - since:.1f} closed")


if __name__ == "__main__":
    main(sys.argv[1])
