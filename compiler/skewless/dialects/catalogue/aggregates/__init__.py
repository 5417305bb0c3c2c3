"""Aggregates: counts, sums, extremes, moments, quantiles. Those that read their rows in an order are `ordered.py`'s."""

from __future__ import annotations

from skewless.dialects.catalogue.aggregates import counts, extremes, moments, quantiles, refused
from skewless.dialects.catalogue.entry import Entry

ENTRIES: tuple[Entry, ...] = (
    *counts.ENTRIES, *extremes.ENTRIES, *moments.ENTRIES, *quantiles.ENTRIES, *refused.ENTRIES,
)  # fmt: skip
