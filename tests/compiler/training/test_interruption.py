"""Ctrl-C while DuckDB computes."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from skewless.engines.duckdb import DuckDB


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
