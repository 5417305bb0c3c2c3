"""Casts of dates and timestamps, and those that are written out."""

from __future__ import annotations

import datetime as dt
import re

from skewless.dialects.catalogue.casts.cast import PLAIN, Cast, Casts
from skewless.dialects.catalogue.entry import Written, documented

# Spark writes a sign before a year of five digits, and has no BC.
_WRITTEN_MOMENT = (
    "CASE WHEN $1 < DATE '0001-01-01' THEN RAISE_ERROR('a date before the year 1') "
    "ELSE REPLACE(CAST($1 AS STRING), '+', '') END"
)
MOMENTS: Casts = {
    ("DATE", "TIMESTAMP"): PLAIN,
    ("TIMESTAMP", "DATE"): PLAIN,
    ("DATE", "VARCHAR"): Cast(Written(_WRITTEN_MOMENT), documented("TO_CHAR($1, 'YYYY-MM-DD')", "functions/to_char")),
    ("TIMESTAMP", "VARCHAR"): Cast(
        Written(_WRITTEN_MOMENT),
        documented("RTRIM(RTRIM(TO_CHAR($1, 'YYYY-MM-DD HH24:MI:SS.FF6'), '0'), '.')", "functions/to_char"),
    ),
}
_MOMENT = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)(?:[ T](\d\d?):(\d\d?)(?::(\d\d?)(?:\.(\d{1,6}))?)?)?", re.ASCII)


def constant_moment(text: str, kind: str) -> str | None:
    """A date or timestamp in quotes as every engine reads it, such as `2026-01-31 10:00:00.5`; None if it is none."""
    found = _MOMENT.fullmatch(text)
    if found is None or (kind == "DATE" and found[4] is not None):
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    try:
        moment = dt.datetime(year, month, day, hour, minute, second, int((found[7] or "0").ljust(6, "0")))
    except ValueError:
        return None
    fraction = moment.strftime(".%f").rstrip("0").rstrip(".")
    return moment.date().isoformat() if kind == "DATE" else f"{moment:%Y-%m-%d %H:%M:%S}".zfill(19) + fraction
