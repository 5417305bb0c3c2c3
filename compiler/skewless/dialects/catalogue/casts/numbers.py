"""Casts between numbers."""

from __future__ import annotations

from skewless.dialects.catalogue.casts.cast import (
    CAST,
    HUGE,
    PAGE,
    PLAIN,
    SINGLE,
    TRY,
    WHOLE,
    Cast,
    Casts,
)
from skewless.dialects.catalogue.entry import Refused, Written, documented

EXACT_WHOLE = 2**53
"""Up to here every whole number is a double."""


def whole_as_double(value: str) -> str:
    """DuckDB's double of a HUGEINT, which below -2^53 is not always the nearest."""
    return f"WHEN {value} < 0 THEN -CAST(-{value} - 1 AS DOUBLE) - 1E0 ELSE CAST({value} AS DOUBLE) END"


def snowflake_double(scale: int) -> Written:
    """Beyond 2^53 the rounding is not documented: a cast to 15 digits then stops the query."""
    limit = shifted(EXACT_WHOLE, scale)
    sql = f"CASE WHEN ABS($1) <= {limit} THEN CAST($1 AS DOUBLE) ELSE CAST($1 AS DECIMAL(15, {scale})) END"
    return documented(sql, PAGE)


def shifted(number: int, scale: int) -> str:
    """The number divided by a power of ten, written out."""
    if scale == 0:
        return str(number)
    digits = str(number).zfill(scale + 1)
    return f"{digits[:-scale]}.{digits[-scale:]}"


def _half_even(cast: str) -> str:
    return f"{cast}(RINT($1) AS RESULT)"


TOO_LARGE = "RAISE_ERROR('a number is too large for an exact cast to DOUBLE')"
# Beyond two words DuckDB rounds in yet another way.
HUGE_TO_DOUBLE = f"CASE WHEN ABS($1) >= {2**64} THEN {TOO_LARGE} {whole_as_double('$1')}"
# A double of 2^63 passes Spark's test of the range, and becomes 2^63 - 1.
_TO_BIGINT = (
    "CASE WHEN $1 >= 9.223372036854775807E18 THEN RAISE_ERROR('a number is out of the range of BIGINT') "
    "ELSE CAST(RINT($1) AS BIGINT) END"
)
_TRY_BIGINT = "CASE WHEN $1 < 9.223372036854775807E18 THEN TRY_CAST(RINT($1) AS BIGINT) END"
# The whole number below, and one more beyond a half; at a half the even one of both.
_NEAREST = (
    "FLOOR($1) + CASE WHEN $1 - FLOOR($1) < 0.5 THEN 0 WHEN $1 - FLOOR($1) > 0.5 THEN 1 "
    "ELSE FLOOR($1) - 2 * FLOOR(FLOOR($1) / 2) END"
)
_SNOWFLAKE_WHOLE = documented(
    f"CASE WHEN ABS($1) < {EXACT_WHOLE} THEN CAST({_NEAREST} AS NUMBER(38, 0)) ELSE CAST($1 AS NUMBER(15, 0)) END",
    "functions/floor",
)
# Halves go away from zero; Spark's own cast to a whole number cuts the fraction off.
_DECIMAL_TO_WHOLE = Cast(Written("CAST(CAST($1 AS DECIMAL(38, 0)) AS RESULT)"),
                         documented("CAST(ROUND($1) AS RESULT)", "functions/round"))  # fmt: skip
_LARGEST = "1.7976931348623157E308"
_BEYOND_FLOAT = f"ABS($1) BETWEEN 3.4028235677973366E38 AND {_LARGEST}"
_TO_FLOAT = f"CASE WHEN {_BEYOND_FLOAT} THEN RAISE_ERROR('a number is out of the range of FLOAT') ELSE {CAST} END"

_TRY_UNPROVEN = Refused("Snowflake's TRY_CAST takes text only", "use CAST, or a CASE that tests the range first")

NUMBERS: Casts = {
    **{
        (given, wanted): PLAIN
        for given, several in {
            "BOOLEAN": ("INTEGER", "BIGINT", "HUGEINT"),
            "INTEGER": ("BOOLEAN", "BIGINT", "HUGEINT", "DECIMAL", "DOUBLE"),
            "BIGINT": ("BOOLEAN", "INTEGER", "HUGEINT", "DECIMAL"),
            "HUGEINT": ("BOOLEAN", "INTEGER", "BIGINT", "DECIMAL"),
            "FLOAT": ("DOUBLE",),
            "DECIMAL": ("DECIMAL",),
        }.items()
        for wanted in several
    },
    **{("DECIMAL", wanted): _DECIMAL_TO_WHOLE for wanted in WHOLE},
    ("DECIMAL", "BOOLEAN"): Cast(Written("$1 <> 0"), documented("$1 <> 0", "operators-comparison")),
    **{
        (given, "BOOLEAN"): Cast(Written("$1 <> 0"), documented("$1 <> 0", "data-types-numeric"))
        for given in ("FLOAT", "DOUBLE")
    },
    **{
        ("BOOLEAN", wanted): Cast(Written(CAST), documented("CAST(CAST($1 AS NUMBER(1, 0)) AS FLOAT)", PAGE))
        for wanted in ("FLOAT", "DOUBLE")
    },
    ("INTEGER", "FLOAT"): Cast(Written(CAST), SINGLE),
    ("BIGINT", "FLOAT"): Cast(Written(CAST), SINGLE),
    ("BIGINT", "DOUBLE"): Cast(Written(CAST), snowflake_double(0)),
    ("HUGEINT", "DOUBLE"): Cast(Written(HUGE_TO_DOUBLE), snowflake_double(0)),
    ("HUGEINT", "FLOAT"): Cast(Refused("the rounding of large numbers differs", "cast it to DOUBLE first"), SINGLE),
    ("DOUBLE", "FLOAT"): Cast(Written(_TO_FLOAT), SINGLE),
    **{(given, "INTEGER"): Cast(Written(_half_even("CAST")), _SNOWFLAKE_WHOLE) for given in ("FLOAT", "DOUBLE")},
    **{(given, "BIGINT"): Cast(Written(_TO_BIGINT), _SNOWFLAKE_WHOLE) for given in ("FLOAT", "DOUBLE")},
    **{(given, "HUGEINT"): Cast(HUGE, HUGE) for given in ("FLOAT", "DOUBLE")},
}
TRY_NUMBERS: Casts = {
    **{
        (given, wanted): Cast(Written(TRY), _TRY_UNPROVEN)
        for given, wanted in (
            ("BIGINT", "INTEGER"), ("HUGEINT", "INTEGER"), ("HUGEINT", "BIGINT"), ("INTEGER", "DECIMAL"),
            ("BIGINT", "DECIMAL"), ("HUGEINT", "DECIMAL"), ("DECIMAL", "DECIMAL"),
        )
    },
    **{
        ("DECIMAL", wanted): Cast(Written("TRY_CAST(CAST($1 AS DECIMAL(38, 0)) AS RESULT)"), _TRY_UNPROVEN)
        for wanted in WHOLE
    },
    ("DOUBLE", "FLOAT"): Cast(Written(f"CASE WHEN NOT {_BEYOND_FLOAT} THEN {CAST} END"), SINGLE),
    **{(given, "INTEGER"): Cast(Written(_half_even("TRY_CAST")), _TRY_UNPROVEN) for given in ("FLOAT", "DOUBLE")},
    **{(given, "BIGINT"): Cast(Written(_TRY_BIGINT), _TRY_UNPROVEN) for given in ("FLOAT", "DOUBLE")},
}  # fmt: skip
