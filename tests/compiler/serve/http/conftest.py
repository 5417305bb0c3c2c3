"""One project, loaded once, and one server over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from serve.http.bazaar import write_bazaar
from serve.http.serving import running
from skewless.serve.http.app import make_app
from skewless.serve.http.settings import Limits, Settings


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bazaar(tmp_path_factory.mktemp("bazaar") / "project")


@pytest.fixture(scope="session")
def settings(bundles: Path) -> Settings:
    return Settings(bundles=bundles, access_log=False, limits=Limits(rows=1_000, body_bytes=100_000))


# Not for the whole session: a child that is forked while another thread holds a DuckDB connection does not survive it.
@pytest.fixture(scope="package")
def client(settings: Settings) -> Iterator[httpx.Client]:
    with running(make_app(settings)) as client:
        yield client
