"""Texts: measures, parts by position, joining, padding, trimming."""

from __future__ import annotations

from collections.abc import Sequence

from skewless.dialects.catalogue.entry import Entry, Refused, entry, nowhere, of_function
from skewless.ground.dtypes import BIGINT, HUGEINT, INTEGER, VARCHAR, DataType

TEXTS = DataType(kind="LIST", element=VARCHAR)


def quoted(text: str) -> str:
    """A text in both engines' SQL, where a backslash escapes."""
    for sign, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\f", "\\f"), ("\r", "\\r")):
        text = text.replace(sign, escaped)
    return f"'{text}'"


# Lengths and numbers.
_MEASURES = [
    entry("length(VARCHAR)", BIGINT, spark="CAST(LENGTH($1) AS RESULT)",
          snowflake=of_function("LENGTH($1)", "length")),
    entry("strlen(VARCHAR)", BIGINT, spark="CAST(OCTET_LENGTH($1) AS RESULT)",
          snowflake=of_function("OCTET_LENGTH($1)", "octet_length")),
    entry("ascii(VARCHAR)", INTEGER, spark="ASCII($1)", snowflake=of_function("UNICODE($1)", "unicode")),
    entry("unicode(VARCHAR)", INTEGER, spark="CASE WHEN $1 = '' THEN -1 ELSE ASCII($1) END",
          snowflake=of_function("CASE WHEN $1 = '' THEN -1 ELSE UNICODE($1) END", "unicode")),
    # The mark of the byte order goes first, or the code point of that mark itself would be taken for one.
    entry("chr(INTEGER)", VARCHAR,
          spark="CASE WHEN $1 < 0 OR $1 BETWEEN 55296 AND 57343 OR $1 > 1114111 THEN RAISE_ERROR('no such code point') "
          "ELSE DECODE(UNHEX(CONCAT('0000FEFF', LPAD(HEX($1), 8, '0'))), 'UTF-32') END",
          snowflake=of_function("CHR($1)", "chr")),
    entry("levenshtein(VARCHAR, VARCHAR)", BIGINT,
          spark="CAST(LEVENSHTEIN(DECODE(CAST($1 AS BINARY), 'ISO-8859-1'), DECODE(CAST($2 AS BINARY), 'ISO-8859-1')) "
          "AS RESULT)",
          snowflake=Refused("DuckDB counts changed bytes, EDITDISTANCE changed characters", "compute it upstream")),
    entry("md5(VARCHAR)", VARCHAR, spark="MD5($1)", snowflake=of_function("MD5($1)", "md5")),
    entry("sha256(VARCHAR)", VARCHAR, spark="SHA2($1, 256)", snowflake=of_function("SHA2($1, 256)", "sha2")),
    nowhere("hash(ANY...)", HUGEINT, "its value is DuckDB's own, and changes with its release", "use md5 or sha256"),
]  # fmt: skip


# Parts by position.
def _within_text(constants: Sequence[str | None]) -> Refused | None:
    start, length = int(constants[1] or 1), int(constants[2] or 0)
    if start >= 1 and length >= 0:
        return None
    return Refused("a part that starts before the text, or goes back, is another one on each engine",
                   "write left(substring(text, -3), 2) for a part counted from the end")  # fmt: skip


# Where a part starts and ends when the places are counted from 1; it may lie before the text.
_START = "CASE WHEN $2 < 0 THEN LENGTH($1) + $2 + 1 ELSE $2 END"
_FROM = f"GREATEST(LEAST({_START}, {_START} + $3), 1)"
_UNTIL = f"GREATEST({_START}, {_START} + $3)"
_TO_END = of_function(f"SUBSTRING($1, GREATEST({_START}, 1))", "substr")
_BETWEEN = of_function(f"SUBSTRING($1, {_FROM}, GREATEST({_UNTIL} - {_FROM}, 0))", "substr")
_LEFT = of_function("SUBSTRING($1, 1, GREATEST(CASE WHEN $2 < 0 THEN LENGTH($1) + $2 ELSE $2 END, 0))", "substr")
_RIGHT = of_function("SUBSTRING($1, GREATEST(CASE WHEN $2 < 0 THEN 1 - $2 ELSE LENGTH($1) - $2 + 1 END, 1))", "substr")
_LEAST, _MOST = -(2**32) + 1, 2**32 - 1
"""The places that DuckDB takes."""


def _part(start: str, length: str, *places: str, least: int | None = _LEAST) -> str:
    """Spark's part of a text, whose places are of 32 bits there: it stops where DuckDB stops."""
    unknown = " OR ".join(f"{one} IS NULL" for one in ("$1", *places))
    far = " OR ".join(f"{one} > {_MOST}" + (f" OR {one} < {least}" if least else "") for one in places)
    return (
        f"CASE WHEN {unknown} THEN NULL WHEN {far} THEN RAISE_ERROR('a place is beyond 32 bits') "
        f"ELSE SUBSTRING($1, CAST(LEAST({start}, {2**31 - 1}) AS INT), CAST(LEAST({length}, {2**31 - 1}) AS INT)) END"
    )


