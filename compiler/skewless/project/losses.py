"""The type that a column has and the type that it is declared as, into what is lost between them."""

from __future__ import annotations

import re
from math import inf
from typing import NamedTuple

from skewless.ground.dtypes import DataType

_BITS = {
    "TINYINT": 7, "UTINYINT": 8, "SMALLINT": 15, "USMALLINT": 16, "INTEGER": 31, "UINTEGER": 32, "BIGINT": 63,
    "UBIGINT": 64, "HUGEINT": 127, "UHUGEINT": 128,
}  # fmt: skip
_DIGITS = {"FLOAT": 7, "DOUBLE": 15}
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")


class _Numbers(NamedTuple):
    """The numbers that a type holds."""

    limit: float
    """No value reaches it."""
    scale: float
    """Digits after the point."""
    digits: int
    """Digits that count."""


def loss_of(found: str, declared: DataType) -> str | None:
    """What becomes of values of DuckDB's type `found` when they are read as declared; None if nothing is lost."""
    if declared.element is not None:
        return loss_of(found.removesuffix("[]"), declared.element)
    if found.startswith("TIMESTAMP"):
        return _loss_of_time(found, declared)
    there, here = _numbers(found), _numbers(str(declared))
    if there is None:
        return None
    if declared.kind == "BOOLEAN":
        return "every number but 0 becomes true"
    return None if here is None else _loss_of_number(there, here, declared)


def _loss_of_time(found: str, declared: DataType) -> str | None:
    if declared.kind == "DATE":
        return "the time of day is cut off"
    return "nanoseconds are cut off" if "_NS" in found and declared.kind == "TIMESTAMP" else None


def _loss_of_number(there: _Numbers, here: _Numbers, declared: DataType) -> str | None:
    if declared.kind in _DIGITS:
        return f"rounded to about {here.digits} digits" if there.digits > here.digits else None
    losses = []
    if there.scale > here.scale:
        losses.append(f"rounded to {here.scale} digits after the point" if here.scale else "rounded to whole numbers")
    if there.limit > here.limit:
        losses.append("a value that is too large fails")
    return ", and ".join(losses) or None


def _numbers(kind: str) -> _Numbers | None:
    if kind in _DIGITS:
        return _Numbers(inf, inf, _DIGITS[kind])
    if kind in _BITS:
        return _Numbers(2 ** _BITS[kind], 0, len(str(2 ** _BITS[kind])))
    if decimal := _DECIMAL.fullmatch(kind):
        precision, scale = int(decimal[1]), int(decimal[2])
        return _Numbers(10 ** (precision - scale), scale, precision)
    return None
