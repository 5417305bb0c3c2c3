"""BigQuery, by its documentation.

Its whole numbers have 64 bits and its floating-point numbers too. NaN is equal to nothing and the least of all numbers
there. What overflows is an error.
"""

from __future__ import annotations

from skewless.dialects.catalogue.casts.numbers import EXACT_WHOLE
from skewless.dialects.catalogue.documented.manual import (
    Casts,
    Documented,
    Forms,
    Manual,
    comparisons,
    distinctions,
    logic,
    neighbours,
    refused,
)
from skewless.dialects.catalogue.entry import Refused

_MANUAL = Manual("https://cloud.google.com/bigquery/docs/reference/standard-sql/")
_PLAIN = ("BOOLEAN", "INTEGER", "BIGINT", "HUGEINT", "DATE", "TIMESTAMP")
_TEXT = {"$1": "COLLATE($1, '')", "$2": "COLLATE($2, '')"}
_NARROW = "BigQuery has no whole numbers of 32 bits, so what leaves their range would not stop the query"


def _of_bytes(sql: str) -> str:
    """The SQL over texts whose collation has been taken from them."""
    for place, text in _TEXT.items():
        sql = sql.replace(place, text)
    return sql


_BOTH_NAN = "IS_NAN($1) AND IS_NAN($2)"
_COMPARISON: Forms = {
    **_MANUAL.forms("operators#comparison_operators", comparisons(), _PLAIN),
    **_MANUAL.forms("operators#is_distinct", distinctions(), (*_PLAIN, "DOUBLE")),
    **_MANUAL.forms(
        "string_functions#collate",
        {signature: _of_bytes(sql) for signature, sql in {**comparisons(), **distinctions()}.items()},
        ["VARCHAR"],
    ),
    **_MANUAL.forms(
        "mathematical_functions#is_nan",
        {
            "=(DOUBLE, DOUBLE)": f"($1 = $2 OR ({_BOTH_NAN}))",
            "<>(DOUBLE, DOUBLE)": f"NOT ($1 = $2 OR ({_BOTH_NAN}))",
            "<(DOUBLE, DOUBLE)": "($1 < $2 OR (IS_NAN($2) AND NOT IS_NAN($1)))",
            ">(DOUBLE, DOUBLE)": "($1 > $2 OR (IS_NAN($1) AND NOT IS_NAN($2)))",
            "<=(DOUBLE, DOUBLE)": "($1 <= $2 OR (IS_NAN($2) AND NOT $1 IS NULL))",
            ">=(DOUBLE, DOUBLE)": "($1 >= $2 OR (IS_NAN($1) AND NOT $2 IS NULL))",
            "isnan(DOUBLE)": "IS_NAN($1)",
            "isinf(DOUBLE)": "IS_INF($1)",
            "isfinite(DOUBLE)": "NOT (IS_NAN($1) OR IS_INF($1))",
        },
    ),
    **_MANUAL.forms("operators#logical_operators", logic()),
    **_MANUAL.forms(
        "conditional_expressions#coalesce", {"coalesce(ANY)": "$1", "coalesce(ANY, ANY...)": "COALESCE($*)"}
    ),
    # GREATEST is NULL there when one of its arguments is.
    **_MANUAL.forms(
        "aggregate_functions#max",
        {
            "greatest(TYPE)": "$1",
            "greatest(TYPE, TYPE...)": "(SELECT MAX(_value) FROM UNNEST([$*]) AS _value)",
        },
        ("INTEGER", "BIGINT", "DOUBLE", "DATE", "TIMESTAMP"),
    ),
    **_MANUAL.forms(
        "aggregate_functions#min",
        {
            "least(TYPE)": "$1",
            "least(TYPE, TYPE...)": "(SELECT MIN(_value) FROM UNNEST([$*]) AS _value)",
        },
        ("INTEGER", "BIGINT", "DATE", "TIMESTAMP"),
    ),
    **refused(
        "BigQuery's least is NaN or NULL when one of its arguments is", "write CASE WHEN a < b THEN a ELSE b END",
        ["least(DOUBLE, DOUBLE...)"],
    ),
}  # fmt: skip

