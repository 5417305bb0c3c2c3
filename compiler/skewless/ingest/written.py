"""What became of rows that were written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A row that was not written, and why. `view` is there when only that view could not take it.

    `place` is its place among the rows that were given, from 0, and `line` its line in a file, from 1, where these are
    known.
    """

    row: Mapping[str, Any]
    reason: str
    view: str | None = None
    place: int | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """`rows` were accepted, and are in the state of every view (a row that no window can reach leaves no trace)."""

    rows: int
    rejected: tuple[Rejected, ...]
    entities: Mapping[str, int]
    """View to how many of its entities the rows concern."""
    unloaded: tuple[str, ...] = ()
    """Views of which no state is loaded, so that there is nothing to write to."""
