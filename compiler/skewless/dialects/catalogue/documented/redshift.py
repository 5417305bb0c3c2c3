"""Amazon Redshift, by its documentation.

It takes no notice of blanks at the end of a text, and its collation may be set to ignore case: text is compared by its
bytes, written as hexadecimal digits. What NaN is beside other numbers is not documented.
"""

from __future__ import annotations

from skewless.dialects.catalogue.documented.manual import (
    Casts,
    Documented,
    Forms,
    Manual,
    comparisons,
    exact_double,
    logic,
    neighbours,
    refused,
)
from skewless.dialects.catalogue.entry import Refused

_MANUAL = Manual("https://docs.aws.amazon.com/redshift/latest/dg/", ".html")
_NUMBERS = ("INTEGER", "BIGINT", "HUGEINT", "DECIMAL")
_PLAIN = (*_NUMBERS, "DATE", "TIMESTAMP")
_DOUBLE = "DOUBLE PRECISION"
_SAME = "COALESCE($1 = $2, $1 IS NULL AND $2 IS NULL)"
_NAN = "Redshift's documentation does not say what NaN is beside other numbers"
_DIGITS = "TO_HEX(TO_VARBYTE({0}, 'utf-8'))"


def _by_bytes(sql: str) -> str:
    return sql.replace("$1", _DIGITS.format("$1")).replace("$2", _DIGITS.format("$2"))


_DISTINCTIONS = {
    "is not distinct from(TYPE, TYPE)": _SAME,
    "is distinct from(TYPE, TYPE)": f"NOT {_SAME}",
}
_COMPARISON: Forms = {
    **_MANUAL.forms("r_comparison_condition", comparisons(), _PLAIN),
    **_MANUAL.forms("r_comparison_condition", comparisons(["=", "<>"]), ["BOOLEAN"]),
    **_MANUAL.forms("r_NVL_function", _DISTINCTIONS, (*_PLAIN, "BOOLEAN")),
    **_MANUAL.forms(
        "r_TO_VARBYTE", {key: _by_bytes(sql) for key, sql in {**comparisons(), **_DISTINCTIONS}.items()}, ["VARCHAR"]
    ),
    **_MANUAL.forms("r_logical_condition", logic()),
    **_MANUAL.forms("r_NVL_function", {"coalesce(ANY)": "$1", "coalesce(ANY, ANY...)": "COALESCE($*)"}),
    **_MANUAL.forms(
        "r_GREATEST_LEAST",
        {
            "greatest(TYPE)": "$1", "least(TYPE)": "$1",
            "greatest(TYPE, TYPE...)": "GREATEST($*)", "least(TYPE, TYPE...)": "LEAST($*)",
        },
        _PLAIN,
    ),
    **refused(
        _NAN,
        "compare decimals: declare the column decimal(18, 6)",
        [f"{symbol}(DOUBLE, DOUBLE)" for symbol in
         ("=", "<>", "<", "<=", ">", ">=", "is distinct from", "is not distinct from")]
        + [f"{name}(DOUBLE)" for name in ("min", "max", "count distinct")]
        + [f"{name}(DOUBLE, DOUBLE...)" for name in ("greatest", "least")],
    ),
    **refused(
        "Redshift takes no notice of blanks at the end of a text", "take the text of the latest row, or of a number",
        ["min(VARCHAR)", "max(VARCHAR)", "greatest(VARCHAR, VARCHAR...)", "least(VARCHAR, VARCHAR...)"],
    ),
}  # fmt: skip

_ARITHMETIC: Forms = {
    **_MANUAL.forms(
        "r_numeric_computations201",
        {f"{one}(TYPE, TYPE)": f"$1 {one} $2" for one in "+-*"},
        ("INTEGER", "BIGINT", "DOUBLE"),
    ),
    **_MANUAL.forms(
        "r_numeric_computations201",
        {f"{one}({kind}, {kind})": f"CAST($1 {one} $2 AS RESULT)" for one in "+-" for kind in ("HUGEINT", "DECIMAL")},
    ),
    **_MANUAL.forms(
        "r_numeric_computations201", {"/(DOUBLE, DOUBLE)": "$1 / NULLIF($2, 0)"}
    ),
    **_MANUAL.forms("r_OPERATOR_SYMBOLS", {"-(TYPE)": "-$1"}, (*_NUMBERS, "DOUBLE")),
    **_MANUAL.forms("r_ABS", {"abs(TYPE)": "ABS($1)"}, (*_NUMBERS, "DOUBLE")),
}  # fmt: skip


_AGGREGATES: Forms = {
    **_MANUAL.forms("r_COUNT", {"count()": "COUNT(*)", "count(ANY)": "COUNT($1)"}),
    **_MANUAL.forms("r_COUNT", {"count distinct(TYPE)": "COUNT(DISTINCT $1)"}, _PLAIN),
    **_MANUAL.forms("r_TO_VARBYTE", {"count distinct(VARCHAR)": f"COUNT(DISTINCT {_DIGITS.format('$1')})"}),
    **_MANUAL.forms("r_MAX", {"max(TYPE)": "MAX($1)"}, _PLAIN),
    **_MANUAL.forms("r_MIN", {"min(TYPE)": "MIN($1)"}, _PLAIN),
    **_MANUAL.forms(
        "r_SUM",
        {
            signature: sql
            for name, word in (("", ""), (" distinct", "DISTINCT "))
            for signature, sql in {
                **{f"sum{name}({kind})": f"CAST(SUM({word}$1) AS RESULT)" for kind in _NUMBERS},
                f"sum{name}(DOUBLE)": f"SUM({word}$1)",
                # AVG of whole numbers is a whole number there.
                f"avg{name}(INTEGER)": f"({exact_double(f'SUM({word}$1)', _DOUBLE)}) / NULLIF(COUNT({word}$1), 0)",
                **{
                    f"avg{name}({kind})": f"CAST(SUM({word}$1) AS {_DOUBLE}) / NULLIF(COUNT({word}$1), 0)"
                    for kind in ("BIGINT", "HUGEINT", "DECIMAL")
                },
            }.items()
        },
    ),
    **_MANUAL.forms("r_AVG", {"avg(DOUBLE)": "AVG($1)"}),
    **_MANUAL.forms("r_BOOL_AND", {"bool_and(BOOLEAN)": "BOOL_AND($1)"}),
    **_MANUAL.forms("r_BOOL_OR", {"bool_or(BOOLEAN)": "BOOL_OR($1)"}),
}

