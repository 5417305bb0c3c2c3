"""Arithmetic, rounding, logarithms and powers."""

from __future__ import annotations

from collections.abc import Sequence

from skewless.dialects.catalogue.entry import Entry, Refused, Result, Rounding, Support, documented, entry, first
from skewless.dialects.promotion import decimal, product_of, sum_of, unified
from skewless.ground.dtypes import BIGINT, BOOLEAN, DOUBLE, FLOAT, HUGEINT, INTEGER, DataType

_WORDS: dict[str, DataType] = {"INTEGER": INTEGER, "BIGINT": BIGINT}
_WHOLE: dict[str, DataType] = {**_WORDS, "HUGEINT": HUGEINT}
_FLOATING: dict[str, DataType] = {"FLOAT": FLOAT, "DOUBLE": DOUBLE}
_SINGLE = Refused(
    "Snowflake computes FLOAT with 64 bits, and DuckDB with 32", "declare the column double, or cast it: x::double"
)
_UNSAID = Refused("Snowflake does not document what it does with NaN or how it rounds", "compute it upstream")
_INFINITE, _NAN = "CAST('Infinity' AS DOUBLE)", "CAST('NaN' AS DOUBLE)"


def _snowflake(name: str, sql: str, page: str) -> Support:
    return _SINGLE if name == "FLOAT" else documented(sql, page)


def _widest(types: Sequence[DataType]) -> DataType:
    return unified(types) or DOUBLE


def _arithmetic(symbol: str, of_decimals: Result) -> list[Entry]:
    written, page = f"$1 {symbol} $2", "operators-arithmetic"
    return [
        *(entry(f"{symbol}({name}, {name})", dtype, spark=written, snowflake=_snowflake(name, written, page),
                rounding="passed")
          for name, dtype in {**_WHOLE, **_FLOATING}.items()),
        entry(f"{symbol}(DECIMAL, DECIMAL)", of_decimals, spark=f"CAST({written} AS RESULT)",
              snowflake=_decimal_product if symbol == "*" else documented(f"CAST({written} AS RESULT)", page)),
    ]  # fmt: skip


_decimal_product = Refused(
    "Snowflake keeps at most 12 digits after the point of a product", "multiply as double: a::double * b"
)
# The smallest whole number has no quotient by -1: DuckDB raises an error there, and so does ABS.
_REMAINDER = "CASE WHEN $2 = -1 THEN ABS($1) * 0 ELSE $1 % NULLIF($2, 0) END"
_QUOTIENT = "$1 / NULLIF($2, 0)"
_FLOOR = "CASE WHEN RINT({0}) > {0} THEN RINT({0}) - 1 ELSE RINT({0}) END"
_CEIL = "CASE WHEN RINT({0}) < {0} THEN RINT({0}) + 1 ELSE RINT({0}) END"
_TRUNC = f"CASE WHEN {{0}} < 0 THEN {_CEIL} ELSE {_FLOOR} END"
# Away from zero, and a zero keeps its sign.
_ROUND = "CASE WHEN {0} < 0 THEN -ROUND(-{0}) WHEN {0} = 0 THEN {0} ELSE ROUND({0}) END"


def _of_both(sql: str) -> dict[str, str]:
    """SQL over a DOUBLE, for FLOAT too: a FLOAT is a DOUBLE, and whole FLOATs are DOUBLEs that fit."""
    return {"DOUBLE": sql.format("$1"), "FLOAT": f"CAST({sql.format('CAST($1 AS DOUBLE)')} AS FLOAT)"}


_ARITHMETIC = [
    *_arithmetic("+", lambda types: sum_of(*types)),
    *_arithmetic("-", lambda types: sum_of(*types)),
    *_arithmetic("*", lambda types: product_of(*types)),
    entry("/(DOUBLE, DOUBLE)", DOUBLE, spark=_QUOTIENT, snowflake=documented(_QUOTIENT, "operators-arithmetic"),
          rounding="passed"),
    entry("//(INTEGER, INTEGER)", INTEGER, spark="CAST($1 DIV NULLIF($2, 0) AS INT)",
          snowflake=documented("TRUNC($1 / NULLIF($2, 0))", "functions/trunc")),
    entry("//(BIGINT, BIGINT)", BIGINT, spark="$1 DIV NULLIF($2, 0)", snowflake=Refused(
          "a quotient of large whole numbers is rounded before it is cut", "cast to integer: a::int // b::int")),
    entry("//(DOUBLE, DOUBLE)", DOUBLE, spark=_TRUNC.format(f"({_QUOTIENT})"),
          snowflake=documented(f"TRUNC({_QUOTIENT})", "functions/trunc")),
    *(entry(f"%({name}, {name})", dtype, spark=_REMAINDER, snowflake=documented("$1 % NULLIF($2, 0)",
            "operators-arithmetic"))
      for name, dtype in _WORDS.items()),
    entry("%(DECIMAL, DECIMAL)", _widest, spark="CAST($1 % NULLIF($2, 0) AS RESULT)",
          snowflake=documented("CAST($1 % NULLIF($2, 0) AS RESULT)", "operators-arithmetic")),
    *(entry(f"%({name}, {name})", dtype, spark="$1 % NULLIF($2, 0)", snowflake=_UNSAID)
      for name, dtype in _FLOATING.items()),
    *(entry(f"-({name})", dtype, spark="-$1", snowflake=_snowflake(name, "-$1", "operators-arithmetic"),
            rounding="passed")
      for name, dtype in {**_WHOLE, **_FLOATING}.items()),
    entry("-(DECIMAL)", first, spark="-$1", snowflake=documented("-$1", "operators-arithmetic")),
    *(entry(f"abs({name})", dtype, spark="ABS($1)", snowflake=_snowflake(name, "ABS($1)", "functions/abs"),
            rounding="passed")
      for name, dtype in {**_WHOLE, **_FLOATING}.items()),
    entry("abs(DECIMAL)", first, spark="ABS($1)", snowflake=documented("ABS($1)", "functions/abs")),
    *(entry(f"sign({name})", INTEGER, spark="CAST(SIGN($1) AS INT)", snowflake=documented("SIGN($1)", "functions/sign"))
      for name in ("INTEGER", "BIGINT", "HUGEINT", "DECIMAL")),
    *(entry(f"sign({name})", INTEGER, spark=f"CASE WHEN $1 = {_NAN} THEN 0 ELSE CAST(SIGN($1) AS INT) END",
            snowflake=_UNSAID)
      for name in _FLOATING),
]  # fmt: skip


