"""Search in texts: parts found and replaced, splitting, LIKE."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from skewless.dialects.catalogue.case import LOWER, changed
from skewless.dialects.catalogue.entry import Entry, Refused, entry, of_function
from skewless.dialects.catalogue.text import TEXTS, quoted
from skewless.ground.dtypes import BIGINT, BOOLEAN, VARCHAR


# Search and replacement.
def _one_by_one(constants: Sequence[str | None]) -> Refused | None:
    old, new = constants[1] or "", constants[2] or ""
    if len(set(old)) == len(old) and len(new) <= len(old) and "\0" not in old + new:
        return None
    return Refused("engines differ on characters that are named twice, or have nothing to replace",
                   "name each character once")  # fmt: skip


_FOUND = [
    entry("replace(VARCHAR, VARCHAR, VARCHAR)", VARCHAR, spark="REPLACE($1, $2, $3)",
          snowflake=of_function("CASE WHEN $2 = '' AND $3 = $3 THEN $1 ELSE REPLACE($1, $2, $3) END", "replace")),
    entry("translate(VARCHAR, CONSTANT VARCHAR, CONSTANT VARCHAR)", VARCHAR, check=_one_by_one,
          spark="TRANSLATE($1, $2, $3)", snowflake=of_function("TRANSLATE($1, $2, $3)", "translate")),
    entry("strpos(VARCHAR, VARCHAR)", BIGINT, spark="CAST(LOCATE($2, $1) AS RESULT)",
          snowflake=of_function("CASE WHEN $2 = '' AND $1 = $1 THEN 1 ELSE CHARINDEX($2, $1) END", "charindex")),
    *(entry(f"{name}(VARCHAR, VARCHAR)", BOOLEAN, spark=f"{function}($1, $2)",
            snowflake=of_function(f"CASE WHEN $2 = '' THEN $1 = $1 ELSE {function}($1, $2) END", function.lower()))
      for name, function in (("contains", "CONTAINS"), ("starts_with", "STARTSWITH"), ("ends_with", "ENDSWITH"))),
]  # fmt: skip


# Splitting.
def _is_delimited(constants: Sequence[str | None]) -> Refused | None:
    return None if constants[1] else Refused("engines differ on an empty delimiter", "name a delimiter")


def _is_numbered(constants: Sequence[str | None]) -> Refused | None:
    if int(constants[2] or 0) == 0:
        return Refused("there is no part 0", "count from 1, or from the end by -1")
    return _is_delimited(constants)


_QUOTED = r"CONCAT('\\Q', REPLACE($2, '\\E', '\\E\\\\E\\Q'), '\\E')"
_CONSTANT_DELIMITER = Refused("engines differ on an empty delimiter", "write the delimiter and the part's number out")
# No text has a part beyond.
_PLACE = f"CAST(CASE WHEN NOT $3 BETWEEN {1 - 2**31} AND {2**31 - 1} THEN {2**31 - 1} ELSE $3 END AS INT)"
_SPLIT = [
    entry("split_part(VARCHAR, CONSTANT VARCHAR, CONSTANT INTEGER)", VARCHAR, check=_is_numbered,
          spark="SPLIT_PART($1, $2, $3)", snowflake=of_function("SPLIT_PART($1, $2, $3)", "split_part")),
    entry("split_part(VARCHAR, VARCHAR, BIGINT)", VARCHAR,
          spark=f"CASE WHEN $3 = 0 THEN LEFT($1 || $2, 0) WHEN $2 = '' THEN SUBSTRING($1, {_PLACE}, 1) "
          f"ELSE SPLIT_PART($1, $2, {_PLACE}) END",
          snowflake=_CONSTANT_DELIMITER),
    entry("string_split(VARCHAR, CONSTANT VARCHAR)", TEXTS, check=_is_delimited,
          spark=f"SPLIT($1, {_QUOTED})", snowflake=of_function("SPLIT($1, $2)", "split")),
    entry("string_split(VARCHAR, VARCHAR)", TEXTS,
          spark=f"CASE WHEN $1 IS NULL THEN NULL WHEN $2 IS NULL THEN ARRAY($1) WHEN $2 = '' THEN SPLIT($1, '') "
          f"ELSE SPLIT($1, {_QUOTED}) END",
          snowflake=_CONSTANT_DELIMITER),
]  # fmt: skip


# LIKE. DuckDB has no escape unless one is named; Spark has the backslash.
_ESCAPES = "\\!#$/@^|~"


def _is_escaped(constants: Sequence[str | None]) -> Refused | None:
    pattern, escape = constants[1] or "", constants[2] or ""
    parts = pattern.replace(escape * 2, "").split(escape)[1:]
    if all(part.startswith(("%", "_")) for part in parts):
        return None
    return Refused("engines differ on what is escaped without need", "escape %, _ and the escape character only")


def _like(name: str, text: Callable[[str], str]) -> list[Entry]:
    subject, pattern = text("$1"), text("$2")
    return [
        entry(f"{name}(VARCHAR, VARCHAR)", BOOLEAN, spark=rf"{subject} LIKE REPLACE({pattern}, '\\', '\\\\')",
              snowflake=of_function(f"{subject} LIKE {pattern}", "like")),
        *(entry(f"{name}_escape(VARCHAR, CONSTANT VARCHAR, '{escape}')", BOOLEAN, check=_is_escaped, spark=escaped,
                snowflake=of_function(escaped, "like"))
          for escape in _ESCAPES
          for escaped in (f"{subject} LIKE {pattern} ESCAPE {quoted(escape)}",)),
    ]  # fmt: skip


_LIKE = [*_like("like", str), *_like("ilike", lambda argument: changed(argument, LOWER))]

ENTRIES: tuple[Entry, ...] = (*_FOUND, *_SPLIT, *_LIKE)
