"""PostgreSQL 14 and later, by its documentation.

Text is compared by its bytes, which are in the order of code points, whatever the collation of a column. What overflows
or underflows a double is an error there.
"""

from __future__ import annotations

from skewless.dialects.catalogue.documented.manual import (
    WHOLE,
    Casts,
    Documented,
    Forms,
    Manual,
    comparisons,
    distinctions,
    exact_double,
    logic,
    neighbours,
    refused,
)
from skewless.dialects.catalogue.entry import Refused

_MANUAL = Manual("https://www.postgresql.org/docs/current/", ".html")
_NUMBERS = ("INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL")
_PLAIN = ("BOOLEAN", *_NUMBERS, "DATE", "TIMESTAMP")
_MACHINE = ("INTEGER", "BIGINT", "FLOAT", "DOUBLE")
_DOUBLE = "DOUBLE PRECISION"
_NAN, _INFINITE = f"CAST('NaN' AS {_DOUBLE})", f"CAST('Infinity' AS {_DOUBLE})"
_BYTES = '$1 COLLATE "C"'

_COMPARISON: Forms = {
    **_MANUAL.forms("functions-comparison", {**comparisons(), **distinctions()}, _PLAIN),
    **_MANUAL.forms(
        "collation",
        {key: sql.replace("$1", f"({_BYTES})") for key, sql in {**comparisons(), **distinctions()}.items()},
        ["VARCHAR"],
    ),
    **_MANUAL.forms("functions-logical", logic()),
    **_MANUAL.forms("functions-conditional", {"coalesce(ANY)": "$1", "coalesce(ANY, ANY...)": "COALESCE($*)"}),
    **_MANUAL.forms(
        "functions-conditional",
        {
            "greatest(TYPE)": "$1", "least(TYPE)": "$1",
            "greatest(TYPE, TYPE...)": "GREATEST($*)", "least(TYPE, TYPE...)": "LEAST($*)",
        },
        _PLAIN,
    ),
    **refused(
        "PostgreSQL orders text by the collation of its columns", "write CASE WHEN a > b THEN a ELSE b END",
        ["greatest(VARCHAR, VARCHAR...)", "least(VARCHAR, VARCHAR...)"],
    ),
}  # fmt: skip

