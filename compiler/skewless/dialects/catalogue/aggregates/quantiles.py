"""Quantiles."""

from __future__ import annotations

from skewless.dialects.catalogue.aggregates.forms import FLOATING, OF_DOUBLE, SCALARS, UPSTREAM, WHOLE, everywhere
from skewless.dialects.catalogue.entry import Entry, Refused, documented, entry, first
from skewless.ground.dtypes import DOUBLE, FLOAT, TIMESTAMP

_HALFWAY = Refused(
    "between two decimals DuckDB interpolates in floating point and cuts the result off, which no other engine does",
    "write quantile_disc(x, 0.5), or interpolate doubles: median(x::DOUBLE)",
)
_BETWEEN_TIMES = Refused(
    "DuckDB interpolates between two moments in floating point", "write quantile_disc(x, 0.5), which is one of them"
)
_FLOATS_HALFWAY = Refused("Snowflake would interpolate in 64 bits", "interpolate doubles: median(x::DOUBLE)")

# Spark's own interpolate by other steps than DuckDB's, which shows in infinities and in the last digits.
_SORTED, _SORTED_DOUBLES = "ARRAY_SORT(COLLECT_LIST($1))", f"ARRAY_SORT(COLLECT_LIST({OF_DOUBLE}))"


def _middle(values: str, count: str) -> str:
    """The middle one of a sorted array of doubles, or the mean of the middle two."""
    low, high = f"GET({values}, CAST({count} DIV 2 AS INT) - 1)", f"GET({values}, CAST({count} DIV 2 AS INT))"
    half = "CAST(0.5 AS DOUBLE)"
    return f"CASE WHEN {count} % 2 = 1 THEN {high} ELSE {low} * {half} + {high} * {half} END"


_PLACE = "(CAST($2 AS DOUBLE) * (COUNT($1) - 1))"
_PAST = f"({_PLACE} - FLOOR({_PLACE}))"


def _at(values: str, rounded: str) -> str:
    return f"GET({values}, CAST({rounded}({_PLACE}) AS INT))"


def _interpolated(values: str) -> str:
    low, high = _at(values, "FLOOR"), _at(values, "CEIL")
    return f"CASE WHEN {_PAST} = 0 THEN {low} ELSE {low} * (1 - {_PAST}) + {high} * {_PAST} END"


_LOW, _HIGH = (f"CAST({_at(_SORTED, way)} AS DOUBLE)" for way in ("FLOOR", "CEIL"))
# DuckDB goes by the difference here, which is NaN between two infinities.
_INTERPOLATED_FLOATS = (
    f"CASE WHEN {_PAST} = 0 THEN {_at(_SORTED, 'FLOOR')} ELSE CAST({_LOW} + ({_HIGH} - {_LOW}) * {_PAST} AS FLOAT) END"
)
_DEVIATIONS = (
    f"GET(TRANSFORM(ARRAY({_middle(_SORTED, 'COUNT($1)')}), _middle -> "
    "GET(TRANSFORM(ARRAY(ARRAY_SORT(TRANSFORM(COLLECT_LIST($1), _x -> ABS(_x - _middle)))), "
    f"_away -> {_middle('_away', 'SIZE(_away)')}), 0)), 0)"
)
_NO_OTHER_QUANTILE = documented("PERCENTILE_DISC($2) WITHIN GROUP (ORDER BY $1)", "functions/percentile_disc")
_ONLY_NUMBERS = Refused(
    "Snowflake's documentation has discrete quantiles of numbers only", "aggregate a number, such as epoch_us(x)"
)
_QUANTILES = [
    *(entry(f"median({of})", DOUBLE, spark=_middle(_SORTED_DOUBLES, "COUNT($1)"), shape="aggregate",
            snowflake=documented(f"MEDIAN({OF_DOUBLE})", "functions/median"),
            rounding="exact" if of == "INTEGER" else "own")
      for of in (*WHOLE, "DOUBLE")),
    *(entry(f"quantile_cont({of}, CONSTANT DECIMAL)", DOUBLE, spark=_interpolated(_SORTED_DOUBLES), shape="aggregate",
            snowflake=documented(f"PERCENTILE_CONT($2) WITHIN GROUP (ORDER BY {OF_DOUBLE})",
                                 "functions/percentile_cont"), rounding="own")
      for of in (*WHOLE, "DOUBLE")),
    entry("median(FLOAT)", FLOAT, spark=_INTERPOLATED_FLOATS.replace("$2", "0.5"), snowflake=_FLOATS_HALFWAY,
          shape="aggregate", rounding="passed"),
    entry("quantile_cont(FLOAT, CONSTANT DECIMAL)", FLOAT, spark=_INTERPOLATED_FLOATS, snowflake=_FLOATS_HALFWAY,
          shape="aggregate", rounding="passed"),
    *(entry(f"quantile_disc({of}, CONSTANT DECIMAL)", result, shape="aggregate",
            spark=f"GET({_SORTED}, CAST(GREATEST(CEIL($2 * COUNT($1)), 1) AS INT) - 1)",
            snowflake=_NO_OTHER_QUANTILE if of in (*WHOLE, "DECIMAL", *FLOATING) else _ONLY_NUMBERS,
            rounding="passed" if of in FLOATING else "exact")
      for of, result in SCALARS.items()),
    *(entry(f"{name}(DECIMAL{fraction})", first, spark=_HALFWAY, snowflake=_HALFWAY, shape="aggregate")
      for name, fraction in (("median", ""), ("quantile_cont", ", CONSTANT DECIMAL"), ("mad", ""))),
    *(everywhere(f"{name}({of}{fraction})", TIMESTAMP, _BETWEEN_TIMES) for of in ("DATE", "TIMESTAMP")
      for name, fraction in (("median", ""), ("quantile_cont", ", CONSTANT DECIMAL"))),
    entry("mad(DOUBLE)", DOUBLE, spark=_DEVIATIONS, snowflake=UPSTREAM, shape="aggregate", rounding="passed"),
    everywhere("mad(FLOAT)", FLOAT, Refused("DuckDB computes it in 32 bits", "write mad(x::DOUBLE)")),
]  # fmt: skip

ENTRIES: tuple[Entry, ...] = tuple(_QUANTILES)
