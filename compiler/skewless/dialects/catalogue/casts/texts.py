"""Casts from text and to text."""

from __future__ import annotations

from skewless.dialects.catalogue.casts.cast import (
    CAST,
    HUGE,
    PLAIN,
    SPARK_ONLY,
    TRY,
    WHOLE,
    Cast,
    Casts,
    refused,
)
from skewless.dialects.catalogue.entry import Refused, Written, documented

# Text. DuckDB reads more forms than engines have in common: the plain ones are read alike, an odd one stops the query.
_SPACE = "[\\\\x09-\\\\x0d ]*"
_DIGITS = "([0-9]+([.][0-9]*)?|[.][0-9]+)"
_PLAIN_NUMBER = f"^{_SPACE}[+-]?{_DIGITS}{_SPACE}$"
_PLAIN_DOUBLE = f"^{_SPACE}([+-]?{_DIGITS}([eE][+-]?[0-9]+)?|[+-]?(?i:inf|infinity)){_SPACE}$"
_NAN = f"^{_SPACE}[+-]?(?i:nan){_SPACE}$"
_ODD_NUMBER = (
    f"^{_SPACE}([+-]*[0-9.][0-9_.]*([eE][+-]?[0-9_.]+)?|[+-]*0[xX][0-9a-fA-F_]+|[+-]*0[bB][01_]+|[+-]*(?i:inf|infinity))"
    f"{_SPACE}$"
)
_DAY = "(?!0000)[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_CLOCK = "([01]?[0-9]|2[0-3]):[0-5]?[0-9](:[0-5]?[0-9]([.][0-9]+)?)?"
_ZONE = "(Z|[+-](0[0-9]|1[0-7]):[0-5][0-9])?"
_PLAIN_DATE = f"^{_SPACE}{_DAY}([ T]{_CLOCK}{_ZONE} *|{_SPACE})$"
_PLAIN_TIMESTAMP = f"^{_SPACE}{_DAY}([ T]{_CLOCK}{_ZONE} *)?$"
_ODD_MOMENT = (
    f"^{_SPACE}([+-]?(?i:inf|infinity|epoch)|-?[0-9]+([-/ \\\\\\\\])[0-9]+[-/ \\\\\\\\][0-9]+( [(](?i:bc)[)])?"
    f"({_SPACE}|[T\\\\x09-\\\\x0d ]+[0-9]+:[0-9]+(?s:.*))){_SPACE}$"
)
_TRUE, _FALSE = "('true', 't', 'yes', 'y', '1')", "('false', 'f', 'no', 'n', '0')"
# Without the digits that decide nothing, or a second rounding would see them.
_ROUNDED = "CAST(REGEXP_REPLACE($1, '(?<=[.][0-9])[0-9]+', '') AS DECIMAL(38, 1))"


def _text(plain: str, value: str, what: str) -> Written:
    """A cast of the plain forms; any other is an error, as it is in DuckDB unless it is an odd one."""
    fault = f"RAISE_ERROR(CONCAT('no plain {what}: ', $1))"
    return Written(f"CASE WHEN $1 RLIKE '(?d){plain}' THEN {value} WHEN NOT $1 IS NULL THEN {fault} END")


def _try_text(plain: str, odd: str, value: str, what: str) -> Written:
    """NULL for what DuckDB does not read either."""
    fault = f"RAISE_ERROR(CONCAT('no plain {what}: ', $1))"
    return Written(f"CASE WHEN $1 RLIKE '(?d){plain}' THEN {value} WHEN $1 RLIKE '(?d){odd}' THEN {fault} END")


def _or_nan(value: str) -> str:
    return f"CASE WHEN $1 RLIKE '(?d){_NAN}' THEN CAST('NaN' AS RESULT) ELSE {value} END"


_ANY_DOUBLE = f"({_PLAIN_DOUBLE}|{_NAN})"
_SNOWFLAKE_TEXT = Refused("Snowflake and DuckDB read different forms of it", "store the column in the wanted type")


