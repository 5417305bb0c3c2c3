"""Texts: parts, padding, search, case, regular expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from skewless.dialects.catalogue.entry import Check, Entry, Refused, Support, documented, entry
from skewless.ground.dtypes import BIGINT, BOOLEAN, HUGEINT, INTEGER, VARCHAR, DataType

_TEXTS = DataType(kind="LIST", element=VARCHAR)


def _functions(sql: str, name: str) -> Support:
    return documented(sql, f"functions/{name}")


def _nowhere(signature: str, result: DataType, reason: str, rewrite: str) -> Entry:
    refused = Refused(reason, rewrite)
    return entry(signature, result, spark=refused, snowflake=refused)


def _quoted(text: str) -> str:
    """A text in both engines' SQL, where a backslash escapes."""
    for sign, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\f", "\\f"), ("\r", "\\r")):
        text = text.replace(sign, escaped)
    return f"'{text}'"


# Case. DuckDB changes each code point by itself ('ß' to 'ẞ', 'İ' to 'i', no final sigma), by the Unicode of its
# release; engines follow the longer rules of Unicode, by the version of theirs. So the letters are written out.
# first-last/step:distance to the other case, in hexadecimal.
_SMALL_WITH_GREAT = (
    "61-7a:-20 df:+1dbf e0-f6:-20 f8-fe:-20 ff:+79 101-12f/2:-1 133-137/2:-1 13a-148/2:-1 14b-177/2:-1 17a-17e/2:-1 "
    "180:+c3 183-185/2:-1 188:-1 18c:-1 192:-1 195:+61 199:-1 19a:+a3 19e:+82 1a1-1a5/2:-1 1a8:-1 1ad:-1 1b0:-1 "
    "1b4-1b6/2:-1 1b9:-1 1bd:-1 1bf:+38 1c6:-2 1c9:-2 1cc:-2 1ce-1dc/2:-1 1dd:-4f 1df-1ef/2:-1 1f3:-2 1f5:-1 "
    "1f9-21f/2:-1 223-233/2:-1 23c:-1 23f-240:+2a3f 242:-1 247-24f/2:-1 250:+2a1f 251:+2a1c 252:+2a1e 253:-d2 "
    "254:-ce 256-257:-cd 259:-ca 25b:-cb 25c:+a54f 260:-cd 261:+a54b 263:-cf 265:+a528 266:+a544 268:-d1 269:-d3 "
    "26a:+a544 26b:+29f7 26c:+a541 26f:-d3 271:+29fd 272:-d5 275:-d6 27d:+29e7 280:-da 282:+a543 283:-da 287:+a52a "
    "288:-da 289:-45 28a-28b:-d9 28c:-47 292:-db 29d:+a515 29e:+a512 371-373/2:-1 377:-1 37b-37d:+82 3ac:-26 "
    "3ad-3af:-25 3b1-3c1:-20 3c3-3cb:-20 3cc:-40 3cd-3ce:-3f 3d7:-8 3d9-3ef/2:-1 3f2:+7 3f3:-74 3f8:-1 3fb:-1 "
    "430-44f:-20 450-45f:-50 461-481/2:-1 48b-4bf/2:-1 4c2-4ce/2:-1 4cf:-f 4d1-52f/2:-1 561-586:-30 10d0-10fa:+bc0 "
    "10fd-10ff:+bc0 13f8-13fd:-8 1d79:+8a04 1d7d:+ee6 1d8e:+8a38 1e01-1e95/2:-1 1ea1-1eff/2:-1 1f00-1f07:+8 "
    "1f10-1f15:+8 1f20-1f27:+8 1f30-1f37:+8 1f40-1f45:+8 1f51-1f57/2:+8 1f60-1f67:+8 1f70-1f71:+4a 1f72-1f75:+56 "
    "1f76-1f77:+64 1f78-1f79:+80 1f7a-1f7b:+70 1f7c-1f7d:+7e 1f80-1f87:+8 1f90-1f97:+8 1fa0-1fa7:+8 1fb0-1fb1:+8 "
    "1fb3:+9 1fc3:+9 1fd0-1fd1:+8 1fe0-1fe1:+8 1fe5:+7 1ff3:+9 214e:-1c 2170-217f:-10 2184:-1 24d0-24e9:-1a "
    "2c30-2c5f:-30 2c61:-1 2c65:-2a2b 2c66:-2a28 2c68-2c6c/2:-1 2c73:-1 2c76:-1 2c81-2ce3/2:-1 2cec-2cee/2:-1 "
    "2cf3:-1 2d00-2d25:-1c60 2d27:-1c60 2d2d:-1c60 a641-a66d/2:-1 a681-a69b/2:-1 a723-a72f/2:-1 a733-a76f/2:-1 "
    "a77a-a77c/2:-1 a77f-a787/2:-1 a78c:-1 a791-a793/2:-1 a794:+30 a797-a7a9/2:-1 a7b5-a7c3/2:-1 a7c8-a7ca/2:-1 "
    "a7d1:-1 a7d7-a7d9/2:-1 a7f6:-1 ab53:-3a0 ab70-abbf:-97d0 ff41-ff5a:-20 10428-1044f:-28 104d8-104fb:-28 "
    "10597-105bb/2:-27 10598-105a0/2:-27 105a4-105b0/2:-27 105b4-105b8/2:-27 105bc:-27 10cc0-10cf2:-40 "
    "118c0-118df:-20 16e60-16e7f:-20 1e922-1e943:-22 "
)
_SMALL_ONLY = (
    "b5:+2e7 131:-e8 17f:-12c 1c5:-1 1c8:-1 1cb:-1 1f2:-1 345:+54 3c2:-1f 3d0:-3e 3d1:-39 3d5:-2f 3d6:-36 3f0:-56 "
    "3f1:-50 3f5:-60 1c80:-186e 1c81:-186d 1c82:-1864 1c83:-1862 1c84:-1862 1c85:-1863 1c86:-185c 1c87:-1825 "
    "1c88:+89c2 1e9b:-3b 1fbe:-1c25 "
)
_GREAT_ONLY = "130:-c7 1c5:+1 1c8:+1 1cb:+1 1f2:+1 3f4:-3c 2126:-1d5d 212a:-20bf 212b:-2046 "