_WINDOWS: Forms = {
    **_MANUAL.forms("r_WF_ROW_NUMBER", {"row_number()": "ROW_NUMBER()"}),
    **_MANUAL.forms("r_WF_RANK", {"rank()": "CAST(RANK() AS RESULT)"}),
    **_MANUAL.forms("r_WF_DENSE_RANK", {"dense_rank()": "CAST(DENSE_RANK() AS RESULT)"}),
    **_MANUAL.forms("r_WF_LEAD", neighbours(("ANY", "ANY, INTEGER"))),
}

_UNITS = ("microsecond", "millisecond", "second", "minute", "hour", "day")
_PARTS = ("year", "quarter", "month", "day")
_CLOCK = ("hour", "minute")


def _part(place: str, unit: str) -> str:
    return f"CAST(EXTRACT({unit.upper()} FROM {place}) AS RESULT)"


_TIME: Forms = {
    **_MANUAL.forms(
        "r_DATEADD_function",
        {
            f"date_add('{unit}', INTEGER, TIMESTAMP)": f"DATEADD({unit.upper()}, $2, $3)"
            for unit in (*_UNITS, "week")
        }
        | {
            # The number of units is an INTEGER.
            "date_add('microsecond', BIGINT, TIMESTAMP)": (
                "DATEADD(MICROSECOND, CAST($2 % 1000000 AS INTEGER), "
                "DATEADD(SECOND, CAST($2 / 1000000 AS INTEGER), $3))"
            )
        },
    ),
    **_MANUAL.forms(
        "r_DATEDIFF_function",
        {
            f"date_diff('{unit}', TYPE, TYPE)": f"DATEDIFF({unit.upper()}, $2, $3)"
            for unit in ("day", "month", "quarter", "year")
        },
        ("DATE", "TIMESTAMP"),
    ),
    **_MANUAL.forms(
        "r_DATEDIFF_function",
        {f"date_diff('{unit}', TIMESTAMP, TIMESTAMP)": f"DATEDIFF({unit.upper()}, $2, $3)" for unit in _UNITS},
    ),
    **_MANUAL.forms(
        "r_DATE_TRUNC",
        {
            f"date_trunc('{unit}', TIMESTAMP)": f"DATE_TRUNC('{unit.upper()}', $2)"
            for unit in (*_UNITS, "month", "quarter", "year")
        },
    ),
    **_MANUAL.forms(
        "r_EXTRACT_function",
        {
            signature: sql
            for unit in _PARTS
            for signature, sql in {
                f"date_part('{unit}', TYPE)": _part("$2", unit), f"{unit}(TYPE)": _part("$1", unit),
            }.items()
        },
        ("DATE", "TIMESTAMP"),
    ),
    **_MANUAL.forms(
        "r_EXTRACT_function",
        {
            signature: sql
            for unit in _CLOCK
            for signature, sql in {
                f"date_part('{unit}', TIMESTAMP)": _part("$2", unit), f"{unit}(TIMESTAMP)": _part("$1", unit),
            }.items()
        },
    ),
}  # fmt: skip

_CAST = "CAST($1 AS RESULT)"
_CASTS: Casts = {
    **{
        (given, wanted): _MANUAL.says("r_CAST_function", _CAST)
        for given, several in {
            "INTEGER": ("BIGINT", "HUGEINT", "DECIMAL", "DOUBLE", "VARCHAR"),
            "BIGINT": ("INTEGER", "HUGEINT", "DECIMAL", "VARCHAR"),
            "HUGEINT": ("INTEGER", "BIGINT", "DECIMAL"),
            "DECIMAL": ("DOUBLE",),
            "DATE": ("TIMESTAMP",),
            "TIMESTAMP": ("DATE",),
        }.items()
        for wanted in several
    },
    ("BOOLEAN", "INTEGER"): _MANUAL.says("r_CAST_function", _CAST),
    **{
        (given, "DOUBLE"): _MANUAL.says("r_CAST_function", exact_double("$1", _DOUBLE))
        for given in ("BIGINT", "HUGEINT")
    },
}

REDSHIFT = Documented(
    forms={**_COMPARISON, **_ARITHMETIC, **_AGGREGATES, **_WINDOWS, **_TIME},
    casts=_CASTS,
    double=_DOUBLE,
    keys={
        "VARCHAR": _MANUAL.says("r_TO_VARBYTE", _DIGITS.format("$1")),
        "DOUBLE": Refused(_NAN, "order by a whole number"),
    },
    lacks={
        "FLOAT": Refused("Redshift computes with floating-point numbers of 32 bits as with 64", "declare it double"),
        "LIST": Refused("Redshift has no lists of one type", "read an element of the list"),
    },
)
