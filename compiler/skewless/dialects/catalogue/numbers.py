"""Arithmetic, rounding, logarithms and powers."""

from __future__ import annotations

from collections.abc import Sequence

from skewless.dialects.catalogue.casts.numbers import snowflake_double
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

# Snowflake's pages of functions say nothing of infinity and NaN. How these compare is documented: NaN is the greatest.
_GREATEST, _LEAST = "CAST('inf' AS DOUBLE)", "CAST('-inf' AS DOUBLE)"


def _is_finite(value: str) -> str:
    return f"{value} > {_LEAST} AND {value} < {_GREATEST}"


def _of_finite(sql: str) -> str:
    """Snowflake: what of an infinity and of NaN is itself."""
    return f"CASE WHEN {_is_finite('$1')} THEN {sql} ELSE $1 END"


def _of_fractions(sql: str, value: str = "$1") -> str:
    """Snowflake: what leaves whole numbers alone, as all beyond 2^52 are; infinity and NaN are no different."""
    return f"CASE WHEN {value} > -{2**52} AND {value} < {2**52} THEN {sql} ELSE {value} END"


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
# Snowflake rounds a quotient to six digits, so it divides what leaves no remainder.
_WHOLE_QUOTIENT = "CAST(($1 - $1 % NULLIF($2, 0)) / NULLIF($2, 0) AS RESULT)"
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
          snowflake=documented(_WHOLE_QUOTIENT, "operators-arithmetic")),
    entry("//(BIGINT, BIGINT)", BIGINT, spark="$1 DIV NULLIF($2, 0)",
          snowflake=documented(_WHOLE_QUOTIENT, "operators-arithmetic")),
    entry("//(DOUBLE, DOUBLE)", DOUBLE, spark=_TRUNC.format(f"({_QUOTIENT})"),
          snowflake=documented(_of_fractions(f"TRUNC({_QUOTIENT})", f"({_QUOTIENT})"), "functions/trunc")),
    *(entry(f"%({name}, {name})", dtype, spark=_REMAINDER, snowflake=documented("$1 % NULLIF($2, 0)",
            "functions/mod"))
      for name, dtype in _WORDS.items()),
    entry("%(DECIMAL, DECIMAL)", _widest, spark="CAST($1 % NULLIF($2, 0) AS RESULT)",
          snowflake=documented("CAST($1 % NULLIF($2, 0) AS RESULT)", "functions/mod")),
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
        entry(f"{name}(INTEGER)", DOUBLE, spark="CAST($1 AS DOUBLE)",
              snowflake=documented("CAST($1 AS DOUBLE)", "functions/to_double")),
        *(entry(f"{name}({kind})", DOUBLE, spark="CAST($1 AS DOUBLE)", snowflake=snowflake_double(0))
          for kind in ("BIGINT", "HUGEINT")),
        *(entry(f"{name}({kind})", _FLOATING[kind], spark=sql,
                snowflake=_snowflake(kind, _of_fractions(f"{name.upper()}($1)"), page))
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
              "round a decimal, such as a sum of a column that is declared decimal(18, 6)"), check=_check_places),
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
    # Snowflake's ROUND makes no promise for a FLOAT. Twice the fraction is a whole one from a half on.
    *(entry(f"round({kind})", _FLOATING[kind], spark=sql, snowflake=_snowflake(
            kind, _of_fractions("TRUNC($1) + TRUNC(($1 - TRUNC($1)) * 2)"), "functions/trunc"))
      for kind, sql in _of_both(_ROUND).items()),
    entry("round(DECIMAL)", _without_places, spark="CAST(ROUND($1) AS RESULT)",
          snowflake=documented("CAST(ROUND($1) AS RESULT)", "functions/round")),
    *_round_to_places(),
    *(entry(f"trunc({kind})", _FLOATING[kind], spark=sql,
            snowflake=_snowflake(kind, _of_fractions("TRUNC($1)"), "functions/trunc"))
      for kind, sql in _of_both(_TRUNC).items()),
    entry("trunc(DECIMAL)", _without_places, spark="CAST(CASE WHEN $1 < 0 THEN CEIL($1) ELSE FLOOR($1) END AS RESULT)",
          snowflake=documented("CAST(TRUNC($1) AS RESULT)", "functions/trunc")),
]  # fmt: skip