def _to_whole(name: str, floating: str, of_decimal: str, page: str) -> list[Entry]:
    """floor and ceil: whole numbers become DOUBLE, decimals lose their places."""
    return [
        *(entry(f"{name}({kind})", DOUBLE, spark="CAST($1 AS DOUBLE)", snowflake=documented("CAST($1 AS DOUBLE)", page))
          for kind in _WHOLE),
        *(entry(f"{name}({kind})", _FLOATING[kind], spark=sql, snowflake=_snowflake(kind, f"{name.upper()}($1)", page))
          for kind, sql in _of_both(floating).items()),
        entry(f"{name}(DECIMAL)", _without_places, spark=f"CAST({of_decimal} AS RESULT)",
              snowflake=documented(f"CAST({name.upper()}($1) AS RESULT)", page)),
    ]  # fmt: skip


def _without_places(types: Sequence[DataType]) -> DataType:
    return decimal(types[0].precision, 0)


def _to_places(types: Sequence[DataType], constants: Sequence[str | None]) -> DataType:
    """`round(x, n)` of a decimal has n places, or as many as it had."""
    places = int(constants[1] or 0)
    return types[0] if places >= types[0].scale else decimal(types[0].precision, max(places, 0))


def _check_places(constants: Sequence[str | None]) -> Refused | None:
    if 0 <= int(constants[1] or 0) <= 15:
        return None
    return Refused("engines round to these places in different ways", "round(x / 100) * 100 rounds to hundreds")


def _round_to_places() -> list[Entry]:
    """DuckDB rounds `x * 10^n`, which is not the number that is printed: 1.005 has two places and rounds to 1.0."""
    factor = "POWER(CAST(10 AS DOUBLE), $2)"
    rounded = _ROUND.format(f"($1 * {factor})")
    rounded = f"CASE WHEN ABS($1 * {factor}) < {_INFINITE} THEN ({rounded}) / {factor} ELSE $1 END"
    return [
        entry("round(DOUBLE, CONSTANT INTEGER)", DOUBLE, spark=rounded, snowflake=Refused(
              "Snowflake rounds the decimal digits of a FLOAT, and DuckDB its binary value",
              "round a decimal: round(x::decimal(18, 6), 2)"), check=_check_places),
        *(entry(f"round({name}, CONSTANT INTEGER)", dtype, spark="ROUND($1, $2)",
                snowflake=documented("ROUND($1, $2)", "functions/round"))
          for name, dtype in _WORDS.items()),
        entry("round(DECIMAL, CONSTANT INTEGER)", first, by_constants=_to_places, spark="CAST(ROUND($1, $2) AS RESULT)",
              snowflake=documented("CAST(ROUND($1, $2) AS RESULT)", "functions/round")),
    ]  # fmt: skip


_ROUNDING = [
    *_to_whole("floor", _FLOOR, "FLOOR($1)", "functions/floor"),
    *_to_whole("ceil", _CEIL, "CEIL($1)", "functions/ceil"),
    *(entry(f"{name}({kind})", dtype, spark="$1", snowflake=documented("$1", f"functions/{name}"))
      for name in ("round", "trunc") for kind, dtype in _WORDS.items()),
    *(entry(f"round({kind})", _FLOATING[kind], spark=sql, snowflake=_snowflake(kind, "ROUND($1)", "functions/round"))
      for kind, sql in _of_both(_ROUND).items()),
    entry("round(DECIMAL)", _without_places, spark="CAST(ROUND($1) AS RESULT)",
          snowflake=documented("CAST(ROUND($1) AS RESULT)", "functions/round")),
    *_round_to_places(),
    *(entry(f"trunc({kind})", _FLOATING[kind], spark=sql, snowflake=_snowflake(kind, "TRUNC($1)", "functions/trunc"))
      for kind, sql in _of_both(_TRUNC).items()),
    entry("trunc(DECIMAL)", _without_places, spark="CAST(CASE WHEN $1 < 0 THEN CEIL($1) ELSE FLOOR($1) END AS RESULT)",
          snowflake=documented("CAST(TRUNC($1) AS RESULT)", "functions/trunc")),
]  # fmt: skip


