"""Dates, timestamps and intervals."""

from __future__ import annotations

import re
from collections.abc import Sequence

from skewless.dialects.catalogue.entry import Engine, Entry, Refused, Support, Written, documented, entry
from skewless.ground.dtypes import BIGINT, BOOLEAN, DATE, DOUBLE, INTERVAL, TIMESTAMP, VARCHAR, DataType

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

_FIXED = {
    "microsecond": 1,
    "millisecond": 1_000,
    "second": 1_000_000,
    "minute": 60_000_000,
    "hour": 3_600_000_000,
    "day": 86_400_000_000,
    "week": 604_800_000_000,
}
"""Microseconds of the units that are always as long."""
_MONTHS = {"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1_200, "millennium": 12_000}
_YEARS = {"decade": 10, "century": 100, "millennium": 1_000}

_PARTS_PAGE = "functions/year"
_UNITS_PAGE = "functions-date-time"


def _micros(argument: str) -> str:
    """Spark: microseconds since 1970; the session's zone is UTC."""
    return f"UNIX_MICROS(CAST({argument} AS TIMESTAMP))"


def _monday(argument: str) -> str:
    """Snowflake: the midnight that a week begins with, whatever WEEK_START is."""
    return f"DATEADD(DAY, 1 - DAYOFWEEKISO({argument}), DATE_TRUNC('DAY', {argument}))"


def _quotient(value: str, divisor: int) -> str:
    """Snowflake: whole times, toward zero; its division alone rounds to six digits."""
    return f"CAST(({value} - MOD({value}, {divisor})) / {divisor} AS RESULT)"


def _interval(unit: str) -> str:
    """Spark: one unit."""
    if unit in _MONTHS:
        return f"INTERVAL '{_MONTHS[unit]}' MONTH"
    micros = _FIXED[unit]
    days, seconds = divmod(micros, _FIXED["day"])
    return f"INTERVAL '{days}' DAY" if days else f"INTERVAL '{seconds / 1_000_000:f}' SECOND"


_EPOCH = _micros("$1")
_SNOWFLAKE_EPOCH = "DATE_PART(EPOCH_MICROSECOND, $1)"

_ERA = "CASE WHEN YEAR($1) > 0 THEN 1 WHEN YEAR($1) <= 0 THEN 0 END"
# A part of a date: its names for date_part and as a function, and the SQL of Spark and of Snowflake.
_OF_DATES: dict[tuple[str, ...], tuple[str, str]] = {
    ("year",): ("YEAR($1)", "YEAR($1)"),
    ("quarter",): ("QUARTER($1)", "QUARTER($1)"),
    ("month",): ("MONTH($1)", "MONTH($1)"),
    ("week", "weekofyear"): ("WEEKOFYEAR($1)", "WEEKISO($1)"),
    ("day",): ("DAY($1)", "DAY($1)"),
    ("isoyear",): ("EXTRACT(YEAROFWEEK FROM $1)", "YEAROFWEEKISO($1)"),
    ("yearweek",): ("EXTRACT(YEAROFWEEK FROM $1) * 100 + WEEKOFYEAR($1)", "YEAROFWEEKISO($1) * 100 + WEEKISO($1)"),
    ("dow", "dayofweek"): ("DAYOFWEEK($1) - 1", "MOD(DAYOFWEEKISO($1), 7)"),
    ("isodow",): ("WEEKDAY($1) + 1", "DAYOFWEEKISO($1)"),
    ("doy", "dayofyear"): ("DAYOFYEAR($1)", "DAYOFYEAR($1)"),
    ("decade",): ("YEAR($1) DIV 10", "FLOOR(YEAR($1) / 10)"),
    ("century",): ("(YEAR($1) + 99) DIV 100", "FLOOR((YEAR($1) + 99) / 100)"),
    ("millennium",): ("(YEAR($1) + 999) DIV 1000", "FLOOR((YEAR($1) + 999) / 1000)"),
    ("era",): (_ERA, _ERA),
}  # fmt: skip
# A part of a timestamp; a DATE is its midnight.
_OF_TIMESTAMPS: dict[str, tuple[str, str]] = {
    "hour": ("HOUR($1)", "HOUR($1)"),
    "minute": ("MINUTE($1)", "MINUTE($1)"),
    "second": ("SECOND($1)", "SECOND($1)"),
    "millisecond": ("EXTRACT(SECOND FROM $1) * 1000", "SECOND($1) * 1000 + FLOOR(DATE_PART(NANOSECOND, $1) / 1000000)"),
    "microsecond": (
        "EXTRACT(SECOND FROM $1) * 1000000", "SECOND($1) * 1000000 + FLOOR(DATE_PART(NANOSECOND, $1) / 1000)",
    ),
}  # fmt: skip


def _part(names: tuple[str, ...], kind: str, spark: str, snowflake: str) -> list[Entry]:
    """`date_part('name', x)` with the first name, and the function of the last."""
    return [
        entry(f"{call}{kind})", BIGINT, spark=f"CAST({spark.replace('$1', place)} AS RESULT)",
              snowflake=documented(snowflake.replace("$1", place), _PARTS_PAGE))
        for call, place in ((f"date_part('{names[0]}', ", "$2"), (f"{names[-1]}(", "$1"))
    ]  # fmt: skip


_PARTS = [
    *(one for names, sql in _OF_DATES.items() for kind in ("DATE", "TIMESTAMP") for one in _part(names, kind, *sql)),
    *(one for name, sql in _OF_TIMESTAMPS.items() for one in _part((name,), "TIMESTAMP", *sql)),
]  # fmt: skip
# What date_trunc gives is a TIMESTAMP, of a DATE too.
_TRUNCATED = [
    *(entry(f"date_trunc('{unit}', TIMESTAMP)", TIMESTAMP, spark=f"CAST(DATE_TRUNC('{unit.upper()}', $2) AS RESULT)",
            snowflake=documented(f"DATE_TRUNC('{unit.upper()}', $2)", "functions/date_trunc"))
      for unit in ("microsecond", "millisecond", "second", "minute", "hour", "day", "month", "quarter", "year")),
    entry("date_trunc('week', TIMESTAMP)", TIMESTAMP, spark="CAST(DATE_TRUNC('WEEK', $2) AS RESULT)",
          snowflake=documented(_monday("$2"), _UNITS_PAGE)),
    entry("date_trunc('isoyear', TIMESTAMP)", TIMESTAMP,
          spark="CAST(TRUNC(MAKE_DATE(EXTRACT(YEAROFWEEK FROM $2), 1, 4), 'WEEK') AS RESULT)",
          snowflake=documented(
              f"DATEADD(DAY, -7 * (WEEKISO($2) - 1), {_monday('$2')})", _UNITS_PAGE)),
    *(entry(f"date_trunc('{unit}', TIMESTAMP)", TIMESTAMP,
            spark=f"CAST(MAKE_DATE(YEAR($2) - YEAR($2) % {years}, 1, 1) AS RESULT)",
            snowflake=documented(f"DATEADD(YEAR, -MOD(YEAR($2), {years}), DATE_TRUNC('YEAR', $2))", _UNITS_PAGE))
      for unit, years in _YEARS.items()),
]  # fmt: skip


# Boundaries between $2 and $3.
_CALENDAR_DIFFERENCES: dict[str, tuple[str, str]] = {
    "year": ("YEAR($3) - YEAR($2)", "DATEDIFF(YEAR, $2, $3)"),
    "isoyear": (
        "EXTRACT(YEAROFWEEK FROM $3) - EXTRACT(YEAROFWEEK FROM $2)", "YEAROFWEEKISO($3) - YEAROFWEEKISO($2)",
    ),
    "quarter": ("TIMESTAMPDIFF(QUARTER, TRUNC($2, 'QUARTER'), TRUNC($3, 'QUARTER'))", "DATEDIFF(QUARTER, $2, $3)"),
    "month": ("TIMESTAMPDIFF(MONTH, TRUNC($2, 'MONTH'), TRUNC($3, 'MONTH'))", "DATEDIFF(MONTH, $2, $3)"),
    "week": (
        "DATEDIFF(TRUNC($3, 'WEEK'), TRUNC($2, 'WEEK')) DIV 7",
        f"DATEDIFF(DAY, {_monday('$2')}, {_monday('$3')}) / 7",
    ),
    "day": ("DATEDIFF($3, $2)", "DATEDIFF(DAY, $2, $3)"),
    **{unit: (f"YEAR($3) DIV {years} - YEAR($2) DIV {years}",
              f"FLOOR(YEAR($3) / {years}) - FLOOR(YEAR($2) / {years})") for unit, years in _YEARS.items()},
}  # fmt: skip
_DIFFERENCES = [
    *(entry(f"date_diff('{unit}', {kind}, {kind})", BIGINT, spark=f"CAST({spark} AS RESULT)",
            snowflake=documented(f"CAST({snowflake} AS RESULT)" if unit == "week" else snowflake, "functions/datediff"))
      for unit, (spark, snowflake) in _CALENDAR_DIFFERENCES.items() for kind in ("DATE", "TIMESTAMP")),
    *(entry(f"date_diff('{unit}', TIMESTAMP, TIMESTAMP)", BIGINT,
            spark="(UNIX_MICROS(DATE_TRUNC('{0}', $3)) - UNIX_MICROS(DATE_TRUNC('{0}', $2))) DIV {1}".format(
                unit.upper(), micros),
            snowflake=documented(f"DATEDIFF({unit.upper()}, $2, $3)", "functions/datediff"))
      for unit, micros in _FIXED.items() if unit not in _CALENDAR_DIFFERENCES),
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
      for unit, months in _MONTHS.items()),
    *(entry(f"datesub('{unit}', TIMESTAMP, TIMESTAMP)", BIGINT,
            spark=f"({_micros('$3')} - {_micros('$2')}) DIV {micros}",
            snowflake=documented(_quotient("DATEDIFF(MICROSECOND, $2, $3)", micros), "functions/datediff"))
      for unit, micros in _FIXED.items()),
]  # fmt: skip

