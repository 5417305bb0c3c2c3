"""Spark's errors in its own words, and its silence."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from skewless.ground.errors import EngineError

_EXCERPT = re.compile(r"\n+== SQL|\nJVM stacktrace|\n\tat ")
_SAID_TWICE = (
    r"\[RETRIES_EXCEEDED\]|Unable to cleanly shutdown Spark JVM process|The SQL config '.*' has been deprecated"
)


@contextmanager
def quietly() -> Iterator[None]:
    """Without the warnings of pandas, which is not used here, and without those of the clients: their errors say it."""
    root = logging.getLogger()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        warnings.filterwarnings("ignore", message=_SAID_TWICE)
        root.addFilter(_is_not_of_py4j)
        try:
            yield
        finally:
            root.removeFilter(_is_not_of_py4j)


def _is_not_of_py4j(record: logging.LogRecord) -> bool:
    """It logs a lost connection with its stack, and raises it too."""
    return "py4j" not in record.pathname


@contextmanager
def left_alone() -> Iterator[None]:
    """A Spark that is not there any more has nothing left to end."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    with quietly(), suppress(PySparkException, Py4JError, OSError, EOFError):
        yield


def is_lost(error: BaseException) -> bool:
    """Whether it is an error of the connection to a Spark Connect server, in gRPC's words."""
    return "StatusCode.UNAVAILABLE" in str(error)


def lost() -> EngineError:
    return EngineError(
        "the connection to Spark was lost",
        help="see the log of Spark for why it ended; nothing was written, so run the command again",
    )


def own_words(error: BaseException) -> str:
    """Spark's message, without its excerpt of SQL that nobody wrote, and without Java's stack."""
    text = _EXCERPT.split(str(error))[0]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(lines[:3]) or type(error).__name__
