"""Dates, timestamps and intervals."""

from __future__ import annotations

from skewless.dialects.catalogue.entry import Entry
from skewless.dialects.catalogue.time import arithmetic, buckets, differences, formats, numbers, parts

ENTRIES: tuple[Entry, ...] = (
    *parts.ENTRIES, *differences.ENTRIES, *arithmetic.ENTRIES, *buckets.ENTRIES, *numbers.ENTRIES, *formats.ENTRIES
)  # fmt: skip
