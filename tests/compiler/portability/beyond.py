"""Rows of Spark with dates and timestamps as DuckDB gives them to Python: as text where Python has no such year."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

_MOMENTS = frozenset(["date", "timestamp_ntz"])
_TEXT = re.compile(r"([+-]?\d+)(-\d\d-\d\d)( .*)?")


def collected(frame: Any) -> list[tuple[Any, ...]]:
    """The rows of a Spark frame. Spark reads its moments into Python's, and fails at those that it does not have."""
    places = [place for place, (_, kind) in enumerate(frame.dtypes) if kind in _MOMENTS]
    texts = [f"CAST(`{name}` AS STRING)" if kind in _MOMENTS else f"`{name}`" for name, kind in frame.dtypes]
    return [_row(row, places) for row in frame.selectExpr(*texts).collect()]


def _row(row: Any, places: list[int]) -> tuple[Any, ...]:
    values = list(row)
    for place in places:
        if values[place] is not None:
            values[place] = _moment(values[place])
    return tuple(values)


def _moment(text: str) -> Any:
    found = _TEXT.fullmatch(text)
    if found is None:
        raise ValueError(text)
    year, day, time = int(found[1]), found[2], found[3] or ""
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        return f"{year:04d}{day}{time}" if year > 0 else f"{1 - year:04d}{day} (BC){time}"
    if not time:
        return dt.date.fromisoformat(f"{year:04d}{day}")
    return dt.datetime.strptime(f"{year:04d}{day}{time}", f"%Y-%m-%d %H:%M:%S{'.%f' if '.' in time else ''}")
