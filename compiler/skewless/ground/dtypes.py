"""The types a feature may have, and the spellings users give them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

FeatureKind = Literal[
    "BOOLEAN", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL", "VARCHAR", "DATE", "TIMESTAMP", "LIST"
]
Kind = Literal[FeatureKind, "HUGEINT", "INTERVAL", "NULL"]
"""An expression may pass through types that no column or feature has."""

_SPELLINGS: dict[str, Kind] = {
    "bool": "BOOLEAN",
    "boolean": "BOOLEAN",
    "logical": "BOOLEAN",
    "tinyint": "INTEGER",
    "smallint": "INTEGER",
    "int": "INTEGER",
    "int2": "INTEGER",
    "int4": "INTEGER",
    "int32": "INTEGER",
    "integer": "INTEGER",
    "utinyint": "INTEGER",
    "usmallint": "INTEGER",
    "bigint": "BIGINT",
    "int8": "BIGINT",
    "int64": "BIGINT",
    "long": "BIGINT",
    "uinteger": "BIGINT",
    "float": "FLOAT",
    "float4": "FLOAT",
    "float32": "FLOAT",
    "real": "FLOAT",
    "double": "DOUBLE",
    "double precision": "DOUBLE",
    "float8": "DOUBLE",
    "float64": "DOUBLE",
    "varchar": "VARCHAR",
    "text": "VARCHAR",
    "string": "VARCHAR",
    "char": "VARCHAR",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "datetime": "TIMESTAMP",
    "timestamp_us": "TIMESTAMP",
    "timestamp_ntz": "TIMESTAMP",
    "timestamp without time zone": "TIMESTAMP",
    "timestamptz": "TIMESTAMP",
    "timestamp with time zone": "TIMESTAMP",
}
_DECIMAL = re.compile(r"(?:decimal|numeric|number)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?$")
_VARCHAR = re.compile(r"(?:varchar|char|text)\s*\(\s*\d+\s*\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataType:
    """One of the types of the semantics; DECIMAL has precision and scale, LIST has an element type."""

    kind: Kind
    precision: int = 0
    scale: int = 0
    element: DataType | None = None

    def __str__(self) -> str:
        """The type as DuckDB spells it, which is also the spelling in artefacts."""
        if self.kind == "DECIMAL":
            return f"DECIMAL({self.precision},{self.scale})"
        if self.element is not None:
            return f"{self.element}[]"
        return self.kind

    @classmethod
    def parse(cls, text: str) -> DataType:
        """A type in any usual spelling. Raises ValueError with a sentence for the user."""
        name = " ".join(text.strip().lower().split())
        if name.endswith("[]"):
            return cls(kind="LIST", element=cls.parse(name[:-2]))
        if kind := _SPELLINGS.get(name):
            return cls(kind=kind)
        if _VARCHAR.fullmatch(name):
            return cls(kind="VARCHAR")
        if decimal := _DECIMAL.fullmatch(name):
            return cls._decimal(text, decimal)
        raise ValueError(
            f"'{text}' is not a type a feature may have; use boolean, integer, bigint, float, double, "
            "decimal(p,s), varchar, date, timestamp, or a list of one such as 'bigint[]'"
        )

    @classmethod
    def _decimal(cls, text: str, match: re.Match[str]) -> DataType:
        precision, scale = int(match[1] or 18), int(match[2] if match[2] else (0 if match[1] else 3))
        if not 1 <= precision <= 38 or scale > precision:
            raise ValueError(f"'{text}': a decimal has 1 to 38 digits, of which at most all come after the point")
        return cls(kind="DECIMAL", precision=precision, scale=scale)

    @property
    def is_list(self) -> bool:
        return self.element is not None

    @property
    def is_floating(self) -> bool:
        """Whether two paths may differ in the last digits (semantics, section 4)."""
        return self.kind in ("FLOAT", "DOUBLE") or (self.element is not None and self.element.is_floating)


BOOLEAN = DataType(kind="BOOLEAN")
INTEGER = DataType(kind="INTEGER")
BIGINT = DataType(kind="BIGINT")
DOUBLE = DataType(kind="DOUBLE")
VARCHAR = DataType(kind="VARCHAR")
FLOAT = DataType(kind="FLOAT")
HUGEINT = DataType(kind="HUGEINT")
INTERVAL = DataType(kind="INTERVAL")
NULL = DataType(kind="NULL")
DATE = DataType(kind="DATE")
TIMESTAMP = DataType(kind="TIMESTAMP")
VARCHAR = DataType(kind="VARCHAR")