def _letters(ranges: str) -> Iterator[tuple[str, str]]:
    for part in ranges.split():
        letters, _, distance = part.partition(":")
        bounds, _, step = letters.partition("/")
        low, _, high = bounds.partition("-")
        for code in range(int(low, 16), int(high or low, 16) + 1, int(step or "1")):
            yield chr(code), chr(code + int(distance, 16))


def _changed(argument: str, letters: list[tuple[str, str]]) -> str:
    return f"TRANSLATE({argument}, '{''.join(old for old, _ in letters)}', '{''.join(new for _, new in letters)}')"


_UPPER = [*_letters(_SMALL_WITH_GREAT), *_letters(_SMALL_ONLY)]
_LOWER = [*((great, small) for small, great in _letters(_SMALL_WITH_GREAT)), *_letters(_GREAT_ONLY)]

_CASE = [
    entry("upper(VARCHAR)", VARCHAR, spark=_changed("$1", _UPPER),
          snowflake=_functions(_changed("$1", _UPPER), "translate")),
    entry("lower(VARCHAR)", VARCHAR, spark=_changed("$1", _LOWER),
          snowflake=_functions(_changed("$1", _LOWER), "translate")),
]  # fmt: skip

# Lengths and numbers.
_MEASURES = [
    entry("length(VARCHAR)", BIGINT, spark="CAST(CHAR_LENGTH($1) AS RESULT)",
          snowflake=_functions("LENGTH($1)", "length")),
    entry("strlen(VARCHAR)", BIGINT, spark="CAST(OCTET_LENGTH($1) AS RESULT)",
          snowflake=_functions("OCTET_LENGTH($1)", "octet_length")),
    entry("ascii(VARCHAR)", INTEGER, spark="ASCII($1)", snowflake=_functions("UNICODE($1)", "unicode")),
    entry("unicode(VARCHAR)", INTEGER, spark="CASE WHEN $1 = '' THEN -1 ELSE ASCII($1) END",
          snowflake=_functions("CASE WHEN $1 = '' THEN -1 ELSE UNICODE($1) END", "unicode")),
    # The mark of the byte order goes first, or the code point of that mark itself would be taken for one.
    entry("chr(INTEGER)", VARCHAR,
          spark="CASE WHEN $1 < 0 OR $1 BETWEEN 55296 AND 57343 OR $1 > 1114111 THEN RAISE_ERROR('no such code point') "
          "ELSE DECODE(UNHEX(CONCAT('0000FEFF', LPAD(HEX($1), 8, '0'))), 'UTF-32') END",
          snowflake=_functions("CHR($1)", "chr")),
    entry("levenshtein(VARCHAR, VARCHAR)", BIGINT,
          spark="CAST(LEVENSHTEIN(DECODE(CAST($1 AS BINARY), 'ISO-8859-1'), DECODE(CAST($2 AS BINARY), 'ISO-8859-1')) "
          "AS RESULT)",
          snowflake=Refused("DuckDB counts changed bytes, EDITDISTANCE changed characters", "compute it upstream")),
    entry("md5(VARCHAR)", VARCHAR, spark="MD5($1)", snowflake=_functions("MD5($1)", "md5")),
    entry("sha256(VARCHAR)", VARCHAR, spark="SHA2($1, 256)", snowflake=_functions("SHA2($1, 256)", "sha2")),
    _nowhere("hash(ANY...)", HUGEINT, "its value is DuckDB's own, and changes with its release", "use md5 or sha256"),
]  # fmt: skip


