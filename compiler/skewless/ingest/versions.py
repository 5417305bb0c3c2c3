"""The versions of events, which a state keeps beside the entities, by the identity of the event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from skewless.contract.source_plan import Input
from skewless.ground.dtypes import DataType
from skewless.ingest.groups import Groups, by_text
from skewless.ingest.statements import Statements
from skewless.stores.columns import ColumnCodec
from skewless.stores.entries import sealed
from skewless.stores.store import OnlineStore, StateInfo

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Seen:
    """All versions of some events, as they were when these were written."""

    info: StateInfo
    keys: Sequence[bytes]
    values: Sequence[bytes | None]
    rows: pa.Table

    def is_current(self, store: OnlineStore) -> bool:
        """Whether nobody has written another version of one of the events since."""
        info, values = store.fetch(self.info.version, "versions", self.keys)
        return info.generation == self.info.generation and list(values) == list(self.values)


class EventVersions:
    """Those of the events of one input, which is told from others by its number."""

    def __init__(self, one: Input, number: int, statements: Statements) -> None:
        self._input = one
        self._mark = bytes([number])
        self._statements = statements
        self._codec = ColumnCodec(tuple(DataType.parse(column.type) for column in one.columns), is_prefix=True)
        self._names = [column.name for column in one.columns]

    def needed(self, rows: pa.Table, cutoff: int) -> tuple[pa.Table, Iterator[tuple[bytes, bytes]]]:
        """Of all rows of a source, those that matter from a moment on; and the same as a store holds them."""
        found = self._statements.needed(self._input, rows, cutoff)
        return found.select(self._names), self._encoded(by_text(found, self._mark))

    def write(self, store: OnlineStore, info: StateInfo, rows: pa.Table) -> Seen:
        """Adds versions to those that are held of their events."""
        fresh = by_text(self._statements.versions(self._input, rows), self._mark)
        values: dict[int, bytes | None] = {}

        def merge(_: StateInfo, places: Sequence[int], held: Sequence[bytes | None], /) -> Sequence[bytes | None]:
            merged = self._merged(fresh, places, held)
            values.update(zip(places, merged, strict=True))
            return merged

        written = store.update(info.version, "versions", fresh.keys, merge)
        every = [values[place] for place in range(len(fresh.keys))]
        return Seen(written, fresh.keys, every, self._table(every))

    def thin(self, store: OnlineStore, seen: Seen) -> None:
        """Drops versions that make no difference any more, now that what is stored of them is written.

        Versions that somebody else has added since are left to him: not all that is stored of these may be written.
        """
        needed = dict(
            self._encoded(by_text(self._statements.needed(self._input, seen.rows, seen.info.as_of), self._mark))
        )
        known = dict(zip(seen.keys, seen.values, strict=True))
        keys = [key for key, value in known.items() if needed.get(key) != value]

        def thinned(_: StateInfo, places: Sequence[int], held: Sequence[bytes | None], /) -> Sequence[bytes | None]:
            return [
                needed.get(keys[place]) if value == known[keys[place]] else value
                for place, value in zip(places, held, strict=True)
            ]

        if keys:
            store.update(seen.info.version, "versions", keys, thinned)

    def sweep(self, store: OnlineStore, version: str) -> None:
        """Drops events of which no version can make a difference from the state's moment on."""
        for keys in store.keys(version, "versions"):
            own = [key for key in keys if key.startswith(self._mark)]
            store.update(version, "versions", own, partial(self._swept, own))

    def _swept(
        self, keys: Sequence[bytes], info: StateInfo, places: Sequence[int], held: Sequence[bytes | None], /
    ) -> Sequence[bytes | None]:
        found = self._statements.needed(self._input, self._table(held), info.as_of)
        needed = set(by_text(found, self._mark).keys)
        return [value if keys[place] in needed else None for place, value in zip(places, held, strict=True)]

    def _merged(self, fresh: Groups, places: Sequence[int], held: Sequence[bytes | None]) -> Sequence[bytes | None]:
        import pyarrow as pa

        _, *new = fresh.of(places)
        both = pa.concat_tables([self._table(held), pa.table(new, names=self._names)])
        found = dict(self._encoded(by_text(self._statements.versions(self._input, both), self._mark)))
        return [found[fresh.keys[place]] for place in places]

    def _encoded(self, groups: Groups) -> Iterator[tuple[bytes, bytes]]:
        """Events and their versions as a store holds them."""
        return zip(groups.keys, map(sealed, self._codec.encoded(groups.columns, groups.runs)), strict=True)

    def _table(self, values: Sequence[bytes | None]) -> pa.Table:
        import pyarrow as pa

        found = [value for value in values if value is not None]
        return pa.table(self._codec.join(found)[1], names=self._names)
