"""Parts of dates and timestamps, and what they are cut to."""

from __future__ import annotations

from skewless.dialects.catalogue.entry import Entry, documented, entry
from skewless.dialects.catalogue.time.units import UNITS_PAGE, YEARS, monday
from skewless.ground.dtypes import BIGINT, TIMESTAMP

_PARTS_PAGE = "functions/year"
_DATE_PART_PAGE = "functions/date_part"
_ERA = "CASE WHEN YEAR($1) > 0 THEN 1 WHEN YEAR($1) <= 0 THEN 0 END"


def _counted(years: int) -> tuple[str, str]:
    """Of which hundred or thousand years, from 1 on and from -1 back. Snowflake's division rounds to six digits."""
    ours = f"(YEAR($1) + {years - 1})"
    return (
        f"CASE WHEN YEAR($1) > 0 THEN {ours} DIV {years} ELSE YEAR($1) DIV {years} - 1 END",
        f"CASE WHEN YEAR($1) > 0 THEN FLOOR({ours} / {years}) ELSE TRUNC(YEAR($1) / {years}) - 1 END",
    )


def _yearweek(year: str, week: str) -> str:
    """Before the year 1 the week is taken off."""
    return f"{year} * 100 + CASE WHEN {year} > 0 THEN {week} ELSE -{week} END"


# A part of a date: its names for date_part and as a function, and the SQL of Spark and of Snowflake.
_OF_DATES: dict[tuple[str, ...], tuple[str, str]] = {
    ("year",): ("YEAR($1)", "YEAR($1)"),
    ("quarter",): ("QUARTER($1)", "QUARTER($1)"),
    ("month",): ("MONTH($1)", "MONTH($1)"),
    ("week", "weekofyear"): ("WEEKOFYEAR($1)", "WEEKISO($1)"),
    ("day",): ("DAY($1)", "DAY($1)"),
    ("isoyear",): ("EXTRACT(YEAROFWEEK FROM $1)", "YEAROFWEEKISO($1)"),
    ("yearweek",): (
        _yearweek("EXTRACT(YEAROFWEEK FROM $1)", "WEEKOFYEAR($1)"), _yearweek("YEAROFWEEKISO($1)", "WEEKISO($1)"),
    ),
    ("dow", "dayofweek"): ("DAYOFWEEK($1) - 1", "DAYOFWEEKISO($1) % 7"),
    ("isodow",): ("WEEKDAY($1) + 1", "DAYOFWEEKISO($1)"),
    ("doy", "dayofyear"): ("DAYOFYEAR($1)", "DAYOFYEAR($1)"),
    ("decade",): ("YEAR($1) DIV 10", "TRUNC(YEAR($1) / 10)"),
    ("century",): _counted(100),
    ("millennium",): _counted(1000),
    ("era",): (_ERA, _ERA),
}  # fmt: skip
# A part of a timestamp; a DATE is its midnight.
_OF_TIMESTAMPS: dict[str, tuple[str, str, str]] = {
    **{name: (f"{name.upper()}($1)", f"{name.upper()}($1)", "functions/hour-minute-second")
       for name in ("hour", "minute", "second")},
    "millisecond": (
        "EXTRACT(SECOND FROM $1) * 1000", "SECOND($1) * 1000 + FLOOR(DATE_PART(NANOSECOND, $1) / 1000000)",
        _DATE_PART_PAGE,
    ),
    "microsecond": (
        "EXTRACT(SECOND FROM $1) * 1000000", "SECOND($1) * 1000000 + FLOOR(DATE_PART(NANOSECOND, $1) / 1000)",
        _DATE_PART_PAGE,
    ),
}  # fmt: skip


def _part(names: tuple[str, ...], kind: str, spark: str, snowflake: str, page: str = _PARTS_PAGE) -> list[Entry]:
    """`date_part('name', x)` with the first name, and the function of the last."""
    return [
        entry(f"{call}{kind})", BIGINT, spark=f"CAST({spark.replace('$1', place)} AS RESULT)",
              snowflake=documented(snowflake.replace("$1", place), page))
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
          snowflake=documented(monday("$2"), UNITS_PAGE)),
    entry("date_trunc('isoyear', TIMESTAMP)", TIMESTAMP,
          spark="CAST(TRUNC(MAKE_DATE(EXTRACT(YEAROFWEEK FROM $2), 1, 4), 'WEEK') AS RESULT)",
          snowflake=documented(
              f"DATEADD(DAY, -7 * (WEEKISO($2) - 1), {monday('$2')})", UNITS_PAGE)),
    *(entry(f"date_trunc('{unit}', TIMESTAMP)", TIMESTAMP,
            spark=f"CAST(MAKE_DATE(YEAR($2) - YEAR($2) % {years}, 1, 1) AS RESULT)",
            snowflake=documented(f"DATEADD(YEAR, -(YEAR($2) % {years}), DATE_TRUNC('YEAR', $2))", UNITS_PAGE))
      for unit, years in YEARS.items()),
]  # fmt: skip


ENTRIES: tuple[Entry, ...] = (*_PARTS, *_TRUNCATED)