def _booleans(otherwise: str) -> str:
    return f"CASE WHEN LOWER($1) IN {_TRUE} THEN TRUE WHEN LOWER($1) IN {_FALSE} THEN FALSE{otherwise} END"


FROM_TEXT: Casts = {
    ("VARCHAR", "BOOLEAN"): Cast(
        Written(_booleans(" WHEN NOT $1 IS NULL THEN RAISE_ERROR(CONCAT('no boolean: ', $1))")),
        documented(
            _booleans(" WHEN NOT $1 IS NULL THEN CAST('no boolean: ' || $1 AS BOOLEAN)"), "functions/to_boolean"
        ),
    ),
    **{
        ("VARCHAR", wanted): Cast(_text(_PLAIN_NUMBER, f"CAST(CAST({_ROUNDED} AS DECIMAL(38, 0)) AS RESULT)", "number"),
                                  _SNOWFLAKE_TEXT)
        for wanted in ("INTEGER", "BIGINT")
    },
    ("VARCHAR", "HUGEINT"): Cast(HUGE, HUGE),
    ("VARCHAR", "DECIMAL"): Cast(_text(_PLAIN_NUMBER, CAST, "number"), _SNOWFLAKE_TEXT),
    **{
        ("VARCHAR", wanted): Cast(_text(_ANY_DOUBLE, _or_nan(CAST), "number"), _SNOWFLAKE_TEXT)
        for wanted in ("FLOAT", "DOUBLE")
    },
    ("VARCHAR", "DATE"): Cast(_text(_PLAIN_DATE, CAST, "date"), _SNOWFLAKE_TEXT),
    ("VARCHAR", "TIMESTAMP"): Cast(_text(_PLAIN_TIMESTAMP, CAST, "timestamp"), _SNOWFLAKE_TEXT),
}  # fmt: skip
TRY_FROM_TEXT: Casts = {
    ("VARCHAR", "BOOLEAN"): Cast(Written(_booleans("")), documented(_booleans(""), "functions/case")),
    **{
        ("VARCHAR", wanted): Cast(
            _try_text(_PLAIN_NUMBER, _ODD_NUMBER,
                      f"TRY_CAST(TRY_CAST(TRY_{_ROUNDED} AS DECIMAL(38, 0)) AS RESULT)", "number"),
            _SNOWFLAKE_TEXT,
        )
        for wanted in ("INTEGER", "BIGINT")
    },
    ("VARCHAR", "DECIMAL"): Cast(_try_text(_PLAIN_NUMBER, _ODD_NUMBER, TRY, "number"), _SNOWFLAKE_TEXT),
    **{
        ("VARCHAR", wanted): Cast(_try_text(_ANY_DOUBLE, _ODD_NUMBER, _or_nan(TRY), "number"), _SNOWFLAKE_TEXT)
        for wanted in ("FLOAT", "DOUBLE")
    },
    ("VARCHAR", "DATE"): Cast(_try_text(_PLAIN_DATE, _ODD_MOMENT, TRY, "date"), _SNOWFLAKE_TEXT),
    ("VARCHAR", "TIMESTAMP"): Cast(_try_text(_PLAIN_TIMESTAMP, _ODD_MOMENT, TRY, "timestamp"), _SNOWFLAKE_TEXT),
}  # fmt: skip

_FLOATING = refused("engines write such a number in different ways", "make it of a decimal or of a whole number")
TO_TEXT: Casts = {
    ("BOOLEAN", "VARCHAR"): PLAIN,
    **{(given, "VARCHAR"): PLAIN for given in WHOLE},
    ("DECIMAL", "VARCHAR"): SPARK_ONLY,
    **dict.fromkeys([("FLOAT", "VARCHAR"), ("DOUBLE", "VARCHAR")], _FLOATING),
}
