"""`time_bucket`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from skewless.dialects.catalogue.entry import Entry, Refused, documented, entry
from skewless.dialects.catalogue.time.units import MONTHS, since_1970
from skewless.ground.dtypes import DATE, TIMESTAMP, DataType
from skewless.ground.durations import MICROSECONDS

# `time_bucket(INTERVAL 'n' unit, x, origin)` as `time_bucket('unit', n, x, origin)`. Without an origin, weeks and
# whatever is shorter count from Monday 2000-01-03, and months from 2000-01-01.
_MONDAY, _JANUARY = "CAST('2000-01-03' AS TIMESTAMP_NTZ)", "CAST('2000-01-01' AS DATE)"


def _bucket_of_micros(micros: int, origin: str) -> tuple[str, str]:
    width = f"$2 * {micros}"
    since = f"DATEDIFF(MICROSECOND, {origin}, $3)"
    return (
        f"$3 - PMOD({since_1970('$3')} - {since_1970(origin)}, {width}) * INTERVAL '0.000001' SECOND",
        f"DATEADD(MICROSECOND, -(({since} % ({width}) + {width}) % ({width})), $3)",
    )


def _bucket_of_months(months: int) -> tuple[str, str]:
    width = f"($2 * {months})"
    month = "TRUNC($3, 'MONTH')"
    months_since = f"TIMESTAMPDIFF(MONTH, {_JANUARY}, {month})"
    since = f"DATEDIFF(MONTH, {_JANUARY}, $3)"
    return (
        f"CAST({month} AS TIMESTAMP_NTZ) - PMOD({months_since}, {width}) * INTERVAL '1' MONTH",
        f"DATEADD(MONTH, -(({since} % {width} + {width}) % {width}), DATE_TRUNC('MONTH', $3))",
    )


_WIDTH = Refused("a bucket is at least one unit wide", "time_bucket(interval '5' minute, t)")


def _positive(constants: Sequence[str | None]) -> Refused | None:
    count = constants[1] or ""
    return None if count.isdecimal() and int(count) > 0 else _WIDTH


def _bucket(signature: str, dtype: DataType, spark: str, snowflake: str) -> Entry:
    if dtype == DATE:
        spark, snowflake = f"CAST({spark} AS RESULT)", f"CAST({snowflake} AS RESULT)"
    own = snowflake.replace("TIMESTAMP_NTZ", "TIMESTAMPNTZ")
    return entry(signature, dtype, spark=spark, snowflake=documented(own, "functions/dateadd"), check=_positive)


def _of_dates(sql: tuple[str, str]) -> tuple[str, str]:
    """The midnights of the dates, for units that are shorter than a day."""
    spark, snowflake = (re.sub(r"\$[34]", r"CAST(\g<0> AS TIMESTAMP_NTZ)", one) for one in sql)
    return spark, snowflake


_BUCKETS = [
    *(_bucket(f"time_bucket('{unit}', CONSTANT BIGINT, {kinds})", dtype, *sql)
      for unit, micros in MICROSECONDS.items()
      for kinds, dtype, sql in (
          ("TIMESTAMP", TIMESTAMP, _bucket_of_micros(micros, _MONDAY)),
          ("TIMESTAMP, TIMESTAMP", TIMESTAMP, _bucket_of_micros(micros, "$4")),
          ("DATE", DATE, _of_dates(_bucket_of_micros(micros, _MONDAY))),
          ("DATE, DATE", DATE, _of_dates(_bucket_of_micros(micros, "$4"))),
      )),
    *(_bucket(f"time_bucket('{unit}', CONSTANT BIGINT, {dtype})", dtype, *_bucket_of_months(months))
      for unit, months in MONTHS.items() for dtype in (DATE, TIMESTAMP)),
]  # fmt: skip


ENTRIES: tuple[Entry, ...] = tuple(_BUCKETS)
