"""Whether this process may run SQL that was compiled: SQL means what it meant only on the same release of DuckDB."""

from __future__ import annotations

from collections.abc import Mapping

from skewless.contract.artifact import CODEC_VERSION
from skewless.ground.errors import UsageError


def check_release(what: str, versions: Mapping[str, str], codec: int) -> None:
    """Raises UsageError unless the artefact was compiled for the DuckDB and the codec of this process."""
    import duckdb

    compiled = str(versions.get("duckdb", ""))
    if compiled != duckdb.__version__:
        raise UsageError(
            f"{what} was compiled for DuckDB {compiled}, and this process has {duckdb.__version__}",
            help="compile and serve with one version: skewless compile",
        )
    if codec != CODEC_VERSION:
        raise UsageError(
            f"{what} reads codec {codec}, and this process codec {CODEC_VERSION}",
            help="compile and serve with one version: skewless compile",
        )
