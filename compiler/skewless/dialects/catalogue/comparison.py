"""Comparison, logic, NULL and conditional functions."""

from __future__ import annotations

from skewless.dialects.catalogue.entry import Entry, documented, entry, first
from skewless.ground.dtypes import BOOLEAN

# The values of these types are in one order on every engine: NaN is the greatest number, text goes by code points.
_ORDERED = ("BOOLEAN", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL", "VARCHAR", "DATE", "TIMESTAMP")
_PAGE = "operators-comparison"


def _comparison(symbol: str, kind: str, spark: str, snowflake: str, page: str = _PAGE) -> Entry:
    return entry(f"{symbol}({kind}, {kind})", BOOLEAN, spark=spark, snowflake=documented(snowflake, page))


_COMPARISONS = [
    _comparison(symbol, kind, f"$1 {symbol} $2", f"$1 {symbol} $2")
    for symbol in ("=", "<>", "<", "<=", ">", ">=")
    for kind in _ORDERED
]
_DISTINCT = [
    one
    for kind in _ORDERED
    for one in (
        _comparison("is distinct from", kind, "$1 IS DISTINCT FROM $2", "$1 IS DISTINCT FROM $2",
                    "functions/is-distinct-from"),
        _comparison("is not distinct from", kind, "$1 IS NOT DISTINCT FROM $2", "$1 IS NOT DISTINCT FROM $2",
                    "functions/is-distinct-from"),
    )
]  # fmt: skip
_LOGIC = [
    entry("and(BOOLEAN, BOOLEAN)", BOOLEAN, spark="$1 AND $2", snowflake=documented("$1 AND $2", "operators-logical")),
    entry("or(BOOLEAN, BOOLEAN)", BOOLEAN, spark="$1 OR $2", snowflake=documented("$1 OR $2", "operators-logical")),
    entry("not(BOOLEAN)", BOOLEAN, spark="NOT $1", snowflake=documented("NOT $1", "operators-logical")),
    *(entry(f"is {word}(BOOLEAN)", BOOLEAN, spark=f"$1 IS {word.upper()}",
            snowflake=documented(f"COALESCE({'' if word == 'true' else 'NOT '}$1, FALSE)", "functions/coalesce"))
      for word in ("true", "false")),
    entry("is null(ANY)", BOOLEAN, spark="$1 IS NULL", snowflake=documented("$1 IS NULL", "functions/is-null"),
          rounding="dropped"),
]  # fmt: skip
_CHOICES = [
    entry("coalesce(ANY...)", first, spark="COALESCE($*)", snowflake=documented("COALESCE($*)", "functions/coalesce"),
          rounding="passed"),
    *(entry(f"{name}(SCALAR)", first, spark="$1", snowflake=documented("$1", f"functions/{name}_ignore_nulls"),
            rounding="passed")
      for name in ("greatest", "least")),
    *(entry(f"{name}(SCALAR, SCALAR...)", first, spark=f"{name.upper()}($*)",
            snowflake=documented(f"{name.upper()}_IGNORE_NULLS($*)", f"functions/{name}_ignore_nulls"),
            rounding="passed")
      for name in ("greatest", "least")),
]  # fmt: skip

ENTRIES: tuple[Entry, ...] = (*_COMPARISONS, *_DISTINCT, *_LOGIC, *_CHOICES)
