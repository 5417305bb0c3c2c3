"""What is written out in the calls by which the functions of dates and times are proven."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from portability.samples.sample import Samples
from skewless.dialects.catalogue.time.units import MONTHS
from skewless.ground.durations import MICROSECONDS

_NUMBER = re.compile(r"-?\d+")
_UNITS = [unit for unit in (*MICROSECONDS, *MONTHS) if unit != "millisecond"]
SAMPLES: Samples = {
    "time_bucket": [("1",), ("5",), ("7",), ("90",)],
    **{f"date_add('{unit}', INTEGER, TIMESTAMP)": [("1",), ("0",), ("90",), ("-1",), ("-14",)] for unit in _UNITS},
}


def _added(arguments: Sequence[str]) -> str:
    """An interval that is too long is an error in DuckDB, where elsewhere the sum with NULL is NULL."""
    unit, count, moment = arguments
    if _NUMBER.fullmatch(count):
        return f"({moment} + INTERVAL '{count}' {_unit(unit)})"
    plural = {"century": "centuries", "millennium": "millennia"}.get(unit.strip("'"), f"{unit.strip(chr(39))}s")
    return f"CASE WHEN NOT {moment} IS NULL THEN {moment} + to_{plural}({count}) END"


def _bucket(arguments: Sequence[str]) -> str:
    unit, count, *rest = arguments
    return f"time_bucket(INTERVAL '{count}' {_unit(unit)}, {', '.join(rest)})"


def _unit(text: str) -> str:
    return text.strip("'").upper()


SPELLED: Mapping[str, Callable[[Sequence[str]], str]] = {"date_add": _added, "time_bucket": _bucket}
"""How a model writes the calls that have an interval where the entry has a unit and a number."""