_ARITHMETIC: Forms = {
    **_MANUAL.forms(
        "operators#arithmetic_operators", {f"{one}(TYPE, TYPE)": f"$1 {one} $2" for one in "+-*"}, ("BIGINT", "DOUBLE")
    ),
    **_MANUAL.forms("operators#arithmetic_operators", {"-(TYPE)": "-$1"}, ("BIGINT", "DOUBLE")),
    **_MANUAL.forms("operators#arithmetic_operators", {"/(DOUBLE, DOUBLE)": "$1 / NULLIF($2, 0)"}),
    **_MANUAL.forms("mathematical_functions#abs", {"abs(TYPE)": "ABS($1)"}, ("BIGINT", "DOUBLE")),
    **_MANUAL.forms("mathematical_functions#sign", {"sign(TYPE)": "SIGN($1)"}, ("INTEGER", "BIGINT")),
    **_MANUAL.forms(
        "mathematical_functions#trunc", {"round(TYPE)": "$1", "trunc(TYPE)": "$1"}, ("INTEGER", "BIGINT")
    ),
    **_MANUAL.forms(
        "mathematical_functions#floor",
        {"floor(INTEGER)": "CAST($1 AS FLOAT64)", "floor(DOUBLE)": "FLOOR($1)", "trunc(DOUBLE)": "TRUNC($1)"},
    ),
    **_MANUAL.forms(
        "mathematical_functions#ceil", {"ceil(INTEGER)": "CAST($1 AS FLOAT64)", "ceil(DOUBLE)": "CEIL($1)"}
    ),
    **_MANUAL.forms("mathematical_functions#round", {"round(DOUBLE)": "ROUND($1)"}),
    **_MANUAL.forms(
        "mathematical_functions#sqrt", {"sqrt(DOUBLE)": "CASE WHEN $1 >= 0 OR IS_NAN($1) THEN SQRT($1) END"}
    ),
    **_MANUAL.forms("mathematical_functions#ln", {"ln(DOUBLE)": "CASE WHEN $1 > 0 OR IS_NAN($1) THEN LN($1) END"}),
    **_MANUAL.forms(
        "mathematical_functions#log", {"log10(DOUBLE)": "CASE WHEN $1 > 0 OR IS_NAN($1) THEN LOG($1, 10) END"}
    ),
    **_MANUAL.forms("mathematical_functions#exp", {"exp(DOUBLE)": "EXP($1)"}),
    **refused(
        _NARROW, "calculate with BIGINT: x::bigint + y",
        [f"{one}(INTEGER, INTEGER)" for one in ("+", "-", "*", "//", "%")] + ["-(INTEGER)", "abs(INTEGER)"],
    ),
}  # fmt: skip


def _exactly(value: str) -> str:
    """A whole number as a double; beyond 2^53 the cast is documented to be close only."""
    return (
        f"CASE WHEN ABS({value}) > {EXACT_WHOLE} THEN ERROR('a number is too large for an exact cast to FLOAT64') "
        f"ELSE CAST({value} AS FLOAT64) END"
    )


