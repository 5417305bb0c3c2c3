"""A profile's settings into a connection on which values are DuckDB's.

https://docs.snowflake.com/en/sql-reference/parameters lists the session parameters. Those that change what SQL means
are set, and read back.
"""

from __future__ import annotations

import json
import logging
import time
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from skewless.engines.snowflake_errors import engine_error
from skewless.engines.snowflake_login import login
from skewless.ground.errors import DriverMissing, EngineError
from skewless.ground.version import VERSION

if TYPE_CHECKING:
    from snowflake.connector import SnowflakeConnection

FIXED: Mapping[str, str] = {
    "TIMEZONE": "UTC",
    "TIMESTAMP_TYPE_MAPPING": "TIMESTAMP_NTZ",
    "WEEK_START": "1",
    "WEEK_OF_YEAR_POLICY": "0",
    "TWO_DIGIT_CENTURY_START": "1970",
    "QUOTED_IDENTIFIERS_IGNORE_CASE": "false",
    "DEFAULT_NULL_ORDERING": "LAST",
    "DATE_INPUT_FORMAT": "AUTO",
    "TIMESTAMP_INPUT_FORMAT": "AUTO",
    "DATE_OUTPUT_FORMAT": "YYYY-MM-DD",
    "TIMESTAMP_NTZ_OUTPUT_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF6",
    "BINARY_INPUT_FORMAT": "HEX",
    "BINARY_OUTPUT_FORMAT": "HEX",
    "ROWS_PER_RESULTSET": "0",
    "AUTOCOMMIT": "true",
}
"""What values depend on."""
TIMEOUT_SECONDS = 4 * 60 * 60
"""How long a statement may run unless the profile says otherwise; Snowflake's own limit is two days."""
_PAUSE_SECONDS = 10
_Sleep = Callable[[float], None]


def session_parameters(settings: Mapping[str, Any]) -> dict[str, str]:
    """The parameters of a session of the target."""
    tag: dict[str, str] = {"app": "skewless", "version": VERSION}
    if settings.get("query_tag"):
        tag["tag"] = str(settings["query_tag"])
    timeout = settings.get("statement_timeout") or TIMEOUT_SECONDS
    return {**FIXED, "QUERY_TAG": json.dumps(tag), "STATEMENT_TIMEOUT_IN_SECONDS": str(timeout)}


def connected(settings: Mapping[str, Any], sleep: _Sleep = time.sleep) -> SnowflakeConnection:
    """An open connection. Raises DriverMissing, or EngineError that says what to correct.

    `settings` have their secrets in plain text.
    """
    try:
        import snowflake.connector  # noqa: F401
    except ImportError as error:
        raise DriverMissing("Snowflake", "snowflake") from error
    logging.getLogger("snowflake").setLevel(logging.CRITICAL)  # errors are told once, by skewless
    parameters = session_parameters(settings)
    arguments = {
        **login(settings),
        **patience(),
        "session_parameters": dict(parameters),
    }  # some drivers change the values
    connection = _opened(arguments, settings, sleep)
    try:
        _check(connection, parameters, settings)
    except BaseException:
        connection.close()
        raise
    return connection


def patience() -> dict[str, int]:
    """How long the driver tries to reach a server that does not answer; else it is hours, and before version 5 forever.

    A statement may run for longer: Snowflake answers within a minute that it is still running.
    """
    from snowflake.connector.version import VERSION as DRIVER

    return {"retry_timeout": 60, "retry_max_attempts": 3} if (DRIVER[0] or 0) >= 5 else {"network_timeout": 180}


def _check(connection: SnowflakeConnection, parameters: Mapping[str, str], settings: Mapping[str, Any]) -> None:
    from snowflake.connector.errors import Error

    try:
        check_parameters(connection, parameters)
        check_place(connection)
    except Error as error:
        raise engine_error(error, settings) from None


def _opened(arguments: Mapping[str, Any], settings: Mapping[str, Any], sleep: _Sleep) -> SnowflakeConnection:
    """Tries again as often as the profile says, as dbt does."""
    from snowflake.connector import connect
    from snowflake.connector.errors import DatabaseError, Error

    retried = Error if settings.get("retry_all") else DatabaseError if settings.get("retry_on_database_errors") else ()
    left = int(settings.get("connect_retries") or 0) if retried else 0
    while True:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of the driver, about its own options
                return connect(**arguments)
        except Error as error:
            if left == 0 or not isinstance(error, retried):
                raise engine_error(error, settings, opening=True) from None  # its frames hold the password
        left -= 1
        sleep(float(settings.get("connect_timeout") or _PAUSE_SECONDS))


def check_parameters(connection: SnowflakeConnection, wanted: Mapping[str, str]) -> None:
    """Raises EngineError if the session has another value of a parameter than it was given."""
    with connection.cursor() as cursor:
        found = {str(row[0]): str(row[1]) for row in cursor.execute("SHOW PARAMETERS IN SESSION").fetchall()}
    for name, value in wanted.items():
        there = found.get(name)
        if there is None or there.lower() != value.lower():
            kept = "nothing" if there is None else repr(there)
            raise EngineError(
                f"Snowflake keeps {name} at {kept}, where it was set to '{value}'",
                help="values depend on it: let the user's sessions set it, or remove what fixes it for the account",
            )


def check_place(connection: SnowflakeConnection) -> None:
    """Raises EngineError if the session has no schema to make its temporary tables in, or nothing that computes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT CURRENT_DATABASE(), CURRENT_SCHEMA(), CURRENT_WAREHOUSE()")
        found = dict(zip(("database", "schema", "warehouse"), cursor.fetchone() or (), strict=True))
    missing = [key for key, value in found.items() if not value]
    if missing:
        raise EngineError(
            f"the Snowflake session has no {missing[0]}: it is not named, does not exist, or the role may not use it",
            help=f"set {' and '.join(repr(key) for key in missing)} in the profile, and check what the role may use",
        )
