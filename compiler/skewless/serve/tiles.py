"""Entities with many events: which of their tiles stand for themselves at a moment, and which are read by events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from skewless.contract.artifact import Tiling
from skewless.ground.dtypes import DataType
from skewless.ground.errors import EngineError
from skewless.stores.columns import count_rows
from skewless.stores.heads import TILE_COLUMNS, has_tiles, head_of, tile_codec, tile_key

if TYPE_CHECKING:
    import pyarrow as pa

_FIRST, _LAST, _SETTLED, _ROWS = map(TILE_COLUMNS.index, ("_tile_first", "_tile_last", "_settled", "_tile_rows"))


@dataclass(frozen=True, slots=True)
class TiledRows:
    """The stored rows of some requests: events, by request, and tiles that stand for theirs."""

    events: Sequence[tuple[int, bytes]]
    """(request, value): events that are read one by one. A request may have several values."""
    owners: Sequence[int]
    """The request of each tile."""
    tiles: Sequence[pa.Array]
    """`TILE_COLUMNS` and the parts."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is still to be read: the events of tiles that a window cuts, by request."""

    keys: Sequence[bytes]
    requests: Sequence[int]
    found: TiledRows

    def with_events(self, values: Sequence[bytes]) -> TiledRows:
        return TiledRows(
            [*self.found.events, *zip(self.requests, values, strict=True)], self.found.owners, self.found.tiles
        )


class TileReader:
    """Looks at the tiles of one instance."""

    def __init__(self, view: str, tiling: Tiling) -> None:
        self._tiling = tiling
        self._view = view
        self._codec = tile_codec([DataType.parse(part.type) for part in tiling.parts])

    def wanted(self, keys: Sequence[bytes | None], values: Sequence[bytes | None], at: int) -> Wanted:
        """What a moment needs of the values of requests, whose keys these are."""
        heads = [(row, head_of(value)) for row, value in enumerate(values) if value is not None]
        tiled = [(row, head) for row, head in heads if head.tiles]
        counts, columns = self._codec.join([head.tiles for _, head in tiled])
        owners = [row for (row, _), count in zip(tiled, counts, strict=True) for _ in range(count)]
        whole, cut = self._split(columns, at)
        if self._tiling.by_events is not None:
            whole, cut = [], sorted([*whole, *cut])
            counted = [(row, count_rows(head.events)) for row, head in tiled]
            counted += zip([owners[place] for place in cut], columns[_ROWS].take(_places(cut)).to_pylist(), strict=True)
            self._check(counted)
        numbers = columns[0].to_pylist()
        rows = TiledRows(
            [(row, head.events) for row, head in heads],
            [owners[place] for place in whole],
            [column.take(_places(whole)) for column in columns],
        )
        requests = [owners[place] for place in cut]
        return Wanted(
            [tile_key(_present(keys[row]), numbers[place]) for row, place in zip(requests, cut, strict=True)],
            requests,
            rows,
        )

    def _check(self, counted: Sequence[tuple[int, int]]) -> None:
        """Raises EngineError when more events would be read for a request than may be."""
        found: Counter[int] = Counter()
        for request, count in counted:
            found[request] += count
        for request, count in found.items():
            if count > self._tiling.most_events:
                raise EngineError(
                    f"'{self._view}': the entity in row {request} of the request has {count:,} events within reach, "
                    f"and no more than {self._tiling.most_events:,} are read: {self._tiling.by_events}",
                    help="set max_events in the view's config, shorten its windows, or use aggregates that add up",
                )

    def _split(self, columns: Sequence[pa.Array], at: int) -> tuple[list[int], list[int]]:
        """The places of tiles that stand for themselves, and of those whose events are read.

        These are the ones that a boundary of a window cuts, and those with events that are not yet visible, or that are
        about to be replaced. Tiles that no window reaches are neither.
        """
        cuts = [at - boundary for boundary in self._tiling.boundaries]
        oldest = min(cuts)
        whole, cut = [], []
        firsts, lasts, settled = (columns[place].cast("int64").to_pylist() for place in (_FIRST, _LAST, _SETTLED))
        for place, (first, last, since) in enumerate(zip(firsts, lasts, settled, strict=True)):
            if last < oldest or first > at:
                continue
            if since > at or any(first <= moment <= last for moment in cuts):
                cut.append(place)
            else:
                whole.append(place)
        return whole, cut


def any_tiles(values: Sequence[bytes | None]) -> bool:
    """Whether one of the values names tiles."""
    return any(map(has_tiles, values))


def _present(key: bytes | None) -> bytes:
    if key is None:
        raise AssertionError("a NULL key has no value")
    return key


def _places(places: Sequence[int]) -> pa.Array:
    import pyarrow as pa

    return pa.array(places, pa.int64())
