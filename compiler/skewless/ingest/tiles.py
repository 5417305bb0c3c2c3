"""Entities with many events: their events in tiles, of which a writer touches those that its rows belong to.

Events belong to a tile by their event time alone, and all events of one time to the same tile, so an event that comes
again, late or corrected finds the one that it replaces. The newest events are in no tile: most rows that come are newer
than all that is there, and a tile is made when there are enough of them.

The events of a tile are written under a number of their own before the entity's value names it, and left after that
names it no more. So a value and the tiles that it names belong together, whenever it is read.
"""

from __future__ import annotations

import secrets
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from skewless.contract.source_plan import WrittenView
from skewless.ground.dtypes import DataType
from skewless.ground.errors import StoreError
from skewless.ingest.statements import Statements
from skewless.stores.columns import ColumnCodec
from skewless.stores.entries import owners_of, sealed
from skewless.stores.heads import Head, head_of, tile_codec, tile_key, with_tiles
from skewless.stores.runs import contiguous, run_starts
from skewless.stores.store import OnlineStore, StateInfo

if TYPE_CHECKING:
    import pyarrow as pa

TILE = 1_000
"""Events of a tile, about: so many are read one by one where the boundary of a window cuts it."""
MOST = 2 * TILE
"""Events that are in no tile, and events of one tile, before tiles are made of them."""


@dataclass(frozen=True, slots=True)
class Directory:
    """The tiles of one entity, oldest first."""

    numbers: list[int]
    firsts: list[int]
    """Event times in microseconds since 1970."""
    lasts: list[int]
    columns: Sequence[pa.Array] | None
    """Of each tile, `TILE_COLUMNS` and the parts."""

    def tile_of(self, time: int) -> int | None:
        """The place of the tile that an event time belongs to; None if it is newer than all."""
        if not self.lasts or time > self.lasts[-1]:
            return None
        return max(bisect_right(self.firsts, time) - 1, 0)


_NO_TILES = Directory([], [], [], None)


