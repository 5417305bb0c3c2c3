"""Extremes, logic and bits."""

from __future__ import annotations

from skewless.dialects.catalogue.aggregates.forms import FLOATING, LISTS, SCALARS
from skewless.dialects.catalogue.entry import Entry, Refused, documented, entry, first
from skewless.ground.dtypes import BIGINT, BOOLEAN, INTEGER

_NULLS_IN_LISTS = Refused(
    "in lists, NULL is the greatest element in DuckDB and the least in Spark", "aggregate an element of the list"
)


def _extreme(name: str) -> list[Entry]:
    sql = f"{name.upper()}($1)"
    # As numbers, since Snowflake's own functions for this take no frame.
    on_snowflake = {"BOOLEAN": f"CAST({name.upper()}(CAST($1 AS INT)) AS BOOLEAN)"}
    return [
        *(entry(f"{name}({of})", result, spark=sql, shape="aggregate",
                snowflake=documented(on_snowflake.get(of, sql), f"functions/{name}"),
                rounding="passed" if of in FLOATING else "exact")
          for of, result in SCALARS.items()),
        entry(f"{name}(ANY[])", first, spark=_NULLS_IN_LISTS, snowflake=LISTS, shape="aggregate"),
    ]  # fmt: skip


_NO_SIGN = Refused(
    "Snowflake does not say what the bits of a negative number are", "compute the value upstream"
)  # fmt: skip
_LOGIC = [
    entry("bool_and(BOOLEAN)", BOOLEAN, spark="BOOL_AND($1)",
          snowflake=documented("BOOLAND_AGG($1)", "functions/booland_agg"), shape="aggregate"),
    entry("bool_or(BOOLEAN)", BOOLEAN, spark="BOOL_OR($1)",
          snowflake=documented("BOOLOR_AGG($1)", "functions/boolor_agg"), shape="aggregate"),
    *(entry(f"{name}({of})", result, spark=f"{name.upper()}($1)", snowflake=_NO_SIGN, shape="aggregate")
      for name in ("bit_and", "bit_or", "bit_xor") for of, result in (("INTEGER", INTEGER), ("BIGINT", BIGINT))),
]  # fmt: skip

ENTRIES: tuple[Entry, ...] = (*_extreme("min"), *_extreme("max"), *_LOGIC)