# Sums of whole numbers are exact, or stop the query.
_SQUARES = "CAST(COUNT($1) * SUM($1 * $1) - SUM($1) * SUM($1) AS FLOAT64)"
_SAMPLE = f"{_SQUARES} / NULLIF(COUNT($1) * (COUNT($1) - 1), 0)"
_POPULATION = f"{_SQUARES} / NULLIF(COUNT($1) * COUNT($1), 0)"
_AGGREGATES: Forms = {
    **_MANUAL.forms("aggregate_functions#count", {"count()": "COUNT(*)", "count(ANY)": "COUNT($1)"}),
    **_MANUAL.forms("aggregate_functions#count", {"count distinct(TYPE)": "COUNT(DISTINCT $1)"}, (*_PLAIN, "DOUBLE")),
    **_MANUAL.forms("string_functions#collate", {"count distinct(VARCHAR)": f"COUNT(DISTINCT {_TEXT['$1']})"}),
    **_MANUAL.forms("aggregate_functions#max", {"max(TYPE)": "MAX($1)"}, (*_PLAIN, "DOUBLE")),
    **_MANUAL.forms("aggregate_functions#min", {"min(TYPE)": "MIN($1)"}, _PLAIN),
    **_MANUAL.forms(
        "aggregate_functions#min",
        {"min(DOUBLE)": "COALESCE(MIN(CASE WHEN IS_NAN($1) THEN NULL ELSE $1 END), MAX($1))"},
    ),
    **_MANUAL.forms(
        "string_functions#collate",
        {"min(VARCHAR)": f"MIN({_TEXT['$1']})", "max(VARCHAR)": f"MAX({_TEXT['$1']})"},
    ),
    **_MANUAL.forms(
        "aggregate_functions#sum",
        {
            signature: sql
            for name, word in (("", ""), (" distinct", "DISTINCT "))
            for signature, sql in {
                f"sum{name}(BOOLEAN)": f"CAST(SUM({word}CAST($1 AS INT64)) AS RESULT)",
                f"sum{name}(INTEGER)": f"CAST(SUM({word}$1) AS RESULT)",
                f"sum{name}(BIGINT)": f"SUM({word}CAST($1 AS BIGNUMERIC))",
                f"sum{name}(DOUBLE)": f"SUM({word}$1)",
                f"avg{name}(INTEGER)": f"({_exactly(f'SUM({word}$1)')}) / NULLIF(COUNT({word}$1), 0)",
                f"avg{name}(BIGINT)": (
                    f"CAST(SUM({word}CAST($1 AS BIGNUMERIC)) AS FLOAT64) / NULLIF(COUNT({word}$1), 0)"
                ),
            }.items()
        },
    ),
    **_MANUAL.forms(
        "aggregate_functions#sum",
        {
            "var_samp(INTEGER)": _SAMPLE,
            "stddev_samp(INTEGER)": f"SQRT({_SAMPLE})",
            "var_pop(INTEGER)": _POPULATION,
            "stddev_pop(INTEGER)": f"SQRT({_POPULATION})",
        },
    ),
    **_MANUAL.forms("aggregate_functions#avg", {"avg(DOUBLE)": "AVG($1)"}),
    **_MANUAL.forms("aggregate_functions#logical_and", {"bool_and(BOOLEAN)": "LOGICAL_AND($1)"}),
    **_MANUAL.forms("aggregate_functions#logical_or", {"bool_or(BOOLEAN)": "LOGICAL_OR($1)"}),
}

_WINDOWS: Forms = {
    **_MANUAL.forms(
        "numbering_functions", {f"{name}()": f"{name.upper()}()" for name in ("row_number", "rank", "dense_rank")}
    ),
    **_MANUAL.forms("navigation_functions", neighbours()),
}

_UNITS = ("microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year")
_OF_DATES = {
    "quarter": "QUARTER",
    "month": "MONTH",
    "day": "DAY",
    "year": "YEAR",
    "doy": "DAYOFYEAR",
    "week": "ISOWEEK",
}
_FUNCTIONS = {"doy": "dayofyear", "week": "weekofyear", "dow": "dayofweek"}
_SUNDAY_FIRST = "EXTRACT(DAYOFWEEK FROM {0}) - 1"
_MONDAY_FIRST = "MOD(EXTRACT(DAYOFWEEK FROM {0}) + 5, 7) + 1"


def _granularity(unit: str) -> str:
    return "WEEK(MONDAY)" if unit == "week" else unit.upper()


def _parts(template: str, unit: str) -> dict[str, str]:
    return {
        f"date_part('{unit}', TYPE)": template.format("$2"),
        f"{_FUNCTIONS.get(unit, unit)}(TYPE)": template.format("$1"),
    }