# `x + INTERVAL 'n' unit` as `date_add('unit', n, x)`. DuckDB counts milliseconds as DOUBLE: exact for an INTEGER.
_ADDED = [
    entry(f"date_add('{unit}', {'INTEGER' if unit == 'millisecond' else 'BIGINT'}, TIMESTAMP)", TIMESTAMP,
          spark=f"$3 + $2 * {_interval(unit)}", snowflake=documented(snowflake, page))
    for unit, snowflake, page in (
        *((unit, f"DATEADD({unit.upper()}, $2, $3)", "functions/dateadd") for unit in _FIXED),
        *((unit, f"DATEADD(MONTH, $2 * {months}, $3)", "functions/add_months") for unit, months in _MONTHS.items()),
    )
]  # fmt: skip
_MULTIPLE = Refused("an interval of a computed length is no value there", "add it to a date or a timestamp at once")
_MADE_INTERVALS = [
    entry(f"to_{plural}({kind})", INTERVAL, spark=f"$1 * {_interval(unit)}", snowflake=_MULTIPLE)
    for unit, plural, kind in (
        ("microsecond", "microseconds", "BIGINT"),
        ("millisecond", "milliseconds", "INTEGER"),
        ("second", "seconds", "INTEGER"),
        ("minute", "minutes", "BIGINT"),
        ("hour", "hours", "BIGINT"),
        ("day", "days", "BIGINT"),
        ("week", "weeks", "BIGINT"),
        ("month", "months", "BIGINT"),
        ("quarter", "quarters", "BIGINT"),
        ("year", "years", "BIGINT"),
        ("decade", "decades", "BIGINT"),
        ("century", "centuries", "BIGINT"),
        ("millennium", "millennia", "BIGINT"),
    )
]
_INTERVAL_TYPE = Refused("its intervals are not DuckDB's", "write the interval next to the + or - that uses it")
_INTERVAL_SUM = Refused(
    "there, months and days are intervals of different types", "add the intervals to the timestamp one after the other"
)
_INTERVAL_ORDER = Refused(
    "an interval of a month has no length, and engines that compare it choose different ones",
    "compare timestamps, or numbers from date_diff or epoch_us",
)
_TIME_BETWEEN = Refused(
    "its intervals are not DuckDB's", "count with date_diff('second', b, a), or subtract epoch_us(b) from epoch_us(a)"
)
_INTERVAL_ARITHMETIC = [
    entry("+(TIMESTAMP, INTERVAL)", TIMESTAMP, spark="$1 + $2", snowflake=_INTERVAL_TYPE),
    entry("+(INTERVAL, TIMESTAMP)", TIMESTAMP, spark="$2 + $1", snowflake=_INTERVAL_TYPE),
    entry("-(TIMESTAMP, INTERVAL)", TIMESTAMP, spark="$1 - $2", snowflake=_INTERVAL_TYPE),
    entry("-(INTERVAL)", INTERVAL, spark="-$1", snowflake=_INTERVAL_TYPE),
    entry("*(INTERVAL, BIGINT)", INTERVAL, spark="$2 * $1", snowflake=_INTERVAL_TYPE),
    entry("*(BIGINT, INTERVAL)", INTERVAL, spark="$1 * $2", snowflake=_INTERVAL_TYPE),
    *(entry(f"{symbol}(INTERVAL, INTERVAL)", INTERVAL, spark=_INTERVAL_SUM, snowflake=_INTERVAL_SUM)
      for symbol in ("+", "-")),
    *(entry(f"{symbol}(INTERVAL, INTERVAL)", BOOLEAN, spark=_INTERVAL_ORDER, snowflake=_INTERVAL_ORDER)
      for symbol in ("=", "<>", "<", "<=", ">", ">=", "is distinct from", "is not distinct from")),
    entry("between(INTERVAL, INTERVAL, INTERVAL)", BOOLEAN, spark=_INTERVAL_ORDER, snowflake=_INTERVAL_ORDER),
    *(entry(f"{name}(TIMESTAMP, TIMESTAMP)", INTERVAL, spark=_TIME_BETWEEN, snowflake=_TIME_BETWEEN)
      for name in ("-", "age")),
]  # fmt: skip
# Not DATE_ADD, which goes round at the limit.
_1970 = "CAST('1970-01-01' AS DATE)"
_DAYS = [
    *(entry(signature, DATE, spark=f"DATE_FROM_UNIX_DATE(DATEDIFF({date}, {_1970}) {symbol} {days})",
            snowflake=documented(f"DATEADD(DAY, {sign}{days}, {date})", "functions/dateadd"))
      for signature, date, symbol, sign, days in (
          ("+(DATE, INTEGER)", "$1", "+", "", "$2"),
          ("+(INTEGER, DATE)", "$2", "+", "", "$1"),
          ("-(DATE, INTEGER)", "$1", "-", "-", "$2"),
      )),
    entry("-(DATE, DATE)", BIGINT, spark="CAST(DATEDIFF($1, $2) AS RESULT)",
          snowflake=documented("DATEDIFF(DAY, $2, $1)", "functions/datediff")),
]  # fmt: skip