def _of_double(name: str, spark: str, snowflake: Support, rounding: Rounding = "own") -> Entry:
    return entry(f"{name}(DOUBLE)", DOUBLE, spark=spark, snowflake=snowflake, rounding=rounding)


def _positive(function: str) -> str:
    return f"CASE WHEN $1 > 0 THEN {function} END"


_SIGN_OF_ZERO = Refused(
    "engines differ in whether -0.0 is 0.0 to it, which turns the angle around", "use atan(y / x) with a CASE for x = 0"
)
_ONE = "CAST(1 AS DOUBLE)"
_POWER = (
    f"CASE WHEN $1 = 1 AND NOT $2 IS NULL THEN {_ONE} WHEN $1 = -1 AND ABS($2) = {_INFINITE} THEN {_ONE} "
    "ELSE POWER($1, $2) END"
)
_LIBRARY = [
    _of_double("sqrt", "CASE WHEN $1 >= 0 THEN SQRT($1) END",
               documented("CASE WHEN $1 >= 0 THEN SQRT($1) END", "functions/sqrt"), "passed"),
    _of_double("ln", _positive("LN($1)"), documented(_positive("LN($1)"), "functions/ln")),
    _of_double("log10", _positive("LOG(10, $1)"), documented(_positive("LOG(10, $1)"), "functions/log")),
    _of_double("log2", _positive("LOG(2, $1)"), documented(_positive("LOG(2, $1)"), "functions/log")),
    entry("log(DOUBLE, DOUBLE)", DOUBLE, spark="CASE WHEN $2 > 0 AND $1 > 0 AND $1 <> 1 THEN LN($2) / LN($1) END",
          snowflake=documented("CASE WHEN $2 > 0 AND $1 > 0 AND $1 <> 1 THEN LOG($1, $2) END", "functions/log"),
          rounding="own"),
    _of_double("exp", "EXP($1)", documented("EXP($1)", "functions/exp")),
    _of_double("cbrt", "CBRT($1)", documented("CBRT($1)", "functions/cbrt")),
    entry("power(DOUBLE, DOUBLE)", DOUBLE, spark=_POWER, snowflake=documented("POWER($1, $2)", "functions/pow"),
          rounding="own"),
    *(_of_double(name, f"{name.upper()}($1)", documented(f"{name.upper()}($1)", f"functions/{name}"))
      for name in ("atan", "degrees", "radians")),
    entry("atan2(DOUBLE, DOUBLE)", DOUBLE, spark=_SIGN_OF_ZERO, snowflake=_SIGN_OF_ZERO),
    entry("pi()", DOUBLE, spark="PI()", snowflake=documented("PI()", "functions/pi")),
    entry("isnan(DOUBLE)", BOOLEAN, spark=f"$1 = {_NAN}",
          snowflake=documented("$1 = CAST('NaN' AS DOUBLE)", "data-types-numeric")),
    entry("isinf(DOUBLE)", BOOLEAN, spark=f"ABS($1) = {_INFINITE}",
          snowflake=documented("ABS($1) = CAST('inf' AS DOUBLE)", "data-types-numeric")),
    entry("isfinite(DOUBLE)", BOOLEAN, spark=f"ABS($1) < {_INFINITE}",
          snowflake=documented("ABS($1) < CAST('inf' AS DOUBLE)", "data-types-numeric")),
]  # fmt: skip
_BITS = [
    *(entry(f"{symbol}({name}, {name})", dtype, spark=f"$1 {symbol} $2",
            snowflake=documented(f"{function}($1, $2)", f"functions/{function.lower()}"))
      for name, dtype in _WORDS.items() for symbol, function in (("&", "BITAND"), ("|", "BITOR"))),
    *(entry(f"xor({name}, {name})", dtype, spark="$1 ^ $2", snowflake=documented("BITXOR($1, $2)", "functions/bitxor"))
      for name, dtype in _WORDS.items()),
    *(entry(f"~({name})", dtype, spark="~$1", snowflake=documented("BITNOT($1)", "functions/bitnot"))
      for name, dtype in _WORDS.items()),
    entry("bit_count(INTEGER)", INTEGER, spark="BIT_COUNT(CAST($1 AS BIGINT) & 4294967295)", snowflake=_UNSAID),
    entry("bit_count(BIGINT)", INTEGER, spark="BIT_COUNT($1)", snowflake=_UNSAID),
]  # fmt: skip

ENTRIES: tuple[Entry, ...] = (*_ARITHMETIC, *_ROUNDING, *_LIBRARY, *_BITS)
