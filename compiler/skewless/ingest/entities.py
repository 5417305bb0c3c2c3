"""What is held of the entities of one view, and how rows are merged into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from skewless.contract.source_plan import WrittenView
from skewless.ground.dtypes import DataType
from skewless.ingest.groups import Groups
from skewless.ingest.statements import Statements
from skewless.ingest.tiles import Change, Outcome, Tiler
from skewless.stores.entries import entries_of
from skewless.stores.runs import contiguous, run_starts
from skewless.stores.store import OnlineStore, StateInfo

if TYPE_CHECKING:
    import pyarrow as pa

Records = Iterator[tuple[bytes, bytes]]


class Entities(Protocol):
    """Those of one view. Belongs to one thread."""

    def write(self, store: OnlineStore, groups: Groups, generation: str) -> None:
        """Merges stored rows, by entity, into what is held of a generation.

        Nothing is merged if there is another one by now: the rows may be made with other static sources than that is.
        """

    def sweep(self, store: OnlineStore, keys: Sequence[bytes]) -> None:
        """Drops what no moment from the state's own on can see."""

    def load(self, merged: pa.Table, keys: Sequence[bytes], cutoff: int) -> tuple[Records, Records]:
        """Entities, and tiles of them, of rows that are merged already, each after the number of its entity."""


def entities_of(view: WrittenView, statements: Statements, tile_events: int | None = None) -> Entities:
    return _Whole(view, statements) if view.tiles_sql is None else _Tiled(view, statements, tile_events)


class _Whole:
    """Everything that is held of an entity is one value."""

    def __init__(self, view: WrittenView, statements: Statements) -> None:
        self._version = view.version
        self._statements = statements
        read = [(one.name, DataType.parse(one.type)) for one in view.read]
        self._entries = entries_of(view.layout, read, [DataType.parse(one.type) for one in view.kept])

    def write(self, store: OnlineStore, groups: Groups, generation: str) -> None:
        def merge(info: StateInfo, places: Sequence[int], held: Sequence[bytes | None], /) -> Sequence[bytes | None]:
            return self._merged(info, groups.of(places), held) if info.generation == generation else held

        store.update(self._version, "entities", groups.keys, merge)

    def sweep(self, store: OnlineStore, keys: Sequence[bytes]) -> None:
        def swept(info: StateInfo, _: Sequence[int], held: Sequence[bytes | None], /) -> Sequence[bytes | None]:
            return self._merged(info, self._statements.nothing(), held)

        store.update(self._version, "entities", keys, swept)

    def load(self, merged: pa.Table, keys: Sequence[bytes], cutoff: int) -> tuple[Records, Records]:  # noqa: ARG002
        return ((keys[number], value) for number, value in self._encoded(merged)), iter(())

    def _merged(
        self, info: StateInfo, fresh: Sequence[pa.Array], held: Sequence[bytes | None]
    ) -> Sequence[bytes | None]:
        values: list[bytes | None] = [None] * len(held)
        for number, value in self._encoded(self._statements.merge(self._decoded(held), fresh, info.as_of)):
            values[number] = value
        return values

    def _decoded(self, held: Sequence[bytes | None]) -> list[pa.Array]:
        """Rows that are held, each after the number of its entity."""
        import pyarrow as pa

        numbers = pa.array([number for number, value in enumerate(held) if value is not None], pa.int64())
        found = self._entries.decode([value for value in held if value is not None])
        return [numbers.take(found.owners), *found.columns]

    def _encoded(self, merged: pa.Table) -> Iterator[tuple[int, bytes]]:
        """(number of the entity, its value) of rows that are ordered by that number, their first column."""
        owners, *columns = map(contiguous, merged.columns)
        starts = run_starts([owners], merged.num_rows)
        runs = list(pairwise([*starts.to_pylist(), merged.num_rows]))
        return zip(owners.take(starts).to_pylist(), self._entries.encode(columns, runs), strict=True)


@dataclass(slots=True)
class _Attempts:
    """Which changes of tiles came about: another writer may have been first, and then they are made anew."""

    last: dict[bytes, tuple[StateInfo, Change]] = field(default_factory=dict)
    in_vain: list[tuple[StateInfo, Sequence[bytes]]] = field(default_factory=list)

    def made(self, info: StateInfo, keys: Sequence[bytes], changes: Mapping[int, Change]) -> None:
        for number, key in enumerate(keys):
            if (before := self.last.pop(key, None)) is not None:
                self.in_vain.append((before[0], before[1].created))
            if number in changes:
                self.last[key] = info, changes[number]

    def end(self, store: OnlineStore) -> None:
        """Leaves the events of tiles that no value names."""
        left = [*self.in_vain, *((info, change.obsolete) for info, change in self.last.values())]
        by_state: dict[str, tuple[StateInfo, list[bytes]]] = {}
        for info, keys in left:
            by_state.setdefault(info.generation, (info, []))[1].extend(keys)
        for info, keys in by_state.values():
            if keys:
                store.leave(info, "tiles", keys)


class _Tiled:
    """Of entities with many events the value names tiles."""

    def __init__(self, view: WrittenView, statements: Statements, tile_events: int | None) -> None:
        self._version = view.version
        self._statements = statements
        self._tiler = Tiler(view, statements, tile_events)

    def write(self, store: OnlineStore, groups: Groups, generation: str) -> None:
        def merge(info: StateInfo, places: Sequence[int], held: Sequence[bytes | None], /) -> Outcome:
            own = [groups.keys[place] for place in places]
            if info.generation != generation:
                return Outcome(list(held), {}, {})
            return self._tiler.merge(store, info, own, held, groups.of(places))

        self._update(store, groups.keys, merge)

    def sweep(self, store: OnlineStore, keys: Sequence[bytes]) -> None:
        def swept(info: StateInfo, places: Sequence[int], held: Sequence[bytes | None], /) -> Outcome:
            own = [keys[place] for place in places]
            return self._tiler.merge(store, info, own, held, self._statements.nothing())

        self._update(store, keys, swept)

    def load(self, merged: pa.Table, keys: Sequence[bytes], cutoff: int) -> tuple[Records, Records]:
        found = self._tiler.load(merged, keys, cutoff)
        values = ((key, value) for key, value in zip(keys, found.values, strict=True) if value is not None)
        return values, iter(found.events.items())

    def _update(self, store: OnlineStore, keys: Sequence[bytes], merge: Callable[..., Outcome]) -> None:
        attempts = _Attempts()

        def attempt(info: StateInfo, places: Sequence[int], held: Sequence[bytes | None], /) -> Sequence[bytes | None]:
            found = merge(info, places, held)
            if found.events:
                store.put(info, "tiles", found.events)
            attempts.made(info, [keys[place] for place in places], found.changes)
            return found.values

        store.update(self._version, "entities", keys, attempt)
        attempts.end(store)
