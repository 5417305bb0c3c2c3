"""Casts, by the types that they lead from and to."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from skewless.dialects.catalogue.entry import Refused, Support, Written, documented
from skewless.ground.dtypes import DataType


@dataclass(frozen=True, slots=True)
class Cast:
    spark: Support
    snowflake: Support


Casts = Mapping[tuple[str, str], Cast]
"""By the kinds of the given and the wanted type."""

_PAGE = "data-type-conversion"
_CAST, _TRY = "CAST($1 AS RESULT)", "TRY_CAST($1 AS RESULT)"
_UNPROVEN = Refused("Snowflake's documentation does not say what it gives", "store the column in the wanted type")
_PLAIN = Cast(Written(_CAST), documented(_CAST, _PAGE))
_SPARK_ONLY = Cast(Written(_CAST), _UNPROVEN)
_SINGLE = Refused("Snowflake has no numbers of single precision", "cast it to DOUBLE")
_HUGE = Refused("a HUGEINT holds more digits than any number there", "cast it to BIGINT or DECIMAL")
_WHOLE = ("INTEGER", "BIGINT", "HUGEINT")
_EXACT_DIGITS = 15
"""Every number of so many digits has a double of its own."""
_EXACT_WHOLE = 2**53
"""Up to here every whole number is a double."""
_WORD_DIGITS = 18
"""DuckDB computes with decimals of more digits in another way."""


# Numbers.
def _whole_as_double(value: str) -> str:
    """DuckDB's double of a HUGEINT, which below -2^53 is not always the nearest."""
    return f"WHEN {value} < 0 THEN -CAST(-{value} - 1 AS DOUBLE) - 1E0 ELSE CAST({value} AS DOUBLE) END"


def _snowflake_double(scale: int) -> Written:
    """Beyond 2^53 the rounding is not documented: a cast to 15 digits then stops the query."""
    limit = _shifted(_EXACT_WHOLE, scale)
    sql = f"CASE WHEN ABS($1) <= {limit} THEN CAST($1 AS FLOAT) ELSE CAST($1 AS NUMBER(15, {scale})) END"
    return documented(sql, _PAGE)


def _shifted(number: int, scale: int) -> str:
    """The number divided by a power of ten, written out."""
    if scale == 0:
        return str(number)
    digits = str(number).zfill(scale + 1)
    return f"{digits[:-scale]}.{digits[-scale:]}"


def _half_even(cast: str) -> str:
    return f"{cast}(RINT($1) AS RESULT)"


# Beyond two words DuckDB rounds in yet another way.
_HUGE_TO_DOUBLE = (
    f"CASE WHEN ABS($1) >= {2**64} THEN RAISE_ERROR('a number is too large for an exact cast to DOUBLE') "
    f"{_whole_as_double('$1')}"
)
# A double of 2^63 passes Spark's test of the range, and becomes 2^63 - 1.
_TO_BIGINT = (
    "CASE WHEN $1 >= 9.223372036854775807E18 THEN RAISE_ERROR('a number is out of the range of BIGINT') "
    "ELSE CAST(RINT($1) AS BIGINT) END"
)
_TRY_BIGINT = "CASE WHEN $1 < 9.223372036854775807E18 THEN TRY_CAST(RINT($1) AS BIGINT) END"
_NEAREST = "IFF($1 - FLOOR($1) = 0.5, 2 * ROUND($1 / 2), ROUND($1))"
_SNOWFLAKE_WHOLE = documented(
    f"CASE WHEN ABS($1) < {_EXACT_WHOLE} THEN CAST({_NEAREST} AS NUMBER(38, 0)) ELSE CAST($1 AS NUMBER(15, 0)) END",
    "functions/round",
)
# Halves go away from zero; Spark's own cast to a whole number cuts the fraction off.
_DECIMAL_TO_WHOLE = Cast(Written("CAST(CAST($1 AS DECIMAL(38, 0)) AS RESULT)"), documented(_CAST, _PAGE))
_LARGEST = "1.7976931348623157E308"
_TOO_LARGE = f"ABS($1) BETWEEN 3.4028235677973366E38 AND {_LARGEST}"
_TO_FLOAT = f"CASE WHEN {_TOO_LARGE} THEN RAISE_ERROR('a number is out of the range of FLOAT') ELSE {_CAST} END"
_FLOATING_TEXT = Refused(
    "engines write such a number in different ways", "round it to a decimal: CAST(CAST(x AS DECIMAL(18, 6)) AS VARCHAR)"
)
_TRY_UNPROVEN = Refused("Snowflake's TRY_CAST takes text only", "use CAST, or a CASE that tests the range first")