# Parts by position.
def _within_text(constants: Sequence[str | None]) -> Refused | None:
    start, length = int(constants[1] or 1), int(constants[2] or 0)
    if start >= 1 and length >= 0:
        return None
    return Refused("a part that starts before the text, or goes back, is another one on each engine",
                   "write left(substring(text, -3), 2) for a part counted from the end")  # fmt: skip


def _ends(kind: str, as_integer: str) -> list[Entry]:
    left = "CASE WHEN $2 < 0 THEN GREATEST(CHAR_LENGTH($1) + $2, 0) ELSE $2 END"
    right = (
        "CASE WHEN $2 < 0 THEN 1 - GREATEST($2, -2147483646) WHEN $2 > CHAR_LENGTH($1) THEN 1 "
        "ELSE CHAR_LENGTH($1) - $2 + 1 END"
    )
    return [
        entry(f"left(VARCHAR, {kind})", VARCHAR, spark=f"SUBSTRING($1, 1, {as_integer.format(left)})",
              snowflake=_functions("SUBSTR($1, 1, GREATEST(CASE WHEN $2 < 0 THEN LENGTH($1) + $2 ELSE $2 END, 0))",
                                   "substr")),
        entry(f"right(VARCHAR, {kind})", VARCHAR, spark=f"SUBSTRING($1, {as_integer.format(right)})",
              snowflake=_functions("SUBSTR($1, GREATEST(CASE WHEN $2 < 0 THEN 1 - $2 ELSE LENGTH($1) - $2 + 1 END, 1))",
                                   "substr")),
    ]  # fmt: skip


