"""Dates and timestamps as numbers, and of numbers."""

from __future__ import annotations

from skewless.dialects.catalogue.entry import Entry, Refused, documented, entry
from skewless.dialects.catalogue.time.units import of_micros, since_1970
from skewless.ground.dtypes import BIGINT, DATE, DOUBLE, TIMESTAMP

EPOCH = since_1970("$1")
_PART_PAGE = "functions/date_part"
SNOWFLAKE_EPOCH = "DATE_PART(EPOCH_MICROSECOND, $1)"


def _seconds(argument: str) -> str:
    """Snowflake: a DOUBLE. Beyond 2^53 microseconds its rounding is not documented, except that of whole seconds."""
    micros = f"DATE_PART(EPOCH_MICROSECOND, {argument})"
    return (
        f"CASE WHEN ABS({micros}) <= {2**53} THEN CAST({micros} AS DOUBLE) / 1000000 "
        f"WHEN {micros} % 1000000 = 0 THEN CAST({micros} / 1000000 AS DOUBLE) "
        f"ELSE CAST({micros} AS DECIMAL(15, 0)) END"
    )


_NANOSECONDS = Refused("DuckDB has nanoseconds for the years 1677 to 2262 only", "epoch_us(x) * 1000")
_EPOCHS = [
    entry("date_part('epoch', TIMESTAMP)", DOUBLE, spark=f"CAST({since_1970('$2')} AS DOUBLE) / 1000000",
          snowflake=documented(_seconds("$2"), _PART_PAGE)),
    entry("epoch(TIMESTAMP)", DOUBLE, spark=f"CAST({EPOCH} AS DOUBLE) / 1000000",
          snowflake=documented(_seconds("$1"), _PART_PAGE)),
    # DuckDB rounds to milliseconds, half away from zero.
    entry("epoch_ms(TIMESTAMP)", BIGINT, spark=f"ROUND({EPOCH}, -3) DIV 1000",
          snowflake=documented(f"ROUND({SNOWFLAKE_EPOCH} / 1000)", "functions/round")),
    entry("epoch_us(TIMESTAMP)", BIGINT, spark=EPOCH, snowflake=documented(SNOWFLAKE_EPOCH, _PART_PAGE)),
    entry("epoch_ns(TIMESTAMP)", BIGINT, spark=_NANOSECONDS, snowflake=_NANOSECONDS),
    entry("nanosecond(TIMESTAMP)", BIGINT, spark="CAST(EXTRACT(SECOND FROM $1) * 1000000 AS RESULT) * 1000",
          snowflake=documented("SECOND($1) * 1000000000 + DATE_PART(NANOSECOND, $1)", _PART_PAGE)),
]  # fmt: skip
_NOT_CHECKED = "its function makes a date of any numbers: month 13 is the next January"
_NO_DATE = Refused(_NOT_CHECKED, "cast a text of the form 'YYYY-MM-DD' to DATE")
_NO_TIMESTAMP = Refused(_NOT_CHECKED, "cast a text of the form 'YYYY-MM-DD HH:MM:SS' to TIMESTAMP")
_SECONDS = Refused("its seconds are rounded otherwise", "give whole seconds, and add to_microseconds(n)")
_TO_TIMESTAMP = Refused(
    "to_timestamp gives a TIMESTAMP WITH TIME ZONE, and all timestamps here are without one",
    "make_timestamp(microseconds)",
)
_INFINITY = Refused("its greatest number is the date 'infinity', which only DuckDB has", "DATE '1970-01-01' + n")


def _of_all(count: int, sql: str) -> str:
    """NULL where an argument is, though another one is too large."""
    present = " AND ".join(f"NOT ${place} IS NULL" for place in range(1, count + 1))
    return f"CASE WHEN {present} THEN {sql} END"


_DATE_PARTS = "CAST($1 AS INT), CAST($2 AS INT), CAST($3 AS INT)"
# 24:00:00 is the next midnight.
_TIMESTAMP = (
    "CASE WHEN $4 = 24 AND $5 = 0 AND $6 = 0 "
    f"THEN MAKE_TIMESTAMP_NTZ({_DATE_PARTS}, 0, 0, 0) + INTERVAL '1' DAY "
    f"ELSE MAKE_TIMESTAMP_NTZ({_DATE_PARTS}, CAST($4 AS INT), CAST($5 AS INT), CAST($6 AS DECIMAL(16, 6))) END"
)
_MADE = [
    entry("make_date(BIGINT, BIGINT, BIGINT)", DATE, spark=_of_all(3, f"MAKE_DATE({_DATE_PARTS})"), snowflake=_NO_DATE),
    entry("make_date(INTEGER)", DATE, spark=_INFINITY, snowflake=_INFINITY),
    entry("make_timestamp(BIGINT)", TIMESTAMP, spark=of_micros("$1"),
          snowflake=documented("DATEADD(MICROSECOND, $1, CAST('1970-01-01' AS TIMESTAMPNTZ))", "functions/dateadd")),
    entry("epoch_ms(BIGINT)", TIMESTAMP, spark="CAST(TIMESTAMP_MILLIS($1) AS RESULT)",
          snowflake=documented("DATEADD(MILLISECOND, $1, CAST('1970-01-01' AS TIMESTAMPNTZ))", "functions/dateadd")),
    entry("make_timestamp(BIGINT, BIGINT, BIGINT, BIGINT, BIGINT, BIGINT)", TIMESTAMP, spark=_of_all(6, _TIMESTAMP),
          snowflake=_NO_TIMESTAMP),
    entry("make_timestamp(BIGINT, BIGINT, BIGINT, BIGINT, BIGINT, DOUBLE)", TIMESTAMP,
          spark=_SECONDS, snowflake=_SECONDS),
    entry("to_timestamp(DOUBLE)", TIMESTAMP, spark=_TO_TIMESTAMP, snowflake=_TO_TIMESTAMP),
]  # fmt: skip


ENTRIES: tuple[Entry, ...] = (*_EPOCHS, *_MADE)