@dataclass(frozen=True, slots=True)
class Change:
    """What one entity's tiles were and are: events that are written before its value, and left after it."""

    created: tuple[bytes, ...]
    obsolete: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Values of entities, the events of new tiles, and what changes where there are tiles, by number of the entity."""

    values: list[bytes | None]
    events: Mapping[bytes, bytes]
    changes: Mapping[int, Change]


@dataclass(slots=True)
class _Entity:
    """An entity while its value is made: which rows are in no tile, its new tiles, and tiles that are no more."""

    rest: tuple[int, int] | None = None
    pieces: list[tuple[int, int]] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)


class Tiler:
    """Merges rows into entities of one view, tile by tile. Belongs to one thread.

    `tile_events` are the events of a tile, if not `TILE`.
    """

    def __init__(self, view: WrittenView, statements: Statements, tile_events: int | None = None) -> None:
        self._statements = statements
        self._size = TILE if tile_events is None else tile_events
        self._most = MOST if tile_events is None else 2 * tile_events
        self._horizon = view.horizon
        self._events = ColumnCodec(tuple(DataType.parse(one.type) for one in (*view.read, *view.kept)), is_prefix=True)
        self._tiles = tile_codec([DataType.parse(one.type) for one in view.parts])
        self._time = [one.name for one in view.read].index("_event_time")

    def merge(
        self,
        store: OnlineStore,
        info: StateInfo,
        keys: Sequence[bytes],
        held: Sequence[bytes | None],
        fresh: Sequence[pa.Array],
    ) -> Outcome:
        """Rows, each after the number of its entity among the keys, into what is held of these."""
        heads = [None if value is None else head_of(value) for value in held]
        directories = [self._directory(head) for head in heads]
        owners, touched = self._routed(directories, fresh)
        events = self._fetched(store, info, keys, directories, touched)
        numbered = [(number, head.events) for number, head in enumerate(heads) if head is not None]
        numbered += [(len(keys) + number, value) for number, value in enumerate(events)]
        merged = self._statements.merge(self._decoded(numbered), [owners, *fresh[1:]], info.as_of)
        return self._packed(merged, keys, directories, touched, info.as_of)

    def load(self, merged: pa.Table, keys: Sequence[bytes], cutoff: int) -> Outcome:
        """The same of entities of which nothing is held, and whose rows are merged already."""
        return self._packed(merged, keys, [_NO_TILES] * len(keys), [], cutoff)

    def _directory(self, head: Head | None) -> Directory:
        if head is None or not head.tiles:
            return _NO_TILES
        _, columns = self._tiles.join([head.tiles])
        numbers, firsts, lasts = (columns[place].cast("int64").to_pylist() for place in range(3))
        return Directory(numbers, firsts, lasts, columns)

    def _routed(
        self, directories: Sequence[Directory], fresh: Sequence[pa.Array]
    ) -> tuple[pa.Array, list[tuple[int, int]]]:
        """The number of each fresh row's entity, or of its tile after those of all entities; and the (entity, place) of
        each tile that rows belong to."""
        import pyarrow as pa

        if not any(one.numbers for one in directories):
            return fresh[0], []
        touched: dict[tuple[int, int], int] = {}
        routed = []
        for entity, time in zip(fresh[0].to_pylist(), _microseconds(fresh[1 + self._time]), strict=True):
            place = directories[entity].tile_of(time)
            if place is None:
                routed.append(entity)
            else:
                routed.append(len(directories) + touched.setdefault((entity, place), len(touched)))
        return pa.array(routed, pa.int64()), list(touched)

    def _fetched(
        self,
        store: OnlineStore,
        info: StateInfo,
        keys: Sequence[bytes],
        directories: Sequence[Directory],
        touched: Sequence[tuple[int, int]],
    ) -> Sequence[bytes]:
        """The events of tiles."""
        if not touched:
            return []
        wanted = [tile_key(keys[entity], directories[entity].numbers[place]) for entity, place in touched]
        _, found = store.fetch(info.version, "tiles", wanted)
        events = [value for value in found if value is not None]
        if len(events) < len(wanted):
            raise StoreError("the state was replaced while rows were written to it", help="write them again")
        return events

    def _decoded(self, numbered: Sequence[tuple[int, bytes]]) -> list[pa.Array]:
        """Rows of several values, each after the number of its value."""
        import pyarrow as pa

        counts, columns = self._events.join([value for _, value in numbered])
        numbers = pa.array([number for number, _ in numbered], pa.int64())
        return [numbers.take(owners_of(counts)), *columns]

    def _packed(
        self,
        merged: pa.Table,
        keys: Sequence[bytes],
        directories: Sequence[Directory],
        touched: Sequence[tuple[int, int]],
        cutoff: int,
    ) -> Outcome:
        owners, *columns = map(contiguous, merged.columns)
        stored = columns[:-1]
        starts = run_starts([owners], merged.num_rows)
        runs = dict(zip(owners.take(starts).to_pylist(), pairwise([*starts.to_pylist(), merged.num_rows]), strict=True))
        entities = self._entities(runs, directories, touched, stored, cutoff)
        made, events = self._made(stored, keys, entities)
        rests = {number: one.rest for number, one in enumerate(entities) if one.rest is not None}
        encoded = dict(zip(rests, self._events.encoded(stored, rests.values()), strict=True))
        values: list[bytes | None] = [None] * len(keys)
        changes: dict[int, Change] = {}
        for number, one in enumerate(entities):
            before, rest = directories[number], encoded.get(number)
            if not before.numbers and not one.pieces:
                values[number] = None if rest is None else sealed(rest)
                continue
            tiles = self._kept(before, one.gone, made.get(number))
            values[number] = self._value(tiles, rest)
            gone = tuple(tile_key(keys[number], before.numbers[place]) for place in one.gone)
            created = (
                () if number not in made else tuple(tile_key(keys[number], own) for own in made[number][0].to_pylist())
            )
            changes[number] = Change(created, gone)
        return Outcome(values, events, changes)

    def _entities(
        self,
        runs: Mapping[int, tuple[int, int]],
        directories: Sequence[Directory],
        touched: Sequence[tuple[int, int]],
        stored: Sequence[pa.Array],
        cutoff: int,
    ) -> list[_Entity]:
        """What becomes of the rows of each entity and of each tile."""
        times = stored[self._time].cast("int64")
        entities = [_Entity(rest=runs.get(number)) for number in range(len(directories))]
        for entity, directory in zip(entities, directories, strict=True):
            if self._horizon is not None:
                entity.gone.update(place for place, last in enumerate(directory.lasts) if last < cutoff - self._horizon)
            if entity.rest is not None and entity.rest[1] - entity.rest[0] > self._most:
                *entity.pieces, entity.rest = _cut(times, entity.rest, self._size)
        for number, (owner, place) in enumerate(touched):
            entities[owner].gone.add(place)
            if (run := runs.get(len(directories) + number)) is not None:
                entities[owner].pieces += _cut(times, run, self._size) if run[1] - run[0] > self._most else [run]
        return entities

    def _made(
        self, stored: Sequence[pa.Array], keys: Sequence[bytes], entities: Sequence[_Entity]
    ) -> tuple[dict[int, list[pa.Array]], dict[bytes, bytes]]:
        """New tiles as columns by number of the entity, and their events by where these are written."""
        import pyarrow as pa

        owned = [(number, piece) for number, one in enumerate(entities) for piece in one.pieces]
        if not owned:
            return {}, {}
        pieces = [piece for _, piece in owned]
        rows = [pa.concat_arrays([column.slice(start, end - start) for start, end in pieces]) for column in stored]
        table = self._statements.tiles([owners_of([end - start for start, end in pieces]), *rows])
        numbers = pa.array([secrets.randbits(62) for _ in owned], pa.int64())
        columns = [numbers, *map(contiguous, table.columns[1:])]
        places: dict[int, list[int]] = {}
        for place, (number, _) in enumerate(owned):
            places.setdefault(number, []).append(place)
        where = [tile_key(keys[number], own) for (number, _), own in zip(owned, numbers.to_pylist(), strict=True)]
        events = dict(zip(where, self._events.encoded(stored, pieces), strict=True))
        return {number: [column.take(pa.array(own)) for column in columns] for number, own in places.items()}, events

    def _kept(self, before: Directory, gone: set[int], made: list[pa.Array] | None) -> list[pa.Array]:
        """The tiles of an entity from now on, oldest first."""
        import pyarrow as pa
        import pyarrow.compute as pc

        parts = [] if made is None else [made]
        if before.columns is not None:
            stay = pa.array([place for place in range(len(before.numbers)) if place not in gone], pa.int64())
            parts.append([column.take(stay) for column in before.columns])
        columns = [pa.concat_arrays(list(own)) for own in zip(*parts, strict=True)]
        order = pc.sort_indices(columns[1])
        return [column.take(order) for column in columns]

    def _value(self, tiles: list[pa.Array], rest: bytes | None) -> bytes | None:
        if not len(tiles[0]):
            return None if rest is None else sealed(rest)
        [encoded] = self._tiles.encoded(tiles, [(0, len(tiles[0]))])
        return with_tiles(encoded, self._events.no_rows if rest is None else rest)


def _microseconds(times: pa.Array) -> list[int]:
    return times.cast("int64").to_pylist()  # type: ignore[no-any-return]


def _cut(times: pa.Array, run: tuple[int, int], size: int) -> list[tuple[int, int]]:
    """A run, ordered by time, in pieces of some events; those of one time stay together."""
    start, end = run
    pieces = []
    own = times.slice(start, end - start).to_pylist()
    while start < end:
        stop = min(start + size, end)
        while stop < end and own[stop - run[0]] == own[stop - 1 - run[0]]:
            stop += 1
        pieces.append((start, stop))
        start = stop
    return pieces