_PARTS = [
    entry("substring(VARCHAR, CONSTANT INTEGER, CONSTANT INTEGER)", VARCHAR, check=_within_text,
          spark="SUBSTRING($1, $2, $3)", snowflake=of_function("SUBSTRING($1, $2, $3)", "substr")),
    entry("substring(VARCHAR, BIGINT, BIGINT)", VARCHAR,
          spark=_part(_FROM, f"GREATEST({_UNTIL} - {_FROM}, 0)", "$2", "$3"), snowflake=_BETWEEN),
    entry("substring(VARCHAR, CONSTANT INTEGER)", VARCHAR, spark="SUBSTRING($1, $2)", snowflake=_TO_END),
    entry("substring(VARCHAR, BIGINT)", VARCHAR, spark=_part(f"GREATEST({_START}, 1)", "LENGTH($1)", "$2"),
          snowflake=_TO_END),
    entry("left(VARCHAR, BIGINT)", VARCHAR, snowflake=_LEFT,
          spark=_part("1", "CASE WHEN $2 < 0 THEN GREATEST(LENGTH($1) + $2, 0) ELSE $2 END", "$2", least=None)),
    entry("right(VARCHAR, BIGINT)", VARCHAR, snowflake=_RIGHT,
          spark="SUBSTRING($1, CAST(CASE WHEN $2 < 0 THEN LEAST(-GREATEST($2, -2147483646), LENGTH($1)) + 1 "
          "WHEN $2 > LENGTH($1) THEN 1 ELSE LENGTH($1) - $2 + 1 END AS INT))"),
    nowhere("reverse(VARCHAR)", VARCHAR, "DuckDB keeps the code points of one visible character together",
             "reverse it upstream, or use substring with a negative start"),
]  # fmt: skip


# Joining, repeating, padding.
_LONGEST = 10_000
"""Engines stop at texts of different lengths, so how long one becomes is written out."""
_UNBOUNDED = Refused("engines stop at texts of different lengths", "write the length and the filling out as constants")


def _is_short(constants: Sequence[str | None]) -> Refused | None:
    return None if int(constants[1] or 0) <= _LONGEST else _UNBOUNDED


def _is_filled(constants: Sequence[str | None]) -> Refused | None:
    if not constants[2]:
        return Refused("nothing to pad with is an error in DuckDB", "write what to pad with")
    return _is_short(constants)


def _pad(name: str) -> list[Entry]:
    padded = f"{name.upper()}($1, $2, $3)"
    return [
        entry(f"{name}(VARCHAR, CONSTANT INTEGER, CONSTANT VARCHAR)", VARCHAR, check=_is_filled, spark=padded,
              snowflake=of_function(f"{name.upper()}($1, GREATEST($2, 0), $3)", name)),
        entry(f"{name}(VARCHAR, INTEGER, VARCHAR)", VARCHAR, spark=_UNBOUNDED, snowflake=_UNBOUNDED),
    ]  # fmt: skip


_BUILT = [
    entry("||(VARCHAR, VARCHAR)", VARCHAR, spark="$1 || $2", snowflake=of_function("$1 || $2", "concat")),
    entry("concat(VARCHAR...)", VARCHAR, spark="CONCAT_WS('', ARRAY($*))",
          snowflake=of_function("ARRAY_TO_STRING(ARRAY_CONSTRUCT_COMPACT($*), '')", "array_construct_compact")),
    entry("concat_ws(VARCHAR, VARCHAR...)", VARCHAR, spark="CONCAT_WS($*)",
          # The separator is an element itself, and not NULL where the result is not.
          snowflake=of_function("ARRAY_TO_STRING(ARRAY_SLICE(ARRAY_CONSTRUCT_COMPACT($*), 1, 1000000), $1)",
                               "array_construct_compact")),
    entry("repeat(VARCHAR, CONSTANT INTEGER)", VARCHAR, check=_is_short, spark="REPEAT($1, GREATEST($2, 0))",
          snowflake=of_function("REPEAT($1, GREATEST($2, 0))", "repeat")),
    entry("repeat(VARCHAR, BIGINT)", VARCHAR, spark=_UNBOUNDED, snowflake=_UNBOUNDED),
    *_pad("lpad"),
    *_pad("rpad"),
]  # fmt: skip

# Trimming. Without characters, DuckDB takes the spaces of Unicode, but no tab or newline.
_SPACES = "\u0020\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


def _trim(name: str, side: str) -> list[Entry]:
    function = name.upper()
    return [
        entry(f"{name}(VARCHAR)", VARCHAR, spark=f"TRIM({side} '{_SPACES}' FROM $1)",
              snowflake=of_function(f"{function}($1, '{_SPACES}')", name)),
        entry(f"{name}(VARCHAR, VARCHAR)", VARCHAR, spark=f"TRIM({side} $2 FROM $1)",
              snowflake=of_function(f"CASE WHEN $2 = '' THEN $1 ELSE {function}($1, $2) END", name)),
    ]  # fmt: skip


_TRIMMED = [*_trim("trim", "BOTH"), *_trim("ltrim", "LEADING"), *_trim("rtrim", "TRAILING")]

ENTRIES: tuple[Entry, ...] = (*_MEASURES, *_PARTS, *_BUILT, *_TRIMMED)
