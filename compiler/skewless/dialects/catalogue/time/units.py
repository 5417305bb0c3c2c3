"""Units of time, their spellings and lengths, and the SQL that many functions share."""

from __future__ import annotations

from skewless.ground.durations import MICROSECONDS

_SPELLINGS = {
    "microsecond": "microseconds us usec usecs",
    "millisecond": "milliseconds ms msec msecs",
    "second": "seconds s sec secs",
    "minute": "minutes m min mins",
    "hour": "hours h hr hrs",
    "day": "days d dayofmonth",
    "week": "weeks w weekofyear",
    "month": "months mon mons",
    "quarter": "quarters",
    "year": "years y yr yrs",
    "decade": "decades dec decs",
    "century": "centuries cent c",
    "millennium": "millennia millenium mil mils",
    "dow": "dayofweek weekday",
    "doy": "dayofyear",
}
UNITS = {spelling: unit for unit, others in _SPELLINGS.items() for spelling in (unit, *others.split())}
"""DuckDB's spellings of a unit of time, each with the one that the entries have."""

MONTHS = {"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1_200, "millennium": 12_000}
YEARS = {"decade": 10, "century": 100, "millennium": 1_000}


UNITS_PAGE = "functions-date-time"


def since_1970(argument: str) -> str:
    """Spark: microseconds since 1970; the session's zone is UTC."""
    return f"UNIX_MICROS(CAST({argument} AS TIMESTAMP))"


def of_micros(value: str) -> str:
    """Spark: the timestamp of so many microseconds since 1970.

    DuckDB has a little less than 64 bits: it begins at a midnight, and its last microsecond is infinite.
    """
    is_inside = f"{value} BETWEEN -9223372022400000000 AND {2**63 - 2}"
    return (
        f"CASE WHEN {is_inside} THEN CAST(TIMESTAMP_MICROS({value}) AS RESULT) "
        f"WHEN NOT {value} IS NULL THEN RAISE_ERROR('a timestamp is out of range') END"
    )


def monday(argument: str) -> str:
    """Snowflake: the midnight that a week begins with, whatever WEEK_START is."""
    return f"DATEADD(DAY, 1 - DAYOFWEEKISO({argument}), DATE_TRUNC('DAY', {argument}))"


def quotient(value: str, divisor: int) -> str:
    """Snowflake: whole times, toward zero; its division alone rounds to six digits."""
    return f"CAST(({value} - {value} % {divisor}) / {divisor} AS RESULT)"


def one(unit: str) -> str:
    """Spark: one unit."""
    if unit in MONTHS:
        return f"INTERVAL '{MONTHS[unit]}' MONTH"
    days, rest = divmod(MICROSECONDS[unit], MICROSECONDS["day"])
    if days:
        return f"INTERVAL '{days}' DAY"
    known = next((name for name in ("hour", "minute", "second") if rest == MICROSECONDS[name]), None)
    return f"INTERVAL '1' {known.upper()}" if known else f"INTERVAL '{rest / MICROSECONDS['second']:f}' SECOND"
