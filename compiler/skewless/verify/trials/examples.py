"""One example: the rows of each source, how they come into the online state, and what is asked for at which moments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from skewless.contract.clock import tick
from skewless.contract.ir import SourceTable
from skewless.ground.moments import instant

Row = Mapping[str, Any]
Kind = Literal["write", "advance", "sweep", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is done with the rows that have arrived by then. `at` is a moment in microseconds since 1970.

    `write` writes them, one micro-batch a source. `advance` does so too, after the state has been told that nothing
    before `at` will be asked; `sweep` also drops what it no longer needs. `run` brings every view up to `at` from the
    sources, where the rows have landed.
    """

    kind: Kind
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """`arrivals` says for each row of a source, in its order, after which step it comes; 0 is before the first load,
    and a row may come more than once."""

    rows: Mapping[str, tuple[Row, ...]]
    arrivals: Mapping[str, tuple[tuple[int, ...], ...]]
    loaded_at: int
    steps: tuple[Step, ...]
    moments: tuple[int, ...]
    requests: tuple[Row, ...]
    """Request fields, without keys."""
    tile_events: int

    def arriving(self, source: str, step: int) -> list[Row]:
        """The rows that come with a step; those of later steps than there are come with the one after the last."""
        both = zip(self.rows[source], self.arrivals[source], strict=True)
        return [row for row, steps in both for one in steps if min(one, len(self.steps) + 1) == step]

    def with_a_row_less(self) -> Iterator[Example]:
        """The example without its first row, without its second, and so on."""
        for name, rows in self.rows.items():
            for place in range(len(rows)):
                arrivals = self.arrivals[name]
                yield replace(
                    self,
                    rows={**self.rows, name: (*rows[:place], *rows[place + 1 :])},
                    arrivals={**self.arrivals, name: (*arrivals[:place], *arrivals[place + 1 :])},
                )

    def without_steps(self) -> Example:
        """The example with all rows there before the first load."""
        arrivals = {name: ((0,),) * len(rows) for name, rows in self.rows.items()}
        return replace(self, arrivals=arrivals, steps=())

    def landed(self, source: str, step: int) -> list[Row]:
        """The rows that have come by then, each once."""
        both = zip(self.rows[source], self.arrivals[source], strict=True)
        return [row for row, steps in both if min(*steps, len(self.steps) + 1) <= step]


def known_from(source: SourceTable, row: Row) -> int | None:
    """The first moment at which a row is known; None if never."""
    known = row[source.known_at or source.happened]
    if known is None:
        return None
    return instant(known) + (0 if source.known_at else source.delay.microseconds) + tick(source.inclusive)


def identity(source: SourceTable, row: Row) -> tuple[str, ...]:
    """The primary key as something that can be compared, NaN and lists too."""
    return tuple(repr(_alike(row[name])) for name in source.primary_key)


def _alike(value: Any) -> Any:
    return value + 0.0 if isinstance(value, float) else list(map(_alike, value)) if isinstance(value, list) else value


def each_once(source: SourceTable, rows: Sequence[Row]) -> list[int]:
    """The places of rows that keep a promise of unique primary keys: the first of each."""
    seen: dict[tuple[str, ...], int] = {}
    for place, row in enumerate(rows):
        seen.setdefault(identity(source, row), place)
    return sorted(seen.values())
