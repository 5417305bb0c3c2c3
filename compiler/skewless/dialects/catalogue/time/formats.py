"""Dates and timestamps as words and text."""

from __future__ import annotations

import re

from skewless.dialects.catalogue.entry import Engine, Entry, Refused, Support, Written, documented, entry
from skewless.ground.dtypes import DATE, TIMESTAMP, VARCHAR

_PARTS_PAGE = "functions/year"


def _named(number: str, names: str) -> str:
    """Snowflake's own names are of three letters, and Spark has none for the dates that are no timestamps."""
    whens = " ".join(f"WHEN {position} THEN '{name}'" for position, name in enumerate(names.split(), 1))
    return f"CASE {number} {whens} END"


_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
_MONTHS = "January February March April May June July August September October November December"
_DAY_NAME = _named("DAYOFWEEKISO($1)", _DAYS)
_MONTH_NAME = _named("MONTH($1)", _MONTHS)
_CALENDAR = [
    entry(f"{name}({kind})", dtype, spark=spark, snowflake=documented(snowflake, page))
    for name, dtype, spark, snowflake, page in (
        ("last_day", DATE, "LAST_DAY($1)", "LAST_DAY($1)", "functions/last_day"),
        ("dayname", VARCHAR, _named("WEEKDAY($1) + 1", _DAYS), _DAY_NAME, _PARTS_PAGE),
        ("monthname", VARCHAR, _MONTH_NAME, _MONTH_NAME, _PARTS_PAGE),
    )
    for kind in ("DATE", "TIMESTAMP")
]


def _year(number: str) -> str:
    """Spark's own has a sign where there are more than four digits."""
    year = f"CAST({number} AS STRING)"
    return f"CASE WHEN {number} BETWEEN 0 AND 9999 THEN LPAD({year}, 4, '0') ELSE {year} END"


# A directive of strftime: letters of a format, or an expression.
DIRECTIVES: dict[str, tuple[str, str]] = {
    "Y": (_year("YEAR($1)"), "YYYY"),
    "y": ("yy", "YY"),
    "m": ("MM", "MM"),
    "-m": ("M", "TO_CHAR(MONTH($1))"),
    "B": ("MMMM", _MONTH_NAME),
    "b": ("MMM", "MONTHNAME($1)"),
    "d": ("dd", "DD"),
    "-d": ("d", "TO_CHAR(DAY($1))"),
    "j": ("DDD", "LPAD(TO_CHAR(DAYOFYEAR($1)), 3, '0')"),
    "-j": ("D", "TO_CHAR(DAYOFYEAR($1))"),
    "A": ("EEEE", _DAY_NAME),
    "a": ("EEE", "DAYNAME($1)"),
    "H": ("HH", "HH24"),
    "-H": ("H", "TO_CHAR(HOUR($1))"),
    "I": ("hh", "HH12"),
    "p": ("a", "IFF(HOUR($1) < 12, 'AM', 'PM')"),
    "M": ("mm", "MI"),
    "-M": ("m", "TO_CHAR(MINUTE($1))"),
    "S": ("ss", "SS"),
    "-S": ("s", "TO_CHAR(SECOND($1))"),
    "f": ("SSSSSS", "FF6"),
    "g": ("SSS", "LPAD(TO_CHAR(CAST(FLOOR(DATE_PART(NANOSECOND, $1) / 1000000) AS INT)), 3, '0')"),
    "u": ("CAST(WEEKDAY($1) + 1 AS STRING)", "TO_CHAR(DAYOFWEEKISO($1))"),
    "w": ("CAST(DAYOFWEEK($1) - 1 AS STRING)", "TO_CHAR(DAYOFWEEKISO($1) % 7)"),
    "V": ("LPAD(CAST(WEEKOFYEAR($1) AS STRING), 2, '0')", "LPAD(TO_CHAR(WEEKISO($1)), 2, '0')"),
    "G": (_year("EXTRACT(YEAROFWEEK FROM $1)"), "LPAD(TO_CHAR(YEAROFWEEKISO($1)), 4, '0')"),
}
_SHORT = {
    "x": ("Y", "-", "m", "-", "d"),
    "X": ("H", ":", "M", ":", "S"),
    "T": ("H", ":", "M", ":", "S"),
    "c": ("Y", "-", "m", "-", "d", " ", "H", ":", "M", ":", "S"),
    "h": ("b",),
    "n": ("f", "000"),
}
_PIECES = re.compile(r"%(?P<directive>-?.)|(?P<text>[^%]+)|%", re.DOTALL)
_TEXT = re.compile(r"(?!.*RESULT)[\w\s.,:;/()+=#|*-]+", re.ASCII | re.DOTALL)


def strftime(text: str, engine: Engine) -> Support:
    """What `strftime($1, text)` is on an engine: every piece by itself, for engines quote text differently."""
    pieces = [piece for found in _PIECES.finditer(text) for piece in _pieces(found, engine)]
    if None in pieces or not any("$1" in (piece or "") for piece in pieces):
        known = ", ".join(f"%{one}" for one in ("%", *DIRECTIVES, *_SHORT))
        return Refused(f"strftime's format '{text}' is not proven there", f"portable, with plain text between: {known}")
    sql = f"CONCAT({', '.join(piece or '' for piece in pieces)})" if len(pieces) > 1 else pieces[0] or ""
    return Written(sql) if engine == "spark" else documented(sql, "functions/to_char")


def _pieces(found: re.Match[str], engine: Engine) -> list[str | None]:
    """The SQL of a directive, or of the text up to the next one; None for what has none."""
    directive, text = found["directive"], found["text"]
    if directive in _SHORT:
        return [_directive(one, engine) or f"'{one}'" for one in _SHORT[directive]]
    if directive == "%":
        return ["'%'"]
    if directive is not None:
        return [_directive(directive, engine)]
    return [f"'{text}'" if text and _TEXT.fullmatch(text) else None]


def _directive(name: str, engine: Engine) -> str | None:
    if name not in DIRECTIVES:
        return None
    sql = DIRECTIVES[name][0 if engine == "spark" else 1]
    function = "DATE_FORMAT" if engine == "spark" else "TO_CHAR"
    return sql if "$1" in sql else f"{function}($1, '{sql}')"


_PARSED = Refused(
    "engines read other forms than its format says", "cast a text of the form 'YYYY-MM-DD HH:MM:SS': x::timestamp"
)
_READ = [
    entry(f"{name}(VARCHAR, VARCHAR)", TIMESTAMP, spark=_PARSED, snowflake=_PARSED)
    for name in ("strptime", "try_strptime")
]

ENTRIES: tuple[Entry, ...] = (*_CALENDAR, *_READ)
