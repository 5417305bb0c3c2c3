"""Variance, correlation and regression."""

from __future__ import annotations

from skewless.dialects.catalogue.aggregates.forms import OF_DOUBLE, everywhere
from skewless.dialects.catalogue.entry import Entry, Refused, documented, entry
from skewless.ground.dtypes import BIGINT, DOUBLE

_NAN = "CAST('NaN' AS DOUBLE)"
_CARELESS = Refused(
    "Snowflake does not say how it adds up squares, and the plain way loses the digits of values that are large beside "
    "their spread",
    "aggregate whole numbers of the smallest unit as INTEGER: stddev_samp((x * 100)::INTEGER) / 100",
)
_CARELESS_PAIRS = Refused(_CARELESS.reason, "compute the value upstream")
_FUSED = Refused(
    "DuckDB subtracts from a product that it has not rounded, which no other engine does",
    "write regr_avgy(y, x) - regr_slope(y, x) * regr_avgx(y, x)",
)
_UNSIGNED = Refused(
    "DuckDB counts in numbers without a sign, which other engines lack",
    "write count(*) FILTER (WHERE y IS NOT NULL AND x IS NOT NULL)",
)
_RAW_MOMENTS = Refused(
    "DuckDB computes it from sums of powers, so its digits depend on the order of the rows",
    "compute it upstream",
)

# DuckDB counts the spread of one value as 0, whatever the value; Spark's is NaN for NaN and infinity.


def _spread(value: str, count: str, function: str = "VAR_POP") -> str:
    return f"CASE WHEN {count} = 1 THEN CAST(0 AS DOUBLE) ELSE {function}({value}) END"


# Sums of whole numbers are exact, so this loses nothing.
_SQUARES = "CAST(COUNT($1) * SUM($1 * $1) - SUM($1) * SUM($1) AS DOUBLE)"
_SAMPLE = f"{_SQUARES} / NULLIF(COUNT($1) * (COUNT($1) - 1), 0)"
_POPULATION = f"{_SQUARES} / NULLIF(COUNT($1) * COUNT($1), 0)"


def _moment(name: str, spark: str, of_integers: str) -> list[Entry]:
    return [
        entry(f"{name}(INTEGER)", DOUBLE, spark=spark.replace("$1", OF_DOUBLE), shape="aggregate", rounding="own",
              snowflake=documented(of_integers, "functions/sum")),
        entry(f"{name}(DOUBLE)", DOUBLE, spark=spark, snowflake=_CARELESS, shape="aggregate", rounding="own"),
    ]  # fmt: skip


_MOMENTS = [
    *_moment("var_samp", "VARIANCE($1)", _SAMPLE),
    *_moment("stddev_samp", "STDDEV_SAMP($1)", f"SQRT({_SAMPLE})"),
    *_moment("var_pop", _spread("$1", "COUNT($1)"), _POPULATION),
    *_moment("stddev_pop", _spread("$1", "COUNT($1)", "STDDEV_POP"), f"SQRT({_POPULATION})"),
    *_moment("sem", "STDDEV_POP($1) / SQRT(NULLIF(COUNT($1), 0))", f"SQRT({_POPULATION} / NULLIF(COUNT($1), 0))"),
    *(everywhere(f"{name}(DOUBLE)", DOUBLE, _RAW_MOMENTS) for name in ("skewness", "kurtosis", "kurtosis_pop")),
]  # fmt: skip

# Pairs (y, x), of which those with a NULL do not count. Spark takes them in DuckDB's steps as (x, y).
_X, _Y = "CASE WHEN NOT $1 IS NULL THEN $2 END", "CASE WHEN NOT $2 IS NULL THEN $1 END"
_PAIRS, _TOGETHER = "REGR_COUNT($1, $2)", "COVAR_POP($2, $1)"
_X_SPREAD, _Y_SPREAD = f"({_spread(_X, _PAIRS)})", f"({_spread(_Y, _PAIRS)})"
_BOTH = f"(STDDEV_POP({_X}) * STDDEV_POP({_Y}))"
_CORRELATION = f"CASE WHEN {_BOTH} = 0 THEN {_NAN} ELSE {_TOGETHER} / {_BOTH} END"
_ON_SPARK: dict[str, str] = {
    "covar_pop": _TOGETHER,
    "covar_samp": "COVAR_SAMP($2, $1)",
    "corr": _CORRELATION,
    "regr_avgx": "REGR_AVGX($1, $2)",
    "regr_avgy": "REGR_AVGY($1, $2)",
    "regr_sxx": f"{_PAIRS} * {_X_SPREAD}",
    "regr_syy": f"{_PAIRS} * {_Y_SPREAD}",
    "regr_sxy": f"{_PAIRS} * {_TOGETHER}",
    "regr_slope": f"CASE WHEN {_X_SPREAD} = 0 THEN {_NAN} ELSE {_TOGETHER} / {_X_SPREAD} END",
    "regr_r2": f"CASE WHEN {_X_SPREAD} = 0 THEN NULL WHEN {_Y_SPREAD} = 0 THEN CAST(1 AS DOUBLE) "
    f"ELSE POWER({_CORRELATION}, 2) END",
}
_AVERAGES = {"regr_avgx": f"AVG({_X})", "regr_avgy": f"AVG({_Y})"}
_PAIRED = [
    *(entry(f"{name}(DOUBLE, DOUBLE)", DOUBLE, spark=sql, shape="aggregate", rounding="own",
            snowflake=documented(_AVERAGES[name], "functions/avg") if name in _AVERAGES else _CARELESS_PAIRS)
      for name, sql in _ON_SPARK.items()),
    everywhere("regr_intercept(DOUBLE, DOUBLE)", DOUBLE, _FUSED),
    everywhere("regr_count(DOUBLE, DOUBLE)", BIGINT, _UNSIGNED),
]  # fmt: skip

ENTRIES: tuple[Entry, ...] = (*_MOMENTS, *_PAIRED)
