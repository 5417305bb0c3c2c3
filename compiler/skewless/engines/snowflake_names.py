"""Names and types between Snowflake and DuckDB: capitals where nothing is quoted, and `NUMBER(19,0)` for BIGINT."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlglot import exp

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")
_KIND = re.compile(r"(?P<name>[A-Z_]+( [A-Z]+)*)(\((?P<size>\d+)(,\s*(?P<scale>\d+))?\))?.*", re.DOTALL)
_COLLATED = re.compile(r"\bCOLLATE '(?P<name>[^']*)'", re.IGNORECASE)
_BINARY_ORDERS = ("", "utf8")
_NAMES = {
    "BOOLEAN": "BOOLEAN",
    "FLOAT": "DOUBLE",
    "REAL": "DOUBLE",
    "DOUBLE": "DOUBLE",
    "VARCHAR": "VARCHAR",
    "TEXT": "VARCHAR",
    "CHAR": "VARCHAR",
    "DATE": "DATE",
    "BINARY": "BLOB",
}
_MICROSECONDS = 6
_INTEGER_DIGITS, _BIGINT_DIGITS = 9, 18


def own_name(name: str) -> exp.Identifier:
    """A name of the user's as Snowflake reads it: capitals, unless it is no plain word or stands in quotes."""
    if len(name) > 1 and name[0] == name[-1] == '"':
        return exp.Identifier(this=name[1:-1].replace('""', '"'), quoted=True)
    return exp.Identifier(this=name.upper() if _PLAIN.fullmatch(name) else name, quoted=True)


def own_table(parts: Iterable[str]) -> exp.Table:
    """A table by its name's parts: its own, before it a schema and a database."""
    names = [own_name(part) for part in parts][::-1]
    return exp.Table(**dict(zip(("this", "db", "catalog"), names, strict=False)))


def shown_name(name: str) -> str:
    """A column of the user's as skewless calls it: lower-case, where Snowflake has made capitals of it."""
    return name.lower() if name == name.upper() and _PLAIN.fullmatch(name) else name


def spelled_in(names: Iterable[str], wanted: str) -> str | None:
    """How the table spells the column that the project calls `wanted`; None if it has none, or several."""
    known = list(names)
    for name in (wanted, wanted.upper()):
        if name in known:
            return name
    alike = [name for name in known if name.lower() == wanted.lower()]
    return alike[0] if len(alike) == 1 else None


def duckdb_name(kind: str) -> str:
    """DuckDB's name of the type that Snowflake describes as `NUMBER(38,0)`; of one that DuckDB lacks, Snowflake's."""
    found = _KIND.fullmatch(kind.upper())
    if found is None:
        return kind
    name, size, scale = found["name"], int(found["size"] or 0), int(found["scale"] or 0)
    if name in ("NUMBER", "DECIMAL"):
        return _number(size, scale)
    if name.startswith("TIMESTAMP_"):
        return _timestamp(name, size if found["size"] else 9)
    return _NAMES.get(name, name)


def _number(precision: int, scale: int) -> str:
    if scale:
        return f"DECIMAL({precision},{scale})"
    return "INTEGER" if precision <= _INTEGER_DIGITS else "BIGINT" if precision <= _BIGINT_DIGITS else "HUGEINT"


def _timestamp(name: str, digits: int) -> str:
    zone = "" if name == "TIMESTAMP_NTZ" else " WITH TIME ZONE"
    return f"TIMESTAMP{zone}" if digits <= _MICROSECONDS else f"TIMESTAMP_NS{zone}"


def collation(kind: str) -> str | None:
    """The collation of a text type, under which texts compare otherwise than by their bytes; None if it has none."""
    found = _COLLATED.search(kind)
    return None if found is None or found["name"].lower() in _BINARY_ORDERS else found["name"]


def quoted(name: str) -> str:
    """A name of skewless's as text."""
    return '"' + name.replace('"', '""') + '"'
