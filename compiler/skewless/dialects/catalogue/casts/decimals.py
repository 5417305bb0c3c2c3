"""Casts that depend on the digits of a decimal."""

from __future__ import annotations

from skewless.dialects.catalogue.casts.cast import (
    CAST,
    PAGE,
    PLAIN,
    SINGLE,
    UNPROVEN,
    Cast,
    refused,
)
from skewless.dialects.catalogue.casts.numbers import (
    EXACT_WHOLE,
    HUGE_TO_DOUBLE,
    TOO_LARGE,
    shifted,
    snowflake_double,
    whole_as_double,
)
from skewless.dialects.catalogue.entry import Refused, Support, Written, documented
from skewless.ground.dtypes import DataType

_EXACT_DIGITS = 15
"""Every number of so many digits has a double of its own."""
_WORD_DIGITS = 18
"""DuckDB computes with decimals of more digits in another way."""


def decimal_cast(given: DataType, wanted: DataType, *, is_safe: bool) -> Cast | None:
    """A cast that depends on the digits of a decimal."""
    if given.kind == "BOOLEAN":
        return _fraction_only("a boolean") if wanted.precision == wanted.scale else PLAIN
    if given.kind in ("FLOAT", "DOUBLE"):
        return _floating_to_decimal(given, wanted, is_safe)
    if wanted.kind == "VARCHAR" and given.precision == given.scale:
        return _fraction_only("the text of a number")
    if wanted.kind == "DECIMAL" and wanted.scale < given.scale and not is_safe:
        # Snowflake's cast rounds, but it is ROUND that says where halves go: away from zero.
        return Cast(Written(CAST), documented(f"CAST(ROUND($1, {wanted.scale}) AS RESULT)", "functions/round"))
    if wanted.kind == "DOUBLE":
        return _decimal_to_double(given)
    if wanted.kind == "FLOAT":
        is_exact = given.precision <= 7
        rounded = Refused("the rounding of a number of more than 7 digits differs", "cast it to DOUBLE first")
        return Cast(Written(CAST) if is_exact else rounded, SINGLE)
    return None


def _fraction_only(what: str) -> Cast:
    return refused(f"DuckDB gives {what} no digit before the point", "use a decimal with digits before the point")


def _decimal_to_double(given: DataType) -> Cast:
    """DuckDB divides a number of more than 2^53 units in two steps."""
    scale = given.scale
    snowflake: Support = snowflake_double(scale) if scale <= _EXACT_DIGITS else UNPROVEN
    if given.precision <= _EXACT_DIGITS:
        return Cast(Written(CAST), documented(CAST, PAGE))
    if given.precision <= _WORD_DIGITS and scale == 0:
        return Cast(Written(CAST), snowflake)
    if given.precision > _WORD_DIGITS and scale > _EXACT_DIGITS:
        return refused("its last digits depend on the engine", "cast it to a decimal of fewer digits first")
    if scale == 0:
        return Cast(Written(HUGE_TO_DOUBLE), snowflake)
    whole = "CAST($1 - $1 % 1 AS BIGINT)"
    first = f"CAST({whole} AS DOUBLE)" if given.precision <= _WORD_DIGITS else f"(CASE {whole_as_double(whole)})"
    rest = f"CAST(CAST(($1 % 1) * 1{'0' * scale} AS BIGINT) AS DOUBLE) / 1E{scale}"
    exact = f"WHEN ABS($1) <= {shifted(EXACT_WHOLE, scale)} THEN {CAST}"
    large = f"WHEN ABS($1) >= {2**63} THEN {TOO_LARGE}" if given.precision - scale > _WORD_DIGITS else ""
    return Cast(Written(f"CASE {exact} {large} ELSE {first} + {rest} END"), snowflake)


def _floating_to_decimal(given: DataType, wanted: DataType, is_safe: bool) -> Cast:
    """DuckDB multiplies in binary and rounds half away from zero; Spark's own cast rounds the shortest text."""
    if wanted.precision > _WORD_DIGITS:
        return refused("its last digits depend on the engine", "cast it to a decimal of at most 18 digits")
    scale = wanted.scale
    number = "$1" if given.kind == "DOUBLE" else "CAST($1 AS DOUBLE)"
    units = f"{number} * 1E{scale}" if scale else number
    cast = "TRY_CAST" if is_safe else "CAST"
    rounded = f"CASE WHEN ABS({units}) < {2**52} THEN ROUND({units}) ELSE {units} END"
    value = f"CAST({cast}({rounded} AS BIGINT) AS DECIMAL(19, 0))" + (f" * {shifted(1, scale)}" if scale else "")
    return Cast(Written(f"{cast}({value} AS RESULT)"), UNPROVEN)
