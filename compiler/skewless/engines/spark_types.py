"""Spark's names of types into DuckDB's."""

from __future__ import annotations

import re
from collections.abc import Mapping

from skewless.ground.dtypes import DataType

_NAMES: Mapping[str, str] = {
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "string": "VARCHAR",
    "date": "DATE",
    "timestamp_ntz": "TIMESTAMP",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "binary": "BLOB",
    "void": '"NULL"',
}
_ARRAY = re.compile(r"array<(.+)>")
_TEXT = re.compile(r"(var)?char\(\d+\)|string collate utf8_binary")


def duckdb_name(kind: str) -> str:
    """DuckDB's name of the type that Spark calls `array<int>` or `decimal(12,2)`; of one that it lacks, Spark's own."""
    kind = kind.lower()
    if array := _ARRAY.fullmatch(kind):
        return f"{duckdb_name(array[1])}[]"
    if _TEXT.fullmatch(kind):
        return "VARCHAR"
    return _NAMES.get(kind, kind.upper())


_NARROW = ("TINYINT", "SMALLINT")
_ZONED = "TIMESTAMP WITH TIME ZONE"


def is_exact_cast(found: str, declared: DataType) -> bool:
    """Whether Spark's own cast of a type that no feature has to a feature type gives DuckDB's value.

    The session is in UTC, so a zoned timestamp is the moment without its zone.
    """
    if found.endswith("[]"):
        return declared.element is not None and is_exact_cast(found.removesuffix("[]"), declared.element)
    if found in _NARROW:
        return declared.element is None and declared.kind not in ("DATE", "TIMESTAMP")
    return found == '"NULL"' or (found == _ZONED and declared.kind in ("DATE", "TIMESTAMP"))