_NUMBERS: Casts = {
    **{
        (given, wanted): _PLAIN
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
    **{("DECIMAL", wanted): _DECIMAL_TO_WHOLE for wanted in _WHOLE},
    ("DECIMAL", "BOOLEAN"): Cast(Written("$1 <> 0"), documented("$1 <> 0", "operators-comparison")),
    **{
        (given, "BOOLEAN"): Cast(Written("$1 <> 0"), documented("$1 <> 0", "operators-comparison"))
        for given in ("FLOAT", "DOUBLE")
    },
    **{
        ("BOOLEAN", wanted): Cast(Written(_CAST), documented("CAST(CAST($1 AS NUMBER(1, 0)) AS FLOAT)", _PAGE))
        for wanted in ("FLOAT", "DOUBLE")
    },
    ("INTEGER", "FLOAT"): Cast(Written(_CAST), _SINGLE),
    ("BIGINT", "FLOAT"): Cast(Written(_CAST), _SINGLE),
    ("BIGINT", "DOUBLE"): Cast(Written(_CAST), _snowflake_double(0)),
    ("HUGEINT", "DOUBLE"): Cast(Written(_HUGE_TO_DOUBLE), _snowflake_double(0)),
    ("HUGEINT", "FLOAT"): Cast(Refused("the rounding of large numbers differs", "cast it to DOUBLE first"), _SINGLE),
    ("DOUBLE", "FLOAT"): Cast(Written(_TO_FLOAT), _SINGLE),
    **{(given, "INTEGER"): Cast(Written(_half_even("CAST")), _SNOWFLAKE_WHOLE) for given in ("FLOAT", "DOUBLE")},
    **{(given, "BIGINT"): Cast(Written(_TO_BIGINT), _SNOWFLAKE_WHOLE) for given in ("FLOAT", "DOUBLE")},
    **{(given, "HUGEINT"): Cast(_HUGE, _HUGE) for given in ("FLOAT", "DOUBLE")},
}
_TRY_NUMBERS: Casts = {
    **{
        (given, wanted): Cast(Written(_TRY), _TRY_UNPROVEN)
        for given, wanted in (
            ("BIGINT", "INTEGER"), ("HUGEINT", "INTEGER"), ("HUGEINT", "BIGINT"), ("INTEGER", "DECIMAL"),
            ("BIGINT", "DECIMAL"), ("HUGEINT", "DECIMAL"), ("DECIMAL", "DECIMAL"),
        )
    },
    **{
        ("DECIMAL", wanted): Cast(Written("TRY_CAST(CAST($1 AS DECIMAL(38, 0)) AS RESULT)"), _TRY_UNPROVEN)
        for wanted in _WHOLE
    },
    ("DOUBLE", "FLOAT"): Cast(Written(f"CASE WHEN NOT {_TOO_LARGE} THEN {_CAST} END"), _SINGLE),
    **{(given, "INTEGER"): Cast(Written(_half_even("TRY_CAST")), _TRY_UNPROVEN) for given in ("FLOAT", "DOUBLE")},
    **{(given, "BIGINT"): Cast(Written(_TRY_BIGINT), _TRY_UNPROVEN) for given in ("FLOAT", "DOUBLE")},
}  # fmt: skip


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


def _floating(value: str) -> str:
    return f"CASE WHEN $1 RLIKE '(?d){_NAN}' THEN CAST('NaN' AS RESULT) ELSE {value} END"


_ANY_DOUBLE = f"({_PLAIN_DOUBLE}|{_NAN})"
_SNOWFLAKE_TEXT = Refused("Snowflake and DuckDB read different forms of it", "store the column in the wanted type")


def _booleans(otherwise: str) -> str:
    return f"CASE WHEN LOWER($1) IN {_TRUE} THEN TRUE WHEN LOWER($1) IN {_FALSE} THEN FALSE{otherwise} END"


_FROM_TEXT: Casts = {
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
    ("VARCHAR", "HUGEINT"): Cast(_HUGE, _HUGE),
    ("VARCHAR", "DECIMAL"): Cast(_text(_PLAIN_NUMBER, _CAST, "number"), _SNOWFLAKE_TEXT),
    **{
        ("VARCHAR", wanted): Cast(_text(_ANY_DOUBLE, _floating(_CAST), "number"), _SNOWFLAKE_TEXT)
        for wanted in ("FLOAT", "DOUBLE")
    },
    ("VARCHAR", "DATE"): Cast(_text(_PLAIN_DATE, _CAST, "date"), _SNOWFLAKE_TEXT),
    ("VARCHAR", "TIMESTAMP"): Cast(_text(_PLAIN_TIMESTAMP, _CAST, "timestamp"), _SNOWFLAKE_TEXT),
}  # fmt: skip
_TRY_TEXT: Casts = {
    ("VARCHAR", "BOOLEAN"): Cast(Written(_booleans("")), documented(_booleans(""), "functions/case")),
    **{
        ("VARCHAR", wanted): Cast(
            _try_text(_PLAIN_NUMBER, _ODD_NUMBER,
                      f"TRY_CAST(TRY_CAST(TRY_{_ROUNDED} AS DECIMAL(38, 0)) AS RESULT)", "number"),
            _SNOWFLAKE_TEXT,
        )
        for wanted in ("INTEGER", "BIGINT")
    },
    ("VARCHAR", "DECIMAL"): Cast(_try_text(_PLAIN_NUMBER, _ODD_NUMBER, _TRY, "number"), _SNOWFLAKE_TEXT),
    **{
        ("VARCHAR", wanted): Cast(_try_text(_ANY_DOUBLE, _ODD_NUMBER, _floating(_TRY), "number"), _SNOWFLAKE_TEXT)
        for wanted in ("FLOAT", "DOUBLE")
    },
    ("VARCHAR", "DATE"): Cast(_try_text(_PLAIN_DATE, _ODD_MOMENT, _TRY, "date"), _SNOWFLAKE_TEXT),
    ("VARCHAR", "TIMESTAMP"): Cast(_try_text(_PLAIN_TIMESTAMP, _ODD_MOMENT, _TRY, "timestamp"), _SNOWFLAKE_TEXT),
}  # fmt: skip
# Spark writes a sign before a year of five digits, and has no BC.
_WRITTEN_MOMENT = (
    "CASE WHEN $1 < DATE '0001-01-01' THEN RAISE_ERROR('a date before the year 1') "
    "ELSE REPLACE(CAST($1 AS STRING), '+', '') END"
)
_MOMENTS: Casts = {
    ("DATE", "TIMESTAMP"): _PLAIN,
    ("TIMESTAMP", "DATE"): _PLAIN,
    ("DATE", "VARCHAR"): Cast(Written(_WRITTEN_MOMENT), documented("TO_CHAR($1, 'YYYY-MM-DD')", "functions/to_char")),
    ("TIMESTAMP", "VARCHAR"): Cast(
        Written(_WRITTEN_MOMENT),
        documented("REGEXP_REPLACE(TO_CHAR($1, 'YYYY-MM-DD HH24:MI:SS.FF6'), '[.]?0*$', '', 20)", "functions/to_char"),
    ),
}
_TO_TEXT: Casts = {
    ("BOOLEAN", "VARCHAR"): _PLAIN,
    **{(given, "VARCHAR"): _PLAIN for given in _WHOLE},
    ("DECIMAL", "VARCHAR"): _SPARK_ONLY,
    **{(given, "VARCHAR"): Cast(_FLOATING_TEXT, _FLOATING_TEXT) for given in ("FLOAT", "DOUBLE")},
}
CASTS: Casts = {**_NUMBERS, **_FROM_TEXT, **_MOMENTS, **_TO_TEXT}
TRY_CASTS: Casts = {**CASTS, **_TRY_NUMBERS, **_TRY_TEXT}
"""NULL where the cast fails."""


def cast_of(given: DataType, wanted: DataType, *, is_safe: bool = False) -> Cast | None:
    """The cast between two types; None if the engines have not been shown to agree on it."""
    if given.element is not None and wanted.element is not None:
        element = cast_of(given.element, wanted.element, is_safe=is_safe)
        return Cast(Written(_CAST), _UNPROVEN) if element is not None and element.spark == Written(_CAST) else None
    if "DECIMAL" in (given.kind, wanted.kind) and (found := _decimal(given, wanted, is_safe)) is not None:
        return found
    return (TRY_CASTS if is_safe else CASTS).get((given.kind, wanted.kind))


def _decimal(given: DataType, wanted: DataType, is_safe: bool) -> Cast | None:
    """A cast that depends on the digits of a decimal."""
    if given.kind == "BOOLEAN":
        return _fraction_only("a boolean") if wanted.precision == wanted.scale else _PLAIN
    if given.kind in ("FLOAT", "DOUBLE"):
        return _floating_to_decimal(given, wanted, is_safe)
    if wanted.kind == "VARCHAR" and given.precision == given.scale:
        return _fraction_only("the text of a number")
    if wanted.kind == "DOUBLE":
        return _decimal_to_double(given)
    if wanted.kind == "FLOAT":
        is_exact = given.precision <= 7
        refused = Refused("the rounding of a number of more than 7 digits differs", "cast it to DOUBLE first")
        return Cast(Written(_CAST) if is_exact else refused, _SINGLE)
    return None


def _fraction_only(what: str) -> Cast:
    refused = Refused(f"DuckDB gives {what} no digit before the point", "use a decimal with digits before the point")
    return Cast(refused, refused)


def _decimal_to_double(given: DataType) -> Cast:
    """DuckDB divides a number of more than 2^53 units in two steps."""
    scale = given.scale
    snowflake: Support = _snowflake_double(scale) if scale <= _EXACT_DIGITS else _UNPROVEN
    if given.precision <= _EXACT_DIGITS:
        return Cast(Written(_CAST), documented(_CAST, _PAGE))
    if given.precision <= _WORD_DIGITS and scale == 0:
        return Cast(Written(_CAST), snowflake)
    if given.precision > _WORD_DIGITS and scale > _EXACT_DIGITS:
        refused = Refused("its last digits depend on the engine", "cast it to a decimal of fewer digits first")
        return Cast(refused, refused)
    if scale == 0:
        return Cast(Written(_HUGE_TO_DOUBLE), snowflake)
    whole = "CAST($1 - $1 % 1 AS BIGINT)"
    first = f"CAST({whole} AS DOUBLE)" if given.precision <= _WORD_DIGITS else f"(CASE {_whole_as_double(whole)})"
    rest = f"CAST(CAST(($1 % 1) * 1{'0' * scale} AS BIGINT) AS DOUBLE) / 1E{scale}"
    limit = _shifted(_EXACT_WHOLE, scale)
    return Cast(Written(f"CASE WHEN ABS($1) <= {limit} THEN {_CAST} ELSE {first} + {rest} END"), snowflake)


def _floating_to_decimal(given: DataType, wanted: DataType, is_safe: bool) -> Cast:
    """DuckDB multiplies in binary and rounds half away from zero; Spark's own cast rounds the shortest text."""
    if wanted.precision > _WORD_DIGITS:
        refused = Refused("its last digits depend on the engine", "cast it to a decimal of at most 18 digits")
        return Cast(refused, refused)
    scale = wanted.scale
    number = "$1" if given.kind == "DOUBLE" else "CAST($1 AS DOUBLE)"
    units = f"{number} * 1E{scale}" if scale else number
    cast = "TRY_CAST" if is_safe else "CAST"
    rounded = f"CASE WHEN ABS({units}) < {2**52} THEN ROUND({units}) ELSE {units} END"
    value = f"CAST({cast}({rounded} AS BIGINT) AS DECIMAL(19, 0))" + (f" * {_shifted(1, scale)}" if scale else "")
    return Cast(Written(f"{cast}({value} AS RESULT)"), _UNPROVEN)


# Moments that are written out.
_MOMENT = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)(?:[ T](\d\d?):(\d\d?)(?::(\d\d?)(?:\.(\d{1,6}))?)?)?", re.ASCII)


def constant_moment(text: str, kind: str) -> str | None:
    """A date or timestamp in quotes as every engine reads it, such as `2026-01-31 10:00:00.5`; None if it is none."""
    found = _MOMENT.fullmatch(text)
    if found is None or (kind == "DATE" and found[4] is not None):
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    try:
        moment = dt.datetime(year, month, day, hour, minute, second, int((found[7] or "0").ljust(6, "0")))
    except ValueError:
        return None
    fraction = moment.strftime(".%f").rstrip("0").rstrip(".")
    return moment.date().isoformat() if kind == "DATE" else f"{moment:%Y-%m-%d %H:%M:%S}".zfill(19) + fraction
