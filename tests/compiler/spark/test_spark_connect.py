"""A session on a Spark Connect server, which is another process."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyspark
import pytest
from sqlglot import exp, parse_one

from skewless.engines.spark import Spark
from skewless.ground.errors import EngineError

HOME = Path(pyspark.__file__).parent
_PATIENCE = 120.0


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        pytest.skip("a Spark Connect server needs Java, and there is none on the path")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2", "spark.driver.host": "127.0.0.1",
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
        yield f"sc://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, 15)
        server.wait()


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


def query(text: str) -> exp.Query:
    found = parse_one(text, dialect="duckdb")
    assert isinstance(found, exp.Query)
    return found


def test_a_session_does_what_a_local_one_does(address: str, tmp_path: Path) -> None:
    with Spark(root=tmp_path, settings={"remote": address}) as engine:
        engine.register("given", pa.table({"n": [1, 2, None]}))
        engine.create("kept", query("SELECT n FROM given WHERE n > 1"))
        assert engine.rows(query("SELECT n FROM kept")) == [(2,)]
        with pytest.raises(EngineError, match="ARITHMETIC_OVERFLOW") as error:
            engine.rows(query("SELECT n + 9223372036854775807 AS m FROM kept"))
        assert "SELECT" not in error.value.message


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="Spark Connect cannot be reached"):
        Spark(root=tmp_path, settings={"remote": "sc://127.0.0.1:1/;user_id=me"})