_SIGN = f"CASE WHEN $1 = {_NAN} THEN 0 ELSE CAST(SIGN($1) AS RESULT) END"
# The smallest whole number has no quotient by -1: DuckDB raises an error there, and so does ABS.
_REMAINDER = "CASE WHEN $2 = -1 THEN ABS($1) * 0 ELSE $1 % NULLIF($2, 0) END"
# Half away from zero, where ROUND of a double is half to even; a zero keeps its sign.
_ROUNDED = "CASE WHEN ABS($1 - TRUNC($1)) >= 0.5 THEN TRUNC($1) + SIGN($1) ELSE TRUNC($1) END"
_ARITHMETIC: Forms = {
    **_MANUAL.forms("functions-math", {f"{one}(TYPE, TYPE)": f"$1 {one} $2" for one in "+-*"}, _MACHINE),
    **_MANUAL.forms(
        "functions-math",
        {f"{one}(TYPE, TYPE)": f"CAST($1 {one} $2 AS RESULT)" for one in "+-*"},
        ("HUGEINT", "DECIMAL"),
    ),
    **_MANUAL.forms("functions-math", {"-(TYPE)": "-$1", "abs(TYPE)": "ABS($1)"}, _NUMBERS),
    **_MANUAL.forms("functions-math", {"sign(TYPE)": "CAST(SIGN($1) AS RESULT)"}, (*WHOLE, "DECIMAL")),
    **_MANUAL.forms("functions-math", {"%(TYPE, TYPE)": _REMAINDER}, ("INTEGER", "BIGINT")),
    **_MANUAL.forms("functions-math", {"//(TYPE, TYPE)": "$1 / NULLIF($2, 0)"}, ("INTEGER", "BIGINT")),
    **_MANUAL.forms("functions-math", {"round(TYPE)": "$1", "trunc(TYPE)": "$1"}, ("INTEGER", "BIGINT")),
    **_MANUAL.forms(
        "functions-math",
        {
            f"{name}(TYPE)": f"CAST($1 AS {_DOUBLE})" for name in ("floor", "ceil")
        },
        ("INTEGER", "BIGINT"),
    ),
    **_MANUAL.forms(
        "functions-math",
        {
            "/(DOUBLE, DOUBLE)": "$1 / NULLIF($2, 0)",
            "//(DOUBLE, DOUBLE)": "TRUNC($1 / NULLIF($2, 0))",
            "%(DECIMAL, DECIMAL)": "CAST($1 % NULLIF($2, 0) AS RESULT)",
            "sign(FLOAT)": _SIGN, "sign(DOUBLE)": _SIGN,
            "floor(DOUBLE)": "FLOOR($1)", "ceil(DOUBLE)": "CEIL($1)", "trunc(DOUBLE)": "TRUNC($1)",
            "round(DOUBLE)": _ROUNDED,
            "floor(DECIMAL)": "CAST(FLOOR($1) AS RESULT)", "ceil(DECIMAL)": "CAST(CEIL($1) AS RESULT)",
            "trunc(DECIMAL)": "CAST(TRUNC($1) AS RESULT)", "round(DECIMAL)": "CAST(ROUND($1) AS RESULT)",
            "round(DECIMAL, INTEGER)": "CAST(ROUND($1, $2) AS RESULT)",
            "sqrt(DOUBLE)": "CASE WHEN $1 >= 0 THEN SQRT($1) END",
            "ln(DOUBLE)": "CASE WHEN $1 > 0 THEN LN($1) END",
            "log10(DOUBLE)": "CASE WHEN $1 > 0 THEN LOG($1) END",
            "exp(DOUBLE)": "EXP($1)", "cbrt(DOUBLE)": "CBRT($1)", "atan(DOUBLE)": "ATAN($1)",
            "degrees(DOUBLE)": "DEGREES($1)", "radians(DOUBLE)": "RADIANS($1)", "pi()": "PI()",
        },
    ),
    **_MANUAL.forms(
        "datatype-numeric",
        {
            "isnan(DOUBLE)": f"$1 = {_NAN}",
            "isinf(DOUBLE)": f"ABS($1) = {_INFINITE}",
            "isfinite(DOUBLE)": f"ABS($1) < {_INFINITE}",
        },
    ),
    **_MANUAL.forms(
        "functions-math",
        {"&(TYPE, TYPE)": "$1 & $2", "|(TYPE, TYPE)": "$1 | $2", "~(TYPE)": "~$1"},
        ("INTEGER", "BIGINT"),
    ),
}  # fmt: skip

_BOOLEANS = {"min(BOOLEAN)": "BOOL_AND($1)", "max(BOOLEAN)": "BOOL_OR($1)"}


def _average(word: str) -> str:
    return f"CAST(SUM({word}$1) AS {_DOUBLE}) / NULLIF(COUNT({word}$1), 0)"


def _spread(function: str) -> str:
    """DuckDB counts the spread of one value as 0, whatever the value."""
    return f"CASE WHEN COUNT($1) = 1 THEN CAST(0 AS {_DOUBLE}) ELSE {function}(CAST($1 AS {_DOUBLE})) END"