# `time_bucket(INTERVAL 'n' unit, x, origin)` as `time_bucket('unit', n, x, origin)`. Without an origin, weeks and
# whatever is shorter count from Monday 2000-01-03, and months from 2000-01-01.
_MONDAY, _JANUARY = "CAST('2000-01-03' AS TIMESTAMP_NTZ)", "CAST('2000-01-01' AS DATE)"


def _bucket_of_micros(micros: int, origin: str) -> tuple[str, str]:
    width = f"$2 * {micros}"
    since = f"DATEDIFF(MICROSECOND, {origin}, $3)"
    return (
        f"$3 - PMOD({_micros('$3')} - {_micros(origin)}, {width}) * INTERVAL '0.000001' SECOND",
        f"DATEADD(MICROSECOND, -MOD(MOD({since}, {width}) + {width}, {width}), $3)",
    )


def _bucket_of_months(months: int) -> tuple[str, str]:
    width = f"($2 * {months})"
    month = "TRUNC($3, 'MONTH')"
    months_since = f"TIMESTAMPDIFF(MONTH, {_JANUARY}, {month})"
    since = f"DATEDIFF(MONTH, {_JANUARY}, $3)"
    return (
        f"CAST({month} AS TIMESTAMP_NTZ) - PMOD({months_since}, {width}) * INTERVAL '1' MONTH",
        f"DATEADD(MONTH, -MOD(MOD({since}, {width}) + {width}, {width}), DATE_TRUNC('MONTH', $3))",
    )


