"""Ctrl-C during a query on Spark, and a Spark that is not there any more."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import skewless
from skewless.engines.spark import Spark
from skewless.engines.waiting import WaitingThread

from .lost_jvm import TAKES_MINUTES, query

SOURCES = Path(skewless.__file__).parents[1]
MASTER = {"master": "local-cluster[2,1,1024]"}


@pytest.fixture
def _heeded() -> Iterator[None]:
    """A test's process may have been told to ignore Ctrl-C, and Spark's own handler stops the jobs of every session."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def ctrl_c_after(seconds: float) -> threading.Timer:
    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(seconds, signal.pthread_kill, (main, signal.SIGINT))
    timer.start()
    return timer


@pytest.mark.usefixtures("_heeded")
def test_ctrl_c_stops_the_jobs_and_leaves_the_session_usable(spark: Any, tmp_path: Path) -> None:
    with Spark(root=tmp_path, settings=MASTER) as engine:
        engine.register("given", pa.table({"n": pa.array(range(200_000), pa.int64())}))
        timer = ctrl_c_after(3)
        since = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            engine.rows(query(TAKES_MINUTES))
        timer.join()
        assert time.monotonic() - since < 3 + 9
        assert not spark.sparkContext.statusTracker().getActiveJobsIds()
        assert engine.rows(query("SELECT COUNT(*) AS n FROM given")) == [(200_000,)]


def test_a_jvm_that_is_killed_during_a_query_is_one_message() -> None:
    script = Path(__file__).with_name("lost_jvm.py")
    done = subprocess.run(  # noqa: S603 - this interpreter and our own script
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    message, seconds = done.stdout.splitlines()
    assert message == "the connection to Spark was lost"
    assert float(seconds) < 30
    assert "Traceback" not in done.stderr
    assert "Warning" not in done.stderr


@pytest.mark.usefixtures("_heeded")
def test_neither_a_call_nor_a_cancel_that_does_not_end_keeps_the_caller() -> None:
    ever = threading.Event()
    waiting = WaitingThread(ever.wait, every=0.2, limit=0.4)
    timer = ctrl_c_after(0.2)
    since = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        waiting.run(ever.wait)
    assert time.monotonic() - since < 3
    timer.join()
    waiting.close()
    ever.set()


def test_a_call_that_does_not_end_does_not_keep_the_process() -> None:
    code = (
        "import os, signal, threading\n"
        "from skewless.engines.waiting import WaitingThread\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "waiting = WaitingThread(lambda: None, every=0.1, limit=0.1)\n"
        "threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "try:\n"
        "    waiting.run(threading.Event().wait)\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted')\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout == "interrupted\n"
