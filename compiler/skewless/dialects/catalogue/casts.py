"""Casts, by the kinds of type that they lead from and to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from skewless.dialects.catalogue.entry import Support, Written, documented


@dataclass(frozen=True, slots=True)
class Cast:
    spark: Support
    snowflake: Support


_PLAIN = Cast(Written("CAST($1 AS RESULT)"), documented("CAST($1 AS RESULT)", "functions/cast"))
# No value is lost but the last digits of a number that a floating type cannot hold, and those are rounded alike.
_WIDENING = {
    "INTEGER": ("BIGINT", "HUGEINT", "DECIMAL", "FLOAT", "DOUBLE"),
    "BIGINT": ("HUGEINT", "DECIMAL", "FLOAT", "DOUBLE"),
    "HUGEINT": ("DECIMAL",),
    "FLOAT": ("DOUBLE",),
    "DATE": ("TIMESTAMP",),
}
CASTS: Mapping[tuple[str, str], Cast] = {
    **{(given, wanted): _PLAIN for given, several in _WIDENING.items() for wanted in several},
    ("DECIMAL", "DECIMAL"): _PLAIN,
    ("DECIMAL", "DOUBLE"): _PLAIN,
}
