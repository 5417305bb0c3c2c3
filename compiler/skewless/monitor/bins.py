"""The bins of a feature: how its values are told apart, as the baseline decides, and what each bin is called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

import msgspec

from skewless.ground.moments import moment_of

Kind = Literal["number", "moment", "list", "text", "boolean"]
"""What is compared: numbers by value, moments by time, lists by their length, texts and booleans as they are."""
NULL_BIN = -1
"""NULL is in no bin: its rate is a measure of its own."""
REST = "(the rest)"
_LOWEST, _HIGHEST, _NAN = "-infinity", "infinity", "NaN"


class Bins(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The bins of one feature, counted from 0.

    Numbers, also moments in microseconds since 1970 and the lengths of lists, have in this order: negative infinity,
    the bins between the cuts, infinity, and NaN, which sorts greatest. A bin holds its upper cut and not its lower one.
    Where `has_floor`, the least cut is the least value of the baseline: it has a bin for itself, and all below another.

    Texts have a bin for each category, and one for the rest; booleans have false and true.
    """

    kind: Kind
    cuts: tuple[float, ...] = ()
    has_floor: bool = False
    categories: tuple[str, ...] = ()

    @property
    def is_ordered(self) -> bool:
        return self.kind in ("number", "moment", "list")

    @property
    def between(self) -> int:
        """How many bins of finite numbers there are."""
        return len(self.cuts) + 1 + self.has_floor

    @property
    def count(self) -> int:
        if self.kind == "boolean":
            return 2
        return self.between + 3 if self.is_ordered else len(self.categories) + 1

    @property
    def labels(self) -> tuple[str, ...]:
        """What each bin is called."""
        if self.kind == "boolean":
            return ("false", "true")
        if self.kind == "text":
            return (*self.categories, REST)
        return (_LOWEST, *self._between_labels(), _HIGHEST, _NAN)

    def _between_labels(self) -> tuple[str, ...]:
        if not self.cuts:
            return ("all finite values",)
        names = _names(self.kind, self.cuts)
        first = (f"< {names[0]}", names[0]) if self.has_floor else (f"≤ {names[0]}",)
        return (*first, *(f"({low}, {high}]" for low, high in pairwise(names)), f"> {names[-1]}")


def _names(kind: Kind, cuts: Sequence[float]) -> list[str]:
    """The cuts as text: as short as tells them apart."""
    names: list[str] = []
    forms = _MOMENTS if kind == "moment" else _NUMBERS
    for form in forms:
        names = [form(cut) for cut in cuts]
        if len(set(names)) == len(names):
            break
    return names


def _moment(cut: float, timespec: str) -> str:
    try:
        return moment_of(round(cut)).isoformat(sep=" ", timespec=timespec)
    except OverflowError:  # Python has no dates before the year 1 or after 9999
        return f"{cut:.0f} us"


_MOMENTS: Sequence[Callable[[float], str]] = (
    lambda cut: _moment(cut, "hours")[:10],
    lambda cut: _moment(cut, "minutes"),
    lambda cut: _moment(cut, "seconds"),
    lambda cut: _moment(cut, "microseconds"),
)
_NUMBERS: Sequence[Callable[[float], str]] = (
    lambda cut: f"{cut:.4g}",
    lambda cut: f"{cut:.6g}",
    lambda cut: f"{cut:.9g}",
    repr,
)


def kind_of(dtype: str) -> Kind | None:
    """How values of a type are compared, by DuckDB's name of it; None of a type that no feature has."""
    name = dtype.upper()
    if name.endswith("[]"):
        return "list"
    if name == "BOOLEAN":
        return "boolean"
    if name.startswith(("TIMESTAMP", "DATE")):
        return "moment"
    if name.startswith(("VARCHAR", "ENUM", "UUID")):
        return "text"
    return (
        "number"
        if name.startswith(("FLOAT", "DOUBLE", "DECIMAL")) or name.endswith("INT") or name == "INTEGER"
        else None
    )
