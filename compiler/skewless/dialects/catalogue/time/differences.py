"""Differences between dates and timestamps: boundaries crossed, whole units, and days."""

from __future__ import annotations

from skewless.dialects.catalogue.entry import Entry, Refused, documented, entry
from skewless.dialects.catalogue.time.units import MONTHS, YEARS, monday, quotient, since_1970
from skewless.ground.dtypes import BIGINT, DATE, INTERVAL
from skewless.ground.durations import MICROSECONDS

_1970 = "CAST('1970-01-01' AS DATE)"


def _days(later: str, earlier: str) -> str:
    """Spark: its own DATEDIFF goes round beyond 32 bits."""
    return f"CAST(DATEDIFF({later}, {_1970}) AS BIGINT) - DATEDIFF({earlier}, {_1970})"


_WEEKS = _days("TRUNC($3, 'WEEK')", "TRUNC($2, 'WEEK')")
# Boundaries between $2 and $3.
_CALENDAR_DIFFERENCES: dict[str, tuple[str, str]] = {
    "year": ("YEAR($3) - YEAR($2)", "DATEDIFF(YEAR, $2, $3)"),
    "isoyear": (
        "EXTRACT(YEAROFWEEK FROM $3) - EXTRACT(YEAROFWEEK FROM $2)", "YEAROFWEEKISO($3) - YEAROFWEEKISO($2)",
    ),
    # Before the year 1 a quarter is cut towards zero.
    "quarter": (
        "(YEAR($3) * 12 + MONTH($3) - 1) DIV 3 - (YEAR($2) * 12 + MONTH($2) - 1) DIV 3", "DATEDIFF(QUARTER, $2, $3)",
    ),
    "month": ("TIMESTAMPDIFF(MONTH, TRUNC($2, 'MONTH'), TRUNC($3, 'MONTH'))", "DATEDIFF(MONTH, $2, $3)"),
    "week": (
        f"({_WEEKS}) DIV 7",
        f"DATEDIFF(DAY, {monday('$2')}, {monday('$3')}) / 7",
    ),
    "day": (_days("$3", "$2"), "DATEDIFF(DAY, $2, $3)"),
    **{unit: (f"YEAR($3) DIV {years} - YEAR($2) DIV {years}",
              f"TRUNC(YEAR($3) / {years}) - TRUNC(YEAR($2) / {years})") for unit, years in YEARS.items()},
}  # fmt: skip
_DIFFERENCES = [
    *(entry(f"date_diff('{unit}', {kind}, {kind})", BIGINT, spark=f"CAST({spark} AS RESULT)",
            snowflake=documented(f"CAST({snowflake} AS RESULT)" if unit == "week" else snowflake, "functions/datediff"))
      for unit, (spark, snowflake) in _CALENDAR_DIFFERENCES.items() for kind in ("DATE", "TIMESTAMP")),
    *(entry(f"date_diff('{unit}', TIMESTAMP, TIMESTAMP)", BIGINT,
            spark="(UNIX_MICROS(DATE_TRUNC('{0}', $3)) - UNIX_MICROS(DATE_TRUNC('{0}', $2))) DIV {1}".format(
                unit.upper(), micros),
            snowflake=documented(f"DATEDIFF({unit.upper()}, $2, $3)", "functions/datediff"))
      for unit, micros in MICROSECONDS.items() if unit not in _CALENDAR_DIFFERENCES),
]  # fmt: skip


def _whole_months(earlier: str, later: str) -> tuple[str, str]:
    """How many months can be added to the one before it passes the other."""
    spark = f"TIMESTAMPDIFF(MONTH, TRUNC({earlier}, 'MONTH'), TRUNC({later}, 'MONTH'))"
    snowflake = f"DATEDIFF(MONTH, {earlier}, {later})"
    return (
        f"({spark} - IF({earlier} + {spark} * INTERVAL '1' MONTH > {later}, 1, 0))",
        f"({snowflake} - IFF(DATEADD(MONTH, {snowflake}, {earlier}) > {later}, 1, 0))",
    )


def _either_way(forward: str, backward: str) -> str:
    return f"CASE WHEN $2 <= $3 THEN {forward} WHEN $2 > $3 THEN -{backward} END"


_MONTHS_BETWEEN = tuple(map(_either_way, _whole_months("$2", "$3"), _whole_months("$3", "$2")))
_WHOLE_UNITS = [
    *(entry(f"datesub('{unit}', TIMESTAMP, TIMESTAMP)", BIGINT, spark=f"({_MONTHS_BETWEEN[0]}) DIV {months}",
            snowflake=documented(f"TRUNC(({_MONTHS_BETWEEN[1]}) / {months})", "functions/add_months"))
      for unit, months in MONTHS.items()),
    *(entry(f"datesub('{unit}', TIMESTAMP, TIMESTAMP)", BIGINT,
            spark=f"({since_1970('$3')} - {since_1970('$2')}) DIV {micros}",
            snowflake=documented(quotient("DATEDIFF(MICROSECOND, $2, $3)", micros), "functions/datediff"))
      for unit, micros in MICROSECONDS.items()),
]  # fmt: skip


def _day(days: str) -> str:
    """Spark: not DATE_ADD, which goes round at the limit. DuckDB's last days are infinite."""
    fault = "RAISE_ERROR('a date is out of range')"
    return f"CASE WHEN {days} IN ({2**31 - 1}, {1 - 2**31}) THEN {fault} ELSE DATE_FROM_UNIX_DATE({days}) END"


_DAYS = [
    *(entry(signature, DATE, spark=_day(f"DATEDIFF({date}, {_1970}) {symbol} {days}"),
            snowflake=documented(f"DATEADD(DAY, {sign}{days}, {date})", "functions/dateadd"))
      for signature, date, symbol, sign, days in (
          ("+(DATE, INTEGER)", "$1", "+", "", "$2"),
          ("+(INTEGER, DATE)", "$2", "+", "", "$1"),
          ("-(DATE, INTEGER)", "$1", "-", "-", "$2"),
      )),
    entry("-(DATE, DATE)", BIGINT, spark=_days("$1", "$2"),
          snowflake=documented("DATEDIFF(DAY, $2, $1)", "functions/datediff")),
]  # fmt: skip

_INTERVAL = Refused(
    "its intervals are not DuckDB's", "count with date_diff('second', b, a), or subtract epoch_us(b) from epoch_us(a)"
)
_INTERVALS = [
    entry(f"{name}(TIMESTAMP, TIMESTAMP)", INTERVAL, spark=_INTERVAL, snowflake=_INTERVAL) for name in ("-", "age")
]

ENTRIES: tuple[Entry, ...] = (*_DIFFERENCES, *_WHOLE_UNITS, *_DAYS, *_INTERVALS)
