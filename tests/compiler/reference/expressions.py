"""Names the row-level expressions that random cases use: each is callable as the oracle wants it, and printable as SQL.

Calling one with `(row, moment)` gives its value; `sql.expression_sql` writes the same expression as text. NULL is None;
comparisons follow the law: NaN equals itself and is the greatest number, strings compare by code point.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne
from types import MappingProxyType
from typing import Any

from .ordering import rank
from .specs import Row

COMPARISONS: MappingProxyType[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {"=": eq, "<>": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """`column`"""

    column: str

    def __call__(self, row: Row, _moment: int) -> Any:
        return row[self.column]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plus:
    """`column + number`"""

    column: str
    number: int

    def __call__(self, row: Row, _moment: int) -> Any:
        value: Any = row[self.column]
        return None if value is None else value + self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Coalesce:
    """`coalesce(column, default)`"""

    column: str
    default: Any

    def __call__(self, row: Row, _moment: int) -> Any:
        value = row[self.column]
        return self.default if value is None else value


@dataclass(frozen=True, slots=True, kw_only=True)
class IsNull:
    """`column is null`, or when negated `column is not null`; never NULL itself."""

    column: str
    negated: bool = False

    def __call__(self, row: Row, _moment: int) -> bool:
        return (row[self.column] is None) is not self.negated


@dataclass(frozen=True, slots=True, kw_only=True)
class Suffix:
    """`column || text`"""

    column: str
    text: str

    def __call__(self, row: Row, _moment: int) -> str | None:
        value = row[self.column]
        return None if value is None else f"{value}{self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """`column operator literal`; NULL where the column is NULL."""

    column: str
    operator: str
    literal: Any

    def __call__(self, row: Row, _moment: int) -> bool | None:
        value = row[self.column]
        return None if value is None else COMPARISONS[self.operator](rank(value), rank(self.literal))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """`column >= as_of() - interval`, for a timestamp column."""

    column: str
    interval: int

    def __call__(self, row: Row, moment: int) -> bool | None:
        value: Any = row[self.column]
        return None if value is None else value >= moment - self.interval


Expression = Value | Plus | Coalesce | IsNull | Suffix | Compare | Recent
