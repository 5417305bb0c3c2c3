"""One embedded DuckDB for each thread, whatever number of services it answers for."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

# A database has threads of its own unless told otherwise: they would take memory, and a forked process lacks them.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {"threads": 1, "async_threads": 0}
_SETTINGS = ("SET TimeZone = 'UTC'", "SET default_null_order = 'nulls_last'")


class _Databases(threading.local):
    """This thread's database, and the process that made it."""

    database: duckdb.DuckDBPyConnection | None = None
    process = 0


_OWN = _Databases()


def connection() -> duckdb.DuckDBPyConnection:
    """A new connection to this thread's database, with the settings under which SQL means what it was compiled for."""
    import duckdb

    if _OWN.database is None or _OWN.process != os.getpid():
        _OWN.database, _OWN.process = duckdb.connect(config=_CONFIG), os.getpid()
    made = _OWN.database.cursor()
    for setting in _SETTINGS:
        made.execute(setting)
    return made
