"""A session on a Spark Connect server, which is another process."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyspark
import pytest

import skewless
from skewless.engines.spark import Spark
from skewless.ground.errors import EngineError

HOME = Path(pyspark.__file__).parent
SOURCES = Path(skewless.__file__).parents[1]
_PATIENCE = 120.0


@contextmanager
def running(warehouse: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server of its own, and its address."""
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        pytest.skip("a Spark Connect server needs Java, and there is none on the path")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2", "spark.driver.host": "127.0.0.1",
        "spark.sql.warehouse.dir": str(warehouse),
        "spark.connect.grpc.binding.address": "127.0.0.1", "spark.connect.grpc.binding.port": str(port),
    }  # fmt: skip
    command = [str(HOME / "bin" / "spark-submit"), "--master", "local[1]"]
    command += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    command += [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
    server = subprocess.Popen(  # noqa: S603 - Spark's own script
        [*command, "spark-internal"],
        env={**os.environ, "SPARK_HOME": str(HOME), "SPARK_LOCAL_IP": "127.0.0.1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait(port)
        yield f"sc://127.0.0.1:{port}", server
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
        server.wait()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("warehouse")) as (address, _):
        yield address


def _wait(port: int) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.5)
        else:
            return


def test_a_session_does_what_a_local_one_does(address: str, tmp_path: Path) -> None:
    script = Path(__file__).with_name("connect_session.py")
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    done = subprocess.run(  # noqa: S603 - this interpreter and our own script
        [sys.executable, str(script), address, str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows, message, read, written = done.stdout.splitlines()
    assert rows == "[(2,)]"
    assert "ARITHMETIC_OVERFLOW" in message
    assert "SELECT" not in message
    assert read == "[(7, '007'), (8, '008')]"
    assert written == "{'n': 'BIGINT'} [(2,)]"
    assert "Warning" not in done.stderr


@pytest.mark.cluster  # it takes a minute
def test_ctrl_c_stops_a_query_and_a_server_that_is_killed_is_told_within_half_a_minute(tmp_path: Path) -> None:
    script = Path(__file__).with_name("lost_server.py")
    with running(tmp_path) as (address, server):
        client = subprocess.Popen(  # noqa: S603 - this interpreter and our own script
            [sys.executable, str(script), address],
            env={**os.environ, "PYTHONPATH": str(SOURCES)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert client.stdout is not None
            told = []
            for line in client.stdout:
                told.append(line.strip())
                if line.startswith("interrupt"):
                    time.sleep(3)
                    client.send_signal(signal.SIGINT)
                elif line.startswith("kill"):
                    time.sleep(3)
                    os.killpg(server.pid, signal.SIGKILL)
            errors = client.communicate(timeout=60)[1]
        finally:
            client.kill()
    results = dict(zip(told[:-1:2], (line.split(" ", 1) for line in told[1:-1:2]), strict=True))
    assert {name: result for name, (_, result) in results.items()} == {
        "interrupt": "interrupted",
        "after": "[(200000,)]",
        "kill": "the connection to Spark was lost",
        "interrupt again": "interrupted",
    }
    limits = {"interrupt": 10, "kill": 40, "interrupt again": 15}
    assert {name: results[name][0] for name, most in limits.items() if float(results[name][0]) > most} == {}
    assert float(told[-1].split()[0]) < 10
    assert "Traceback" not in errors, errors


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="Spark Connect cannot be reached"):
        Spark(root=tmp_path, settings={"remote": "sc://127.0.0.1:1/;user_id=me"})