_WIDTH = Refused("a bucket is at least one unit wide", "time_bucket(interval '5' minute, t)")


def _positive(constants: Sequence[str | None]) -> Refused | None:
    count = constants[1] or ""
    return None if count.isdecimal() and int(count) > 0 else _WIDTH


def _bucket(signature: str, dtype: DataType, spark: str, snowflake: str) -> Entry:
    if dtype == DATE:
        spark, snowflake = f"CAST({spark} AS RESULT)", f"CAST({snowflake} AS RESULT)"
    return entry(
        signature, dtype, spark=spark, snowflake=documented(snowflake, "functions/dateadd"), check=_positive,
    )  # fmt: skip


def _of_dates(sql: tuple[str, str]) -> tuple[str, str]:
    """The midnights of the dates, for units that are shorter than a day."""
    spark, snowflake = (re.sub(r"\$[34]", r"CAST(\g<0> AS TIMESTAMP_NTZ)", one) for one in sql)
    return spark, snowflake


_BUCKETS = [
    *(_bucket(f"time_bucket('{unit}', CONSTANT BIGINT, {kinds})", dtype, *sql)
      for unit, micros in _FIXED.items()
      for kinds, dtype, sql in (
          ("TIMESTAMP", TIMESTAMP, _bucket_of_micros(micros, _MONDAY)),
          ("TIMESTAMP, TIMESTAMP", TIMESTAMP, _bucket_of_micros(micros, "$4")),
          ("DATE", DATE, _of_dates(_bucket_of_micros(micros, _MONDAY))),
          ("DATE, DATE", DATE, _of_dates(_bucket_of_micros(micros, "$4"))),
      )),
    *(_bucket(f"time_bucket('{unit}', CONSTANT BIGINT, {dtype})", dtype, *_bucket_of_months(months))
      for unit, months in _MONTHS.items() for dtype in (DATE, TIMESTAMP)),
]  # fmt: skip
_NANOSECONDS = Refused("DuckDB has nanoseconds for the years 1677 to 2262 only", "epoch_us(x) * 1000")
_EPOCHS = [
    entry("date_part('epoch', TIMESTAMP)", DOUBLE, spark=f"CAST({_micros('$2')} AS DOUBLE) / 1000000",
          snowflake=documented("CAST(DATE_PART(EPOCH_MICROSECOND, $2) AS DOUBLE) / 1000000", _UNITS_PAGE)),
    entry("epoch(TIMESTAMP)", DOUBLE, spark=f"CAST({_EPOCH} AS DOUBLE) / 1000000",
          snowflake=documented(f"CAST({_SNOWFLAKE_EPOCH} AS DOUBLE) / 1000000", _UNITS_PAGE)),
    # DuckDB rounds to milliseconds, half away from zero.
    entry("epoch_ms(TIMESTAMP)", BIGINT, spark=f"ROUND({_EPOCH}, -3) DIV 1000",
          snowflake=documented(f"ROUND({_SNOWFLAKE_EPOCH} / 1000)", "functions/round")),
    entry("epoch_us(TIMESTAMP)", BIGINT, spark=_EPOCH, snowflake=documented(_SNOWFLAKE_EPOCH, _UNITS_PAGE)),
    entry("epoch_ns(TIMESTAMP)", BIGINT, spark=_NANOSECONDS, snowflake=_NANOSECONDS),
    entry("nanosecond(TIMESTAMP)", BIGINT, spark="CAST(EXTRACT(SECOND FROM $1) * 1000000 AS RESULT) * 1000",
          snowflake=documented("SECOND($1) * 1000000000 + DATE_PART(NANOSECOND, $1)", _UNITS_PAGE)),
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
_DATE_PARTS = "CAST($1 AS INT), CAST($2 AS INT), CAST($3 AS INT)"
_MADE = [
    entry("make_date(BIGINT, BIGINT, BIGINT)", DATE, spark=f"MAKE_DATE({_DATE_PARTS})", snowflake=_NO_DATE),
    entry("make_date(INTEGER)", DATE, spark=_INFINITY, snowflake=_INFINITY),
    entry("make_timestamp(BIGINT)", TIMESTAMP, spark="CAST(TIMESTAMP_MICROS($1) AS RESULT)",
          snowflake=documented("DATEADD(MICROSECOND, $1, CAST('1970-01-01' AS TIMESTAMP_NTZ))", "functions/dateadd")),
    entry("epoch_ms(BIGINT)", TIMESTAMP, spark="CAST(TIMESTAMP_MILLIS($1) AS RESULT)",
          snowflake=documented("DATEADD(MILLISECOND, $1, CAST('1970-01-01' AS TIMESTAMP_NTZ))", "functions/dateadd")),
    # 24:00:00 is the next midnight.
    entry("make_timestamp(BIGINT, BIGINT, BIGINT, BIGINT, BIGINT, BIGINT)", TIMESTAMP,
          spark="CASE WHEN $4 = 24 AND $5 = 0 AND $6 = 0 "
          f"THEN MAKE_TIMESTAMP_NTZ({_DATE_PARTS}, 0, 0, 0) + INTERVAL '1' DAY "
          f"ELSE MAKE_TIMESTAMP_NTZ({_DATE_PARTS}, CAST($4 AS INT), CAST($5 AS INT), CAST($6 AS DECIMAL(16, 6))) END",
          snowflake=_NO_TIMESTAMP),
    entry("make_timestamp(BIGINT, BIGINT, BIGINT, BIGINT, BIGINT, DOUBLE)", TIMESTAMP,
          spark=_SECONDS, snowflake=_SECONDS),
    entry("to_timestamp(DOUBLE)", TIMESTAMP, spark=_TO_TIMESTAMP, snowflake=_TO_TIMESTAMP),
]  # fmt: skip


def _named(number: str, *names: str) -> str:
    """Snowflake: its own names are of three letters."""
    whens = " ".join(f"WHEN {position} THEN '{name}'" for position, name in enumerate(names, 1))
    return f"CASE {number} {whens} END"


_DAY_NAME = _named(
    "DAYOFWEEKISO($1)", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip
_MONTH_NAME = _named(
    "MONTH($1)", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_CALENDAR = [
    entry(f"{name}({kind})", dtype, spark=spark, snowflake=documented(snowflake, page))
    for name, dtype, spark, snowflake, page in (
        ("last_day", DATE, "LAST_DAY($1)", "LAST_DAY($1)", "functions/last_day"),
        ("dayname", VARCHAR, "DATE_FORMAT($1, 'EEEE')", _DAY_NAME, _PARTS_PAGE),
        ("monthname", VARCHAR, "DATE_FORMAT($1, 'MMMM')", _MONTH_NAME, _PARTS_PAGE),
    )
    for kind in ("DATE", "TIMESTAMP")
]

# A directive of strftime: letters of a format, or an expression.
_DIRECTIVES: dict[str, tuple[str, str]] = {
    "Y": ("yyyy", "YYYY"),
    "y": ("yy", "YY"),
    "m": ("MM", "MM"),
    "-m": ("M", "TO_CHAR(MONTH($1))"),
    "B": ("MMMM", _MONTH_NAME),
    "b": ("MMM", "MONTHNAME($1)"),
    "d": ("dd", "DD"),
    "-d": ("d", "TO_CHAR(DAY($1))"),
    "j": ("DDD", "LPAD(TO_CHAR(DAYOFYEAR($1)), 3, '0')"),
    "-j": ("D", "TO_CHAR(DAYOFYEAR($1))"),
    "A": ("EEEE", _DAY_NAME),
    "a": ("EEE", "DAYNAME($1)"),
    "H": ("HH", "HH24"),
    "-H": ("H", "TO_CHAR(HOUR($1))"),
    "I": ("hh", "HH12"),
    "p": ("a", "IFF(HOUR($1) < 12, 'AM', 'PM')"),
    "M": ("mm", "MI"),
    "-M": ("m", "TO_CHAR(MINUTE($1))"),
    "S": ("ss", "SS"),
    "-S": ("s", "TO_CHAR(SECOND($1))"),
    "f": ("SSSSSS", "FF6"),
    "g": ("SSS", "LPAD(TO_CHAR(CAST(FLOOR(DATE_PART(NANOSECOND, $1) / 1000000) AS INT)), 3, '0')"),
    "u": ("CAST(WEEKDAY($1) + 1 AS STRING)", "TO_CHAR(DAYOFWEEKISO($1))"),
    "w": ("CAST(DAYOFWEEK($1) - 1 AS STRING)", "TO_CHAR(MOD(DAYOFWEEKISO($1), 7))"),
    "V": ("LPAD(CAST(WEEKOFYEAR($1) AS STRING), 2, '0')", "LPAD(TO_CHAR(WEEKISO($1)), 2, '0')"),
    "G": ("LPAD(CAST(EXTRACT(YEAROFWEEK FROM $1) AS STRING), 4, '0')", "LPAD(TO_CHAR(YEAROFWEEKISO($1)), 4, '0')"),
}
_SHORT = {
    "x": ("Y", "-", "m", "-", "d"),
    "X": ("H", ":", "M", ":", "S"),
    "T": ("H", ":", "M", ":", "S"),
    "c": ("Y", "-", "m", "-", "d", " ", "H", ":", "M", ":", "S"),
    "h": ("b",),
    "n": ("f", "000"),
}
_PIECES = re.compile(r"%(?P<directive>-?.)|(?P<text>[^%]+)|%", re.DOTALL)
_TEXT = re.compile(r"(?!.*RESULT)[\w\s.,:;/()+=#|*-]+", re.ASCII | re.DOTALL)
_STRFTIME = Refused("strftime's format is not written out", "write the format as a text in quotes")


def strftime(text: str, engine: Engine) -> Support:
    """What `strftime($1, text)` is on an engine: every piece by itself, for engines quote text differently."""
    pieces = [piece for found in _PIECES.finditer(text) for piece in _pieces(found, engine)]
    if None in pieces or not any("$1" in (piece or "") for piece in pieces):
        known = ", ".join(f"%{one}" for one in ("%", *_DIRECTIVES, *_SHORT))
        return Refused(f"strftime's format '{text}' is not proven there", f"portable, with plain text between: {known}")
    sql = f"CONCAT({', '.join(piece or '' for piece in pieces)})" if len(pieces) > 1 else pieces[0] or ""
    return Written(sql) if engine == "spark" else documented(sql, "functions/to_char")


def _pieces(found: re.Match[str], engine: Engine) -> list[str | None]:
    """The SQL of a directive, or of the text up to the next one; None for what has none."""
    directive, text = found["directive"], found["text"]
    if directive in _SHORT:
        return [_directive(one, engine) or f"'{one}'" for one in _SHORT[directive]]
    if directive == "%":
        return ["'%'"]
    if directive is not None:
        return [_directive(directive, engine)]
    return [f"'{text}'" if text and _TEXT.fullmatch(text) else None]


def _directive(name: str, engine: Engine) -> str | None:
    if name not in _DIRECTIVES:
        return None
    sql = _DIRECTIVES[name][0 if engine == "spark" else 1]
    function = "DATE_FORMAT" if engine == "spark" else "TO_CHAR"
    return sql if "$1" in sql else f"{function}($1, '{sql}')"


_FORMATTED = [entry("strftime(TIMESTAMP, CONSTANT VARCHAR)", VARCHAR, spark=_STRFTIME, snowflake=_STRFTIME)]

ENTRIES: tuple[Entry, ...] = (
    *_PARTS, *_TRUNCATED, *_DIFFERENCES, *_WHOLE_UNITS, *_ADDED, *_MADE_INTERVALS, *_INTERVAL_ARITHMETIC, *_DAYS,
    *_BUCKETS, *_EPOCHS, *_MADE, *_CALENDAR, *_FORMATTED,
)  # fmt: skip