_AGGREGATES: Forms = {
    **_MANUAL.forms("functions-aggregate", {"count()": "COUNT(*)", "count(ANY)": "COUNT($1)"}),
    **_MANUAL.forms("functions-aggregate", {"count distinct(TYPE)": "COUNT(DISTINCT $1)"}, _PLAIN),
    **_MANUAL.forms("functions-aggregate", {"min(TYPE)": "MIN($1)", "max(TYPE)": "MAX($1)"}, _PLAIN),
    **_MANUAL.forms("functions-aggregate", {**_BOOLEANS, "bool_and(BOOLEAN)": "BOOL_AND($1)",
                                            "bool_or(BOOLEAN)": "BOOL_OR($1)"}),
    **_MANUAL.forms(
        "collation",
        {
            "min(VARCHAR)": f"MIN({_BYTES})", "max(VARCHAR)": f"MAX({_BYTES})",
            "count distinct(VARCHAR)": f"COUNT(DISTINCT {_BYTES})",
        },
    ),
    **_MANUAL.forms(
        "functions-aggregate",
        {
            signature: sql
            for name, word in (("", ""), (" distinct", "DISTINCT "))
            for signature, sql in {
                f"sum{name}(BOOLEAN)": f"CAST(SUM({word}CAST($1 AS INT)) AS RESULT)",
                **{f"sum{name}({kind})": f"CAST(SUM({word}$1) AS RESULT)" for kind in (*WHOLE, "DECIMAL")},
                f"sum{name}(DOUBLE)": f"SUM({word}$1)",
                **{f"avg{name}({kind})": _average(word) for kind in (*WHOLE, "DECIMAL")},
                f"avg{name}(DOUBLE)": f"AVG({word}$1)",
            }.items()
        },
    ),
    **_MANUAL.forms(
        "functions-aggregate",
        {
            "var_samp(TYPE)": f"VAR_SAMP(CAST($1 AS {_DOUBLE}))",
            "stddev_samp(TYPE)": f"STDDEV_SAMP(CAST($1 AS {_DOUBLE}))",
            "var_pop(TYPE)": _spread("VAR_POP"),
            "stddev_pop(TYPE)": _spread("STDDEV_POP"),
        },
        ("INTEGER", "DOUBLE"),
    ),
    **_MANUAL.forms(
        "functions-aggregate",
        {f"{name}(TYPE)": f"{name.upper()}($1)" for name in ("bit_and", "bit_or", "bit_xor")},
        ("INTEGER", "BIGINT"),
    ),
}  # fmt: skip

_WINDOWS: Forms = _MANUAL.forms(
    "functions-window",
    {
        **{f"{name}()": f"{name.upper()}()" for name in
           ("row_number", "rank", "dense_rank", "percent_rank", "cume_dist")},
        "ntile(INTEGER)": "CAST(NTILE($1) AS RESULT)",
        **neighbours(),
        **{f"{name}(ANY)": f"{name.split('_')[0].upper()}_VALUE($1)"
           for name in ("first_value", "last_value", "first", "last")},
        "nth_value(ANY, INTEGER)": "NTH_VALUE($1, $2)",
    },
)  # fmt: skip

_SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}
_LENGTHS = {**{unit: f"1 {unit.upper()}" for unit in (*_SECONDS, "month", "year")}, "quarter": "3 MONTH"}
_PARTS = {
    "quarter": "QUARTER", "month": "MONTH", "day": "DAY", "isodow": "ISODOW", "dow": "DOW", "doy": "DOY",
    "week": "WEEK",
}  # fmt: skip
_FUNCTIONS = {"dow": "dayofweek", "doy": "dayofyear", "week": "weekofyear"}
_CLOCK = ("hour", "minute")
# Before the year 1 comes -1 there, and 0 in DuckDB.
_YEAR = "CAST(EXTRACT(YEAR FROM {0}) + CASE WHEN EXTRACT(YEAR FROM {0}) < 0 THEN 1 ELSE 0 END AS RESULT)"


def _part(place: str, unit: str) -> str:
    return f"CAST(EXTRACT({_PARTS.get(unit, unit.upper())} FROM {place}) AS RESULT)"


def _seconds_until(unit: str) -> str:
    later, earlier = (f"EXTRACT(EPOCH FROM DATE_TRUNC('{unit.upper()}', {place}))" for place in ("$3", "$2"))
    return f"CAST(({later} - {earlier}) / {_SECONDS[unit]} AS RESULT)"