_TIME: Forms = {
    **_MANUAL.forms(
        "datetime_functions#datetime_add",
        {
            f"date_add('{unit}', {kind}, TIMESTAMP)": f"DATETIME_ADD($3, INTERVAL $2 {unit.upper()})"
            for unit in _UNITS
            for kind in (("INTEGER",) if unit == "millisecond" else ("INTEGER", "BIGINT"))
        },
    ),
    **_MANUAL.forms(
        "datetime_functions#datetime_trunc",
        {f"date_trunc('{unit}', TIMESTAMP)": f"DATETIME_TRUNC($2, {_granularity(unit)})" for unit in _UNITS},
    ),
    **_MANUAL.forms(
        "datetime_functions#datetime_diff",
        {
            f"date_diff('{unit}', TIMESTAMP, TIMESTAMP)": f"DATETIME_DIFF($3, $2, {_granularity(unit)})"
            for unit in _UNITS
        },
    ),
    **_MANUAL.forms(
        "date_functions#date_diff",
        {
            **{f"date_diff('{unit}', DATE, DATE)": f"DATE_DIFF($3, $2, {_granularity(unit)})"
               for unit in ("day", "week", "month", "quarter", "year")},
            "-(DATE, DATE)": "DATE_DIFF($1, $2, DAY)",
        },
    ),
    **_MANUAL.forms(
        "datetime_functions#extract",
        {
            **{signature: sql for unit, part in _OF_DATES.items()
               for signature, sql in _parts(f"EXTRACT({part} FROM {{0}})", unit).items()},
            **_parts(_SUNDAY_FIRST, "dow"), **_parts(_MONDAY_FIRST, "isodow"),
        },
        ("DATE", "TIMESTAMP"),
    ),
    **_MANUAL.forms(
        "datetime_functions#extract",
        {signature: sql for unit in ("hour", "minute")
         for signature, sql in _parts(f"EXTRACT({unit.upper()} FROM {{0}})", unit).items()},
        ["TIMESTAMP"],
    ),
}  # fmt: skip

_CAST, _RULES = "CAST($1 AS RESULT)", "conversion_functions"
_HALVES = Refused(
    "BigQuery rounds a half away from zero, and DuckDB to the even number", "say how it is rounded: round(x), floor(x)"
)
_WITHIN = "NOT ({0} BETWEEN -2147483648 AND 2147483647)"


def _within_32_bits(value: str) -> str:
    return f"CASE WHEN {_WITHIN.format(value)} THEN ERROR('a number is out of the range of INTEGER') ELSE {value} END"


_CASTS: Casts = {
    **{
        (given, wanted): _MANUAL.says(_RULES, _CAST)
        for given, several in {
            "BOOLEAN": ("INTEGER", "BIGINT"),
            "INTEGER": ("BIGINT", "HUGEINT", "DOUBLE", "VARCHAR"),
            "BIGINT": ("HUGEINT", "VARCHAR"),
            "HUGEINT": ("BIGINT",),
            "DECIMAL": ("DOUBLE",),
            "DATE": ("TIMESTAMP",),
            "TIMESTAMP": ("DATE",),
        }.items()
        for wanted in several
    },
    ("BOOLEAN", "DOUBLE"): _MANUAL.says(_RULES, "CAST(CAST($1 AS INT64) AS FLOAT64)"),
    ("BIGINT", "INTEGER"): _MANUAL.says("debugging_functions#error", _within_32_bits("$1")),
    ("HUGEINT", "INTEGER"): _MANUAL.says("debugging_functions#error", _within_32_bits("CAST($1 AS INT64)")),
    ("BIGINT", "DOUBLE"): _MANUAL.says("debugging_functions#error", _exactly("$1")),
    ("HUGEINT", "DOUBLE"): _MANUAL.says("debugging_functions#error", _exactly("$1")),
    **{("DOUBLE", wanted): _HALVES for wanted in ("INTEGER", "BIGINT", "HUGEINT")},
}

BIGQUERY = Documented(
    forms={**_COMPARISON, **_ARITHMETIC, **_AGGREGATES, **_WINDOWS, **_TIME},
    casts=_CASTS,
    keys={
        "VARCHAR": _MANUAL.says("string_functions#collate", _TEXT["$1"]),
        "DOUBLE": Refused("NaN is the least number in BigQuery, and the greatest in DuckDB", "order by a whole number"),
    },
    lacks={
        "FLOAT": Refused("BigQuery has no floating-point numbers of 32 bits", "declare it double"),
        "DECIMAL": Refused(
            "BigQuery's decimals have other digits", "declare it double, or bigint of the smallest unit"
        ),
        "LIST": Refused("lists have not been read of in BigQuery's documentation", "read an element of the list"),
    },
    reads={"INTEGER": _MANUAL.says("debugging_functions#error", _within_32_bits("CAST($1 AS INT64)"))},
)
