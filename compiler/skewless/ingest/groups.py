"""Rows of a table in groups, each of which has a key in the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from skewless.stores.entries import Runs, owners_of
from skewless.stores.keys import KeyEncoder
from skewless.stores.runs import contiguous, run_starts

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Groups:
    """Distinct keys, and for each the run of its rows."""

    keys: list[bytes]
    runs: Runs
    columns: Sequence[pa.Array]
    """Of the rows, without what makes the key."""

    def of(self, places: Sequence[int]) -> list[pa.Array]:
        """The rows of some groups, in ascending order: the number of each row's group among them, and the columns."""
        import pyarrow as pa

        counts = [self.runs[place][1] - self.runs[place][0] for place in places]
        if len(places) == places[-1] - places[0] + 1:
            start, end = self.runs[places[0]][0], self.runs[places[-1]][1]
            return [owners_of(counts), *(column.slice(start, end - start) for column in self.columns)]
        taken = pa.array([row for place in places for row in range(*self.runs[place])], pa.int64())
        return [owners_of(counts), *(column.take(taken) for column in self.columns)]


def by_entity(rows: pa.Table, encoder: KeyEncoder, keys: int) -> Groups:
    """Rows that are ordered by their first columns, the keys of entities; none of these is NULL."""
    import pyarrow as pa

    columns = [contiguous(column) for column in rows.columns]
    starts = run_starts(columns[:keys], rows.num_rows)
    encoded = encoder.encode([column.take(starts).to_pylist() for column in columns[:keys]])
    runs = list(pairwise([*starts.to_pylist(), rows.num_rows]))
    owned: dict[bytes, list[tuple[int, int]]] = {}
    for key, run in zip(encoded, runs, strict=True):
        if key is not None:
            owned.setdefault(key, []).append(run)
    if len(owned) == len(runs):
        return Groups(list(owned), runs, columns[keys:])
    # Keys that are equal and look different, such as the zeros of doubles, are one entity.
    order = pa.array([row for own in owned.values() for start, end in own for row in range(start, end)], pa.int64())
    ends = [0]
    for own in owned.values():
        ends.append(ends[-1] + sum(end - start for start, end in own))
    return Groups(list(owned), list(pairwise(ends)), [column.take(order) for column in columns[keys:]])


def by_text(rows: pa.Table, mark: bytes) -> Groups:
    """Rows that are ordered by their first column, a text that is the key after the mark."""
    columns = [contiguous(column) for column in rows.columns]
    starts = run_starts(columns[:1], rows.num_rows)
    keys = [mark + text.encode() for text in columns[0].take(starts).to_pylist()]
    return Groups(keys, list(pairwise([*starts.to_pylist(), rows.num_rows])), columns[1:])
