"""Comparison, logic, NULL and conditional functions."""

from __future__ import annotations

from skewless.dialects.catalogue.entry import Entry, documented, entry, first
from skewless.ground.dtypes import BOOLEAN

# The values of these types are in one order on every engine: NaN is the greatest number, text goes by code points.
_ORDERED = ("BOOLEAN", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL", "VARCHAR", "DATE", "TIMESTAMP")
_PAGES = {"VARCHAR": "collation", "FLOAT": "data-types-numeric", "DOUBLE": "data-types-numeric"}
"""Which say how values of a type compare."""


def _comparison(symbol: str, kind: str, spark: str, snowflake: str, page: str) -> Entry:
    return entry(f"{symbol}({kind}, {kind})", BOOLEAN, spark=spark, snowflake=documented(snowflake, page),
                 is_of_one_type=True)  # fmt: skip


def _compared(symbol: str, kind: str) -> Entry:
    written = f"$1 {symbol} $2"
    if kind == "BOOLEAN" and symbol not in ("=", "<>"):
        # Snowflake does not say which of them is less; as numbers they are 0 and 1.
        return _comparison(symbol, kind, written, f"CAST($1 AS INT) {symbol} CAST($2 AS INT)", "data-types-logical")
    return _comparison(symbol, kind, written, written, _PAGES.get(kind, "operators-comparison"))


_COMPARISONS = [_compared(symbol, kind) for symbol in ("=", "<>", "<", "<=", ">", ">=") for kind in _ORDERED]
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
    # Snowflake's takes at least two arguments.
    entry("coalesce(ANY)", first, spark="$1", snowflake=documented("$1", "functions/coalesce"), rounding="passed"),
    entry("coalesce(ANY, ANY...)", first, spark="COALESCE($*)", rounding="passed",
          snowflake=documented("COALESCE($*)", "functions/coalesce")),
    *(entry(f"{name}(SCALAR)", first, spark="$1", snowflake=documented("$1", f"functions/{name}_ignore_nulls"),
            rounding="passed")
      for name in ("greatest", "least")),
    *(entry(f"{name}(SCALAR, SCALAR...)", first, spark=f"{name.upper()}($*)",
            snowflake=documented(f"{name.upper()}_IGNORE_NULLS($*)", f"functions/{name}_ignore_nulls"),
            rounding="passed")
      for name in ("greatest", "least")),
]  # fmt: skip

ENTRIES: tuple[Entry, ...] = (*_COMPARISONS, *_DISTINCT, *_LOGIC, *_CHOICES)