_TIME: Forms = {
    **_MANUAL.forms(
        "functions-datetime",
        {
            **{f"date_add('{unit}', {kind}, TIMESTAMP)": f"$3 + $2 * INTERVAL '{interval}'"
               for unit, interval in _LENGTHS.items() for kind in ("INTEGER", "BIGINT")},
            **{f"date_add('{unit}', INTEGER, TIMESTAMP)": f"$3 + $2 * INTERVAL '1 {unit.upper()}'"
               for unit in ("microsecond", "millisecond")},
            # A product with an interval is computed as a double, which holds fewer digits than a BIGINT.
            "date_add('microsecond', BIGINT, TIMESTAMP)": (
                "$3 + $2 / 1000000 * INTERVAL '1 SECOND' + $2 % 1000000 * INTERVAL '1 MICROSECOND'"
            ),
            **{f"date_trunc('{unit}', TIMESTAMP)": f"DATE_TRUNC('{unit.upper()}', $2)"
               for unit in ("microsecond", "millisecond", *_SECONDS, "month", "quarter", "year")},
            **{f"date_diff('{unit}', TIMESTAMP, TIMESTAMP)": _seconds_until(unit) for unit in _SECONDS},
            "date_diff('day', DATE, DATE)": "CAST($3 - $2 AS RESULT)",
            "-(DATE, DATE)": "CAST($1 - $2 AS RESULT)",
            "+(DATE, INTEGER)": "$1 + $2", "+(INTEGER, DATE)": "$2 + $1", "-(DATE, INTEGER)": "$1 - $2",
            **{f"date_part('{unit}', TIMESTAMP)": _part("$2", unit) for unit in _CLOCK},
            **{f"{unit}(TIMESTAMP)": _part("$1", unit) for unit in _CLOCK},
        },
    ),
    **_MANUAL.forms(
        "functions-datetime",
        {
            **{f"date_part('{unit}', TYPE)": _part("$2", unit) for unit in _PARTS},
            **{f"{_FUNCTIONS.get(unit, unit)}(TYPE)": _part("$1", unit) for unit in _PARTS},
            "date_part('year', TYPE)": _YEAR.format("$2"), "year(TYPE)": _YEAR.format("$1"),
        },
        ("DATE", "TIMESTAMP"),
    ),
}  # fmt: skip

_CAST = "CAST($1 AS RESULT)"
_NEAREST = Refused(
    "PostgreSQL leaves it to the platform where a half is rounded to",
    "say how it is rounded: CAST(round(x) AS DECIMAL)",
)
# A double of a HUGEINT is not always the nearest in DuckDB; a cast to fewer digits stops the query there.
_HUGE_TO_DOUBLE = exact_double("$1", _DOUBLE)
_CASTS: Casts = {
    **{
        (given, wanted): _MANUAL.says("datatype-numeric", _CAST)
        for given, several in {
            "INTEGER": ("BIGINT", "HUGEINT", "DECIMAL", "DOUBLE"),
            "BIGINT": ("INTEGER", "HUGEINT", "DECIMAL", "DOUBLE"),
            "HUGEINT": ("INTEGER", "BIGINT", "DECIMAL"),
            "DECIMAL": ("INTEGER", "BIGINT", "HUGEINT", "DECIMAL", "DOUBLE"),
            "FLOAT": ("DOUBLE",),
        }.items()
        for wanted in several
    },
    ("HUGEINT", "DOUBLE"): _MANUAL.says("datatype-numeric", _HUGE_TO_DOUBLE),
    **{("DOUBLE", wanted): _NEAREST for wanted in WHOLE},
    ("BOOLEAN", "INTEGER"): _MANUAL.says("datatype-boolean", _CAST),
    **{
        ("BOOLEAN", wanted): _MANUAL.says("datatype-boolean", "CAST(CAST($1 AS INT) AS RESULT)")
        for wanted in ("BIGINT", "HUGEINT", "DOUBLE")
    },
    **{(given, "VARCHAR"): _MANUAL.says("datatype-numeric", _CAST) for given in WHOLE},
    ("DATE", "TIMESTAMP"): _MANUAL.says("datatype-datetime", _CAST),
    ("TIMESTAMP", "DATE"): _MANUAL.says("datatype-datetime", _CAST),
}

POSTGRES = Documented(
    forms={**_COMPARISON, **_ARITHMETIC, **_AGGREGATES, **_WINDOWS, **_TIME},
    casts=_CASTS,
    double=_DOUBLE,
    keys={"VARCHAR": _MANUAL.says("collation", _BYTES)},
    lacks={"LIST": Refused("lists have not been read of in PostgreSQL's documentation", "read an element of the list")},
)
