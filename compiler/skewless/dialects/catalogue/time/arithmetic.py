"""A date or a timestamp and an interval: `x + INTERVAL 'n' unit` as `date_add('unit', n, x)`."""

from __future__ import annotations

from skewless.dialects.catalogue.entry import Entry, documented, entry
from skewless.dialects.catalogue.time.units import MONTHS, of_micros, one, since_1970
from skewless.ground.dtypes import TIMESTAMP
from skewless.ground.durations import MICROSECONDS

_SNOWFLAKE = {
    **{unit: (f"DATEADD({unit.upper()}, $2, $3)", "functions/dateadd") for unit in MICROSECONDS},
    **{unit: (f"DATEADD(MONTH, $2 * {months}, $3)", "functions/add_months") for unit, months in MONTHS.items()},
}


def _added(unit: str, count: str) -> Entry:
    spark = f"$3 + $2 * {one(unit)}"
    if (unit, count) == ("microsecond", "BIGINT"):
        spark = of_micros(f"({since_1970('$3')} + $2)")
    return entry(
        f"date_add('{unit}', {count}, TIMESTAMP)", TIMESTAMP, spark=spark, snowflake=documented(*_SNOWFLAKE[unit])
    )


ENTRIES: tuple[Entry, ...] = (
    *(_added(unit, "CONSTANT INTEGER") for unit in _SNOWFLAKE if unit != "millisecond"),
    *(_added(unit, "BIGINT") for unit in _SNOWFLAKE if unit != "millisecond"),
    # DuckDB counts milliseconds as DOUBLE: exact for an INTEGER.
    _added("millisecond", "INTEGER"),
)