# Where a part starts when the places are counted from 1; it may lie before the text.
_START = "CASE WHEN $2 < 0 THEN LENGTH($1) + $2 + 1 ELSE $2 END"
_FROM = f"GREATEST(LEAST({_START}, {_START} + $3), 1)"
_UNTIL = f"GREATEST({_START}, {_START} + $3)"
_PARTS = [
    entry("substring(VARCHAR, CONSTANT INTEGER, CONSTANT INTEGER)", VARCHAR, check=_within_text,
          spark="SUBSTRING($1, $2, $3)", snowflake=_functions("SUBSTR($1, $2, $3)", "substr")),
    entry("substring(VARCHAR, BIGINT, BIGINT)", VARCHAR,
          spark="CASE WHEN $3 < 0 AND $2 < 0 THEN SUBSTRING($1, CAST($2 + $3 AS INT), CAST(-$3 AS INT)) "
          "WHEN $3 < 0 THEN SUBSTRING($1, CAST(GREATEST($2 + $3, 1) AS INT), CAST($2 - GREATEST($2 + $3, 1) AS INT)) "
          "WHEN $2 = 0 THEN SUBSTRING($1, 1, CAST($3 - 1 AS INT)) "
          "ELSE SUBSTRING($1, CAST($2 AS INT), CAST($3 AS INT)) END",
          snowflake=_functions(f"SUBSTR($1, {_FROM}, GREATEST({_UNTIL} - {_FROM}, 0))", "substr")),
    entry("substring(VARCHAR, CONSTANT INTEGER)", VARCHAR, spark="SUBSTRING($1, $2)",
          snowflake=_functions(f"SUBSTR($1, GREATEST({_START}, 1))", "substr")),
    # Spark loses a character when the start is the least of its integers.
    entry("substring(VARCHAR, BIGINT)", VARCHAR,
          spark="SUBSTRING($1, CAST(CASE WHEN $2 = -2147483648 THEN 1 ELSE $2 END AS INT))",
          snowflake=_functions(f"SUBSTR($1, GREATEST({_START}, 1))", "substr")),
    *_ends("CONSTANT INTEGER", "{}"),
    *_ends("BIGINT", "CAST({} AS INT)"),
    _nowhere("reverse(VARCHAR)", VARCHAR, "DuckDB keeps the code points of one visible character together",
             "reverse it upstream, or use substring with a negative start"),
]  # fmt: skip


# Joining, repeating, padding.
def _is_filled(constants: Sequence[str | None]) -> Refused | None:
    return None if constants[2] else Refused("nothing to pad with is an error in DuckDB", "write what to pad with")


def _pad(name: str) -> list[Entry]:
    padded = f"{name.upper()}($1, $2, $3)"
    return [
        entry(f"{name}(VARCHAR, INTEGER, CONSTANT VARCHAR)", VARCHAR, check=_is_filled, spark=padded,
              snowflake=_functions(f"{name.upper()}($1, GREATEST($2, 0), $3)", name)),
        entry(f"{name}(VARCHAR, INTEGER, VARCHAR)", VARCHAR,
              spark=f"CASE WHEN $3 = '' AND $2 > CHAR_LENGTH($1) THEN RAISE_ERROR('nothing to pad with') "
              f"ELSE {padded} END",
              snowflake=Refused("nothing to pad with is an error in DuckDB only", "write what to pad with, in quotes")),
    ]  # fmt: skip


_BUILT = [
    entry("||(VARCHAR, VARCHAR)", VARCHAR, spark="$1 || $2", snowflake=_functions("$1 || $2", "concat")),
    entry("concat(VARCHAR...)", VARCHAR, spark="CONCAT_WS('', ARRAY($*))",
          snowflake=_functions("ARRAY_TO_STRING(ARRAY_CONSTRUCT_COMPACT($*), '')", "array_construct_compact")),
    entry("concat_ws(VARCHAR, VARCHAR...)", VARCHAR, spark="CONCAT_WS($*)",
          # The separator is an element itself, and not NULL where the result is not.
          snowflake=_functions("ARRAY_TO_STRING(ARRAY_SLICE(ARRAY_CONSTRUCT_COMPACT($*), 1, 1000000), $1)",
                               "array_construct_compact")),
    entry("repeat(VARCHAR, BIGINT)", VARCHAR, spark="REPEAT($1, CAST(CASE WHEN $2 < 0 THEN 0 ELSE $2 END AS INT))",
          snowflake=_functions("REPEAT($1, GREATEST($2, 0))", "repeat")),
    *_pad("lpad"),
    *_pad("rpad"),
]  # fmt: skip

