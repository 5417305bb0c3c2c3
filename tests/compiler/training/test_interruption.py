"""Ctrl-C while DuckDB computes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from skewless.engines.duckdb import DuckDB

SOURCES = Path(__file__).parents[3] / "compiler"


@pytest.fixture
def _heeded() -> Iterator[None]:
    """A test's process may have been told to ignore Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_heeded")
def test_an_interruption_stops_the_query_and_leaves_the_connection_usable(tmp_path: Path) -> None:
    takes_minutes = "SELECT COUNT(*) FROM range(200000) AS a, range(200000) AS b WHERE a.range * b.range % 7 = 3"
    main = threading.main_thread().ident
    assert main is not None
    with DuckDB(root=tmp_path, settings={}, threads=1) as engine:
        timer = threading.Timer(0.3, signal.pthread_kill, (main, signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            engine.rows(takes_minutes)
        timer.join()
        assert engine.rows("SELECT 1") == [(1,)]


def test_no_progress_bar_is_drawn_into_the_output() -> None:
    """DuckDB draws one in a process that it takes for interactive, such as `python -c`."""
    code = (
        "from pathlib import Path; from skewless.engines.duckdb import DuckDB\n"
        "with DuckDB(root=Path(), settings={}, threads=1) as engine:\n"
        "    print(engine.rows(\"SELECT current_setting('enable_progress_bar')\"))"
    )
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == "[(False,)]\n"


def test_a_process_that_ends_at_once_leaves_nothing_of_a_query() -> None:
    """DuckDB tells of what is leaked; the thread that has answered is given time to be still at it."""
    code = (
        "import time\n"
        "from concurrent.futures import Future\n"
        "from pathlib import Path\n"
        "from skewless.engines import waiting\n"
        "from skewless.engines.duckdb import DuckDB\n"
        "class Slow(Future):\n"
        "    def set_result(self, result):\n"
        "        super().set_result(result)\n"
        "        time.sleep(0.3)\n"
        "waiting.Future = Slow\n"
        "with DuckDB(root=Path(), settings={}, threads=1) as engine:\n"
        "    print(engine.columns('SELECT 1 AS a'))\n"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(SOURCES)}, capture_output=True, text=True,
        check=True, timeout=60,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("{'a': 'INTEGER'}\n", "")
