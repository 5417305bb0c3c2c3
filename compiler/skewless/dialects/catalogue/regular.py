"""Regular expressions."""

from __future__ import annotations

from collections.abc import Sequence

from skewless.dialects.catalogue.entry import Check, Entry, Refused, Support, documented, entry
from skewless.dialects.catalogue.patterns import NotPortable, Pattern, read
from skewless.dialects.catalogue.text import TEXTS, quoted
from skewless.ground.dtypes import BOOLEAN, VARCHAR, DataType

_MAY_BE_EMPTY = Refused("engines differ on matches of the empty text", "write + for *, so that a match has a character")
_MOST_GROUPS = 9


def _pattern(text: str) -> Pattern | Refused:
    try:
        return read(text)
    except NotPortable as error:
        return Refused(f"engines differ on {error}", "write a simpler pattern, or compute it upstream")


def _is_condition(constants: Sequence[str | None]) -> Refused | None:
    pattern = _pattern(constants[1] or "")
    if isinstance(pattern, Refused):
        return pattern
    if pattern.is_lazy:
        return Refused("lazy repetitions are not known everywhere", "drop the ?: it finds the same texts")
    if pattern.has_empty_choice:
        return Refused("an empty choice is not known everywhere", "write (a|b)? for (a|b|)")
    return None


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
    pattern = read(constants[1] or "")
    if pattern.may_be_empty:
        return _MAY_BE_EMPTY
    if int(constants[2] or 0) > 0 and (pattern.has_choice or pattern.is_group_optional):
        return Refused("engines differ on a group that is in some matches only", "write a group that is in each match")
    return None


def _is_replacement(constants: Sequence[str | None]) -> Refused | None:
    pattern = _pattern(constants[1] or "")
    if isinstance(pattern, Refused):
        return pattern
    if pattern.may_be_empty:
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
        pattern = f"REPLACE({pattern}, {quoted(perl)}, {quoted(posix)})"
    return pattern


_UNKNOWN_MATCH = Refused(
    "Snowflake does not document which of several matches at one place is taken",
    "use split_part, substring and strpos, or compute it upstream",
)


def _expression(parameters: str, result: DataType, check: Check, spark: str, snowflake: Support) -> Entry:
    return entry(f"regexp_{parameters}", result, check=check, spark=spark, snowflake=snowflake)


ENTRIES: tuple[Entry, ...] = (
    _expression("matches(VARCHAR, CONSTANT VARCHAR)", BOOLEAN, _is_condition, f"$1 RLIKE {_JAVA}",
                documented(rf"REGEXP_LIKE($1, CONCAT('(.|\n)*(', {_posix()}, ')(.|\n)*'))", "functions/regexp_like")),
    _expression("full_match(VARCHAR, CONSTANT VARCHAR)", BOOLEAN, _is_condition,
                f"$1 RLIKE {_WHOLE_JAVA}",
                # It is anchored at both ends, which are those of the last choice alone unless there is a group.
                documented(f"REGEXP_LIKE($1, CONCAT('(', {_posix()}, ')'))", "functions/regexp_like")),
    _expression("extract(VARCHAR, CONSTANT VARCHAR, CONSTANT INTEGER)", VARCHAR, _is_extraction,
                f"REGEXP_EXTRACT($1, {_JAVA}, $3)", _UNKNOWN_MATCH),
    _expression("extract_all(VARCHAR, CONSTANT VARCHAR, CONSTANT INTEGER)", TEXTS, _is_extraction_of_all,
                f"REGEXP_EXTRACT_ALL($1, {_JAVA}, $3)", _UNKNOWN_MATCH),
    _expression("replace(VARCHAR, CONSTANT VARCHAR, CONSTANT VARCHAR)", VARCHAR, _is_first_replacement,
                f"ARRAY_JOIN(SPLIT($1, {_JAVA}, 2), $3)", _UNKNOWN_MATCH),
    _expression("replace(VARCHAR, CONSTANT VARCHAR, CONSTANT VARCHAR, 'g')", VARCHAR, _is_replacement,
                f"REGEXP_REPLACE($1, {_JAVA}, {_JAVA_REPLACEMENT})", _UNKNOWN_MATCH),
)  # fmt: skip