# Trimming. Without characters, DuckDB takes the spaces of Unicode, but no tab or newline.
_SPACES = "\u0020\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


def _trim(name: str, side: str) -> list[Entry]:
    function = name.upper()
    return [
        entry(f"{name}(VARCHAR)", VARCHAR, spark=f"TRIM({side} '{_SPACES}' FROM $1)",
              snowflake=_functions(f"{function}($1, '{_SPACES}')", name)),
        entry(f"{name}(VARCHAR, VARCHAR)", VARCHAR, spark=f"TRIM({side} $2 FROM $1)",
              snowflake=_functions(f"CASE WHEN $2 = '' THEN $1 ELSE {function}($1, $2) END", name)),
    ]  # fmt: skip


_TRIMMED = [*_trim("trim", "BOTH"), *_trim("ltrim", "LEADING"), *_trim("rtrim", "TRAILING")]


# Search and replacement.
def _one_by_one(constants: Sequence[str | None]) -> Refused | None:
    old, new = constants[1] or "", constants[2] or ""
    if len(set(old)) == len(old) and len(new) <= len(old) and "\0" not in old + new:
        return None
    return Refused("engines differ on characters that are named twice, or have nothing to replace",
                   "name each character once")  # fmt: skip


_FOUND = [
    entry("replace(VARCHAR, VARCHAR, VARCHAR)", VARCHAR, spark="REPLACE($1, $2, $3)",
          snowflake=_functions("CASE WHEN $2 = '' AND $3 = $3 THEN $1 ELSE REPLACE($1, $2, $3) END", "replace")),
    entry("translate(VARCHAR, CONSTANT VARCHAR, CONSTANT VARCHAR)", VARCHAR, check=_one_by_one,
          spark="TRANSLATE($1, $2, $3)", snowflake=_functions("TRANSLATE($1, $2, $3)", "translate")),
    entry("strpos(VARCHAR, VARCHAR)", BIGINT, spark="CAST(LOCATE($2, $1) AS RESULT)",
          snowflake=_functions("CASE WHEN $2 = '' AND $1 = $1 THEN 1 ELSE POSITION($2, $1) END", "position")),
    *(entry(f"{name}(VARCHAR, VARCHAR)", BOOLEAN, spark=f"{function}($1, $2)",
            snowflake=_functions(f"CASE WHEN $2 = '' THEN $1 = $1 ELSE {function}($1, $2) END", function.lower()))
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
_SPLIT = [
    entry("split_part(VARCHAR, CONSTANT VARCHAR, CONSTANT INTEGER)", VARCHAR, check=_is_numbered,
          spark="SPLIT_PART($1, $2, $3)", snowflake=_functions("SPLIT_PART($1, $2, $3)", "split_part")),
    entry("split_part(VARCHAR, VARCHAR, BIGINT)", VARCHAR,
          spark="CASE WHEN $3 = 0 THEN LEFT($1 || $2, 0) WHEN $2 = '' THEN SUBSTRING($1, CAST($3 AS INT), 1) "
          "ELSE SPLIT_PART($1, $2, CAST($3 AS INT)) END",
          snowflake=_CONSTANT_DELIMITER),
    entry("string_split(VARCHAR, CONSTANT VARCHAR)", _TEXTS, check=_is_delimited,
          spark=f"SPLIT($1, {_QUOTED})", snowflake=_functions("SPLIT($1, $2)", "split")),
    entry("string_split(VARCHAR, VARCHAR)", _TEXTS,
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
              snowflake=_functions(f"{subject} LIKE {pattern}", "like")),
        *(entry(f"{name}_escape(VARCHAR, CONSTANT VARCHAR, '{escape}')", BOOLEAN, check=_is_escaped, spark=escaped,
                snowflake=_functions(escaped, "like"))
          for escape in _ESCAPES
          for escaped in (f"{subject} LIKE {pattern} ESCAPE {_quoted(escape)}",)),
    ]  # fmt: skip


_LIKE = [*_like("like", str), *_like("ilike", lambda argument: _changed(argument, _LOWER))]


# Regular expressions: the syntax that RE2 (DuckDB) and Java (Spark) read alike, once a few signs are respelled.
class _NotPortable(ValueError):
    """Says what of a pattern is not portable."""


@dataclass(slots=True)
class _Pattern:
    """Reads a pattern from left to right; each method takes one construct and says whether the empty text matches."""

    text: str
    place: int = 0
    groups: int = 0
    is_lazy: bool = False
    has_choice: bool = False
    is_group_optional: bool = False

    def choice(self, depth: int) -> bool:
        is_empty = self.sequence(depth)
        while self.at("|"):
            self.has_choice = True
            self.place += 1
            is_empty = self.sequence(depth) or is_empty
        return is_empty

    def sequence(self, depth: int) -> bool:
        is_empty = True
        while self.place < len(self.text) and not self.at("|"):
            if self.at(")"):
                if depth == 0:
                    raise _NotPortable("a ')' without its '('")
                break
            is_empty = self.repeated(depth) and is_empty
        return is_empty

    def repeated(self, depth: int) -> bool:
        first = self.place
        is_empty = self.one(depth)
        least = self.least()
        if least is None:
            return is_empty
        unit = self.text[first]
        if unit in "^$":
            raise _NotPortable("an anchor that is repeated")
        if unit == "(":
            self.is_group_optional = self.is_group_optional or least == 0
            if is_empty:
                raise _NotPortable("a repeated group that may be empty")
        if self.at("?"):
            self.is_lazy = True
            self.place += 1
        if self.place < len(self.text) and self.text[self.place] in "*+?{":
            raise _NotPortable("a repetition of a repetition")
        return is_empty or least == 0

    def least(self) -> int | None:
        """How often the construct before must occur; None if it is not repeated."""
        if self.place >= len(self.text) or self.text[self.place] not in "*+?{":
            return None
        sign = self.text[self.place]
        if sign != "{":
            self.place += 1
            return int(sign == "+")
        end = self.text.find("}", self.place)
        low, _, high = self.text[self.place + 1 : end].partition(",") if end > 0 else ("", "", "")
        numbers = [low, high] if high else [low]
        if numbers == ["0"] or not all(one.isdecimal() and one.isascii() and int(one) <= 100 for one in numbers):
            raise _NotPortable("a '{' that is no repetition of at most 100 times")
        if high and int(high) < max(int(low), 1):
            raise _NotPortable("a repetition that ends before it starts")
        self.place = end + 1
        return int(low)

    def one(self, depth: int) -> bool:
        sign = self.text[self.place]
        if sign == "(":
            return self.group(depth)
        if sign == "[":
            self.set_of_characters()
            return False
        if sign == "\\":
            self.escape()
            return False
        if sign in "*+?{}]":
            raise _NotPortable(f"a '{sign}' that repeats or closes nothing")
        if sign == "\0":
            raise _NotPortable("the character 0")
        self.place += 1
        return sign in "^$"

    def group(self, depth: int) -> bool:
        self.place += 1
        if self.at("?"):
            if self.text[self.place : self.place + 2] != "?:":
                raise _NotPortable("a group with flags, a name or a look-around")
            self.place += 2
        else:
            self.groups += 1
        is_empty = self.choice(depth + 1)
        if not self.at(")"):
            raise _NotPortable("a '(' without its ')'")
        self.place += 1
        return is_empty

    def set_of_characters(self) -> None:
        end = self.text.find("]", self.place)
        inside = self.text[self.place + 1 : end].removeprefix("^")
        if end < 0 or not inside:
            raise _NotPortable("a '[' without its ']', or with nothing in between")
        if any(sign in inside for sign in "\\[^$&~\0"):
            raise _NotPortable("one of \\ [ ^ $ & ~ in square brackets (write 0-9 for \\d there)")
        _check_ranges(inside)
        self.place = end + 1

    def escape(self) -> None:
        sign = self.text[self.place + 1 : self.place + 2]
        if not sign or sign not in "dDwWsStnrf.*+?()[]{}|^$":
            raise _NotPortable(f"'\\{sign}'")
        if self.text[self.place :].startswith("\\(?:"):
            raise _NotPortable("'\\(?:' (write [(]?:)")
        self.place += 2

    def at(self, sign: str) -> bool:
        return self.text.startswith(sign, self.place)


def _check_ranges(inside: str) -> None:
    place = 0
    while place < len(inside):
        if inside[place + 1 : place + 2] == "-" and place + 2 < len(inside):
            if inside[place] > inside[place + 2] or "-" in (inside[place], inside[place + 2]):
                raise _NotPortable(f"the range '{inside[place : place + 3]}'")
            place += 3
        elif inside[place] == "-" and 0 < place < len(inside) - 1:
            raise _NotPortable("a '-' within square brackets that is neither first nor last")
        else:
            place += 1


def portable_pattern(text: str) -> str | None:
    """Why a regular expression does not mean the same everywhere; None if it does."""
    try:
        _Pattern(text).choice(0)
    except _NotPortable as error:
        return str(error)
    return None


def _pattern(text: str) -> _Pattern | Refused:
    if (reason := portable_pattern(text)) is not None:
        return Refused(f"engines differ on {reason}", "write a simpler pattern, or compute it upstream")
    pattern = _Pattern(text)
    pattern.choice(0)
    return pattern


_MAY_BE_EMPTY = Refused("engines differ on matches of the empty text", "write + for *, so that a match has a character")
_MOST_GROUPS = 9


def _is_condition(constants: Sequence[str | None]) -> Refused | None:
    pattern = _pattern(constants[1] or "")
    if isinstance(pattern, Refused):
        return pattern
    return Refused("lazy repetitions are not known everywhere", "drop the ?: it finds the same texts") \
        if pattern.is_lazy else None  # fmt: skip


def _is_extraction(constants: Sequence[str | None]) -> Refused | None:
    pattern = _pattern(constants[1] or "")
    if isinstance(pattern, Refused):
        return pattern
    if not 0 <= int(constants[2] or 0) <= min(pattern.groups, _MOST_GROUPS):
        return Refused("the pattern has no such group", "number a group of the pattern")
    return None


def _is_extraction_of_all(constants: Sequence[str | None]) -> Refused | None:
    if (refused := _is_extraction(constants)) is not None:
        return refused
    pattern = _Pattern(constants[1] or "")
    if pattern.choice(0):
        return _MAY_BE_EMPTY
    if int(constants[2] or 0) > 0 and (pattern.has_choice or pattern.is_group_optional):
        return Refused("engines differ on a group that is in some matches only", "write a group that is in each match")
    return None


def _is_replacement(constants: Sequence[str | None]) -> Refused | None:
    pattern = _pattern(constants[1] or "")
    if isinstance(pattern, Refused):
        return pattern
    if _Pattern(constants[1] or "").choice(0):
        return _MAY_BE_EMPTY
    for reference in (constants[2] or "").split("\\")[1:]:
        digit = reference[:1]
        if not (digit.isascii() and digit.isdecimal()) or int(digit) > pattern.groups or pattern.groups > _MOST_GROUPS:
            return Refused("a backslash without the number of a group", "write \\1 for what the first group found")
    return None


def _is_first_replacement(constants: Sequence[str | None]) -> Refused | None:
    if "\\" in (constants[2] or ""):
        return Refused("the first match alone cannot be replaced by what its groups found",
                       "let the pattern begin with ^, so that there is one match, and add 'g'")  # fmt: skip
    return _is_replacement(constants)


# (?d): only \n ends a line; \z: the end, where Java's $ is also before a last newline; \s: Java has \v in it.
_JAVA = (
    r"CONCAT('(?d)', REPLACE(REPLACE(REPLACE(REPLACE($2, '\\$', '\\x24'), '$', '\\z'), "
    r"'\\s', '[\\t\\n\\f\\r ]'), '\\S', '[^\\t\\n\\f\\r ]'))"
)
_WHOLE_JAVA = rf"CONCAT('\\A(?:', {_JAVA}, ')\\z')"
# In one piece, the reference to the group would be taken for the template's.
_JAVA_REPLACEMENT = r"REGEXP_REPLACE(REPLACE($3, '$', '\\$'), '\\\\([0-9])', CONCAT('\\$$', '1'))"


def _posix() -> str:
    """Snowflake's spelling, of POSIX syntax only; its `$` is the end, its `.` no newline."""
    pattern = "$2"
    for perl, posix in (("(?:", "("), ("\\d", "[0-9]"), ("\\D", "[^0-9]"), ("\\w", "[0-9A-Za-z_]"),
                        ("\\W", "[^0-9A-Za-z_]"), ("\\s", "[\t\n\f\r ]"), ("\\S", "[^\t\n\f\r ]"),
                        ("\\t", "\t"), ("\\n", "\n"), ("\\r", "\r"), ("\\f", "\f")):  # fmt: skip
        pattern = f"REPLACE({pattern}, {_quoted(perl)}, {_quoted(posix)})"
    return pattern


_UNKNOWN_MATCH = Refused(
    "Snowflake does not document which of several matches at one place is taken",
    "use split_part, substring and strpos, or compute it upstream",
)


def _expression(parameters: str, result: DataType, check: Check, spark: str, snowflake: Support) -> Entry:
    return entry(f"regexp_{parameters}", result, check=check, spark=spark, snowflake=snowflake)


_EXPRESSIONS = [
    _expression("matches(VARCHAR, CONSTANT VARCHAR)", BOOLEAN, _is_condition, f"REGEXP_LIKE($1, {_JAVA})",
                documented(rf"REGEXP_LIKE($1, CONCAT('(.|\n)*(', {_posix()}, ')(.|\n)*'))", "functions-regexp")),
    _expression("full_match(VARCHAR, CONSTANT VARCHAR)", BOOLEAN, _is_condition,
                f"REGEXP_LIKE($1, {_WHOLE_JAVA})",
                documented(f"REGEXP_LIKE($1, {_posix()})", "functions-regexp")),
    _expression("extract(VARCHAR, CONSTANT VARCHAR, CONSTANT INTEGER)", VARCHAR, _is_extraction,
                f"REGEXP_EXTRACT($1, {_JAVA}, $3)", _UNKNOWN_MATCH),
    _expression("extract_all(VARCHAR, CONSTANT VARCHAR, CONSTANT INTEGER)", _TEXTS, _is_extraction_of_all,
                f"REGEXP_EXTRACT_ALL($1, {_JAVA}, $3)", _UNKNOWN_MATCH),
    _expression("replace(VARCHAR, CONSTANT VARCHAR, CONSTANT VARCHAR)", VARCHAR, _is_first_replacement,
                f"ARRAY_JOIN(SPLIT($1, {_JAVA}, 2), $3)", _UNKNOWN_MATCH),
    _expression("replace(VARCHAR, CONSTANT VARCHAR, CONSTANT VARCHAR, 'g')", VARCHAR, _is_replacement,
                f"REGEXP_REPLACE($1, {_JAVA}, {_JAVA_REPLACEMENT})", _UNKNOWN_MATCH),
]  # fmt: skip

ENTRIES: tuple[Entry, ...] = (
    *_CASE, *_MEASURES, *_PARTS, *_BUILT, *_TRIMMED, *_FOUND, *_SPLIT, *_LIKE, *_EXPRESSIONS
)  # fmt: skip
