"""Options and fixtures of every test of the tool."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from warehouse_shop import SPARK_MASTER

if TYPE_CHECKING:
    from stores.redis_server import RedisServer


QUICK = frozenset(
    {"test_spark_engine.py", "test_ordinary.py", "test_same_values.py", "test_statements.py", "test_data_tests.py"}
)
"""Tests on the cluster that are part of `make test`."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bless", action="store_true", help="rewrite the golden files that differ")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What computes on the cluster takes long, and has a make target of its own; how the engine behaves does not."""
    for item in items:
        if "spark" in getattr(item, "fixturenames", ()) and item.path.name not in QUICK:
            item.add_marker("cluster")


@pytest.fixture
def bless(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--bless"))


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A Spark cluster that lasts as long as the tests; sessions are opened on it."""
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        pytest.skip("Spark needs Java, and there is none on the path")
    from skewless.engines.spark_session import spark_session

    warehouse = tmp_path_factory.mktemp("warehouse")
    settings = {"spark.sql.shuffle.partitions": 2, "spark.sql.warehouse.dir": str(warehouse)}
    settings["spark.driver.memory"] = "2g"  # hundreds of tests share it
    session, _ = spark_session({"master": SPARK_MASTER, "settings": settings})
    yield session
    session.sparkContext.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium, for the pages of reports."""
    path = os.environ.get("SKEWLESS_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("there is no Chromium on this machine; `make browser` installs one where apt-get can")
    from opened_page import ARGUMENTS
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A server that the tests share; each takes a prefix of its own."""
    from stores.redis_server import RedisServer

    server = RedisServer(tmp_path_factory.mktemp("redis")).start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[RedisServer]]:
    """Three nodes, shared alike."""
    from stores.redis_server import start_cluster

    servers = start_cluster(tmp_path_factory.mktemp("cluster"))
    yield servers
    for server in servers:
        server.stop()