def _of_double(name: str, spark: str, snowflake: Support, rounding: Rounding = "own") -> Entry:
    return entry(f"{name}(DOUBLE)", DOUBLE, spark=spark, snowflake=snowflake, rounding=rounding)


def _positive(function: str) -> str:
    return f"CASE WHEN $1 > 0 THEN {function} END"


def _finite_and_positive(function: str) -> str:
    return f"CASE WHEN $1 > 0 AND $1 < {_GREATEST} THEN {function} WHEN $1 > 0 THEN $1 END"


_SIGN_OF_ZERO = Refused(
    "engines differ in whether -0.0 is 0.0 to it, which turns the angle around", "use atan(y / x) with a CASE for x = 0"
)
_ONE = "CAST(1 AS DOUBLE)"
_POWER = (
    f"CASE WHEN $1 = 1 AND NOT $2 IS NULL THEN {_ONE} WHEN $1 = -1 AND ABS($2) = {_INFINITE} THEN {_ONE} "
    "ELSE POWER($1, $2) END"
)
# The powers of zero by a negative number and those with an infinity stop the query: nothing is said of them.
_SNOWFLAKE_POWER = (
    f"CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL WHEN $2 = 0 OR $1 = 1 THEN {_ONE} "
    f"WHEN $1 = {_NAN} OR $2 = {_NAN} THEN {_NAN} "
    f"WHEN {_is_finite('$1')} AND {_is_finite('$2')} "
    "AND ($1 > 0 OR ($1 = 0 AND $2 > 0) OR ($1 < 0 AND $2 = TRUNC($2))) "
    f"THEN POWER($1, $2) WHEN $1 < 0 AND {_is_finite('$1')} AND {_is_finite('$2')} THEN {_NAN} "
    "ELSE CAST('no power of ' || TO_CHAR($1) AS DOUBLE) END"
)
_LN = f"CASE WHEN {{0}} < {_GREATEST} THEN LN({{0}}) ELSE {{0}} END"
_SNOWFLAKE_LOG = f"CASE WHEN $2 > 0 AND $1 > 0 AND $1 <> 1 THEN ({_LN.format('$2')}) / ({_LN.format('$1')}) END"
# The exponential of a little more is infinite.
_SNOWFLAKE_EXP = (
    "CASE WHEN $1 >= -746 AND $1 <= 709.782712893384 THEN EXP($1) WHEN $1 < 0 THEN CAST(0 AS DOUBLE) "
    f"WHEN $1 < {_NAN} THEN {_GREATEST} ELSE $1 END"
)
_SNOWFLAKE_ATAN = (
    f"CASE WHEN {_is_finite('$1')} THEN ATAN($1) WHEN $1 = {_LEAST} THEN -PI() / 2 WHEN $1 = {_GREATEST} THEN PI() / 2 "
    "ELSE $1 END"
)
_LIBRARY = [
    _of_double("sqrt", "CASE WHEN $1 >= 0 THEN SQRT($1) END",
               documented(f"CASE WHEN $1 >= 0 AND $1 < {_GREATEST} THEN SQRT($1) WHEN $1 >= 0 THEN $1 END",
                          "functions/sqrt"), "passed"),
    _of_double("ln", _positive("LN($1)"), documented(_finite_and_positive("LN($1)"), "functions/ln")),
    _of_double("log10", _positive("LOG(10, $1)"), documented(_finite_and_positive("LOG(10, $1)"), "functions/log")),
    _of_double("log2", _positive("LOG(2, $1)"), documented(_finite_and_positive("LOG(2, $1)"), "functions/log")),
    entry("log(DOUBLE, DOUBLE)", DOUBLE, spark="CASE WHEN $2 > 0 AND $1 > 0 AND $1 <> 1 THEN LN($2) / LN($1) END",
          snowflake=documented(_SNOWFLAKE_LOG, "functions/ln"), rounding="own"),
    _of_double("exp", "EXP($1)", documented(_SNOWFLAKE_EXP, "functions/exp")),
    entry("power(DOUBLE, DOUBLE)", DOUBLE, spark=_POWER, snowflake=documented(_SNOWFLAKE_POWER, "functions/pow"),
          rounding="own"),
    _of_double("atan", "ATAN($1)", documented(_SNOWFLAKE_ATAN, "functions/atan")),
    *(_of_double(name, f"{name.upper()}($1)", documented(_of_finite(f"{name.upper()}($1)"), f"functions/{name}"))
      for name in ("cbrt", "degrees", "radians")),
    entry("atan2(DOUBLE, DOUBLE)", DOUBLE, spark=_SIGN_OF_ZERO, snowflake=_SIGN_OF_ZERO),
    entry("pi()", DOUBLE, spark="PI()", snowflake=documented("PI()", "functions/pi")),
    entry("isnan(DOUBLE)", BOOLEAN, spark=f"$1 = {_NAN}",
          snowflake=documented("$1 = CAST('NaN' AS DOUBLE)", "data-types-numeric")),
    entry("isinf(DOUBLE)", BOOLEAN, spark=f"ABS($1) = {_INFINITE}",
          snowflake=documented(f"$1 = {_GREATEST} OR $1 = {_LEAST}", "data-types-numeric")),
    entry("isfinite(DOUBLE)", BOOLEAN, spark=f"ABS($1) < {_INFINITE}",
          snowflake=documented(_is_finite("$1"), "data-types-numeric")),
]  # fmt: skip


