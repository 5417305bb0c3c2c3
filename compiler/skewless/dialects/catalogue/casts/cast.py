"""What a cast between two types is on every engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from skewless.dialects.catalogue.entry import Proven, Refused, Support, Written, documented


@dataclass(frozen=True, slots=True)
class Cast:
    spark: Support
    snowflake: Support

    def on(self, engine: Proven) -> Support:
        return self.spark if engine == "spark" else self.snowflake


Casts = Mapping[tuple[str, str], Cast]
"""By the kinds of the given and the wanted type."""

PAGE = "data-type-conversion"
CAST, TRY = "CAST($1 AS RESULT)", "TRY_CAST($1 AS RESULT)"
UNPROVEN = Refused("Snowflake's documentation does not say what it gives", "store the column in the wanted type")
PLAIN = Cast(Written(CAST), documented(CAST, PAGE))
SPARK_ONLY = Cast(Written(CAST), UNPROVEN)
SINGLE = Refused("Snowflake has no numbers of single precision", "cast it to DOUBLE")
HUGE = Refused("a HUGEINT holds more digits than any number there", "cast it to BIGINT or DECIMAL")
WHOLE = ("INTEGER", "BIGINT", "HUGEINT")


def refused(reason: str, rewrite: str) -> Cast:
    """A cast that no engine shares with DuckDB."""
    return Cast(Refused(reason, rewrite), Refused(reason, rewrite))