def _of_bits(neither: str, left: str, right: str, both: str) -> str:
    """Snowflake does not say what the bits of a negative number are: they are those of `-1 - x`, each the other way."""
    return (
        f"CASE WHEN $1 >= 0 AND $2 >= 0 THEN {neither} WHEN $1 < 0 AND $2 >= 0 THEN {left} "
        f"WHEN $1 >= 0 AND $2 < 0 THEN {right} WHEN $1 < 0 AND $2 < 0 THEN {both} END"
    )


_AND = _of_bits("BITAND($1, $2)", "$2 - BITAND(-1 - $1, $2)", "$1 - BITAND($1, -1 - $2)",
                "-1 - BITOR(-1 - $1, -1 - $2)")  # fmt: skip
_OR = _of_bits("BITOR($1, $2)", "$1 + BITAND(-1 - $1, $2)", "$2 + BITAND($1, -1 - $2)",
               "-1 - BITAND(-1 - $1, -1 - $2)")  # fmt: skip
_XOR = _of_bits("BITXOR($1, $2)", "-1 - BITXOR(-1 - $1, $2)", "-1 - BITXOR($1, -1 - $2)",
                "BITXOR(-1 - $1, -1 - $2)")  # fmt: skip
_BITS = [
    *(entry(f"{symbol}({name}, {name})", dtype, spark=f"$1 {symbol} $2",
            snowflake=documented(sql, f"functions/{page}"))
      for name, dtype in _WORDS.items() for symbol, sql, page in (("&", _AND, "bitand"), ("|", _OR, "bitor"))),
    *(entry(f"xor({name}, {name})", dtype, spark="$1 ^ $2", snowflake=documented(_XOR, "functions/bitxor"))
      for name, dtype in _WORDS.items()),
    *(entry(f"~({name})", dtype, spark="~$1", snowflake=documented("-1 - $1", "operators-arithmetic"))
      for name, dtype in _WORDS.items()),
    entry("bit_count(INTEGER)", INTEGER, spark="BIT_COUNT(CAST($1 AS BIGINT) & 4294967295)", snowflake=_UNSAID),
    entry("bit_count(BIGINT)", INTEGER, spark="BIT_COUNT($1)", snowflake=_UNSAID),
]  # fmt: skip

ENTRIES: tuple[Entry, ...] = (*_ARITHMETIC, *_ROUNDING, *_LIBRARY, *_BITS)
