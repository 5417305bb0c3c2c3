"""The versions of events, which a state keeps beside the entities, by the identity of the event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
        found = self._statements.versions(self._input, rows, cutoff)
        groups = by_text(found, self._mark)
        values = map(sealed, self._codec.encoded(groups.columns, groups.runs))
        return found.select(self._names), zip(groups.keys, values, strict=True)

    def write(self, store: OnlineStore, info: StateInfo, rows: pa.Table) -> Seen:
        """Adds versions to those that are held of their events."""
        fresh = by_text(self._statements.versions(self._input, rows, info.as_of), self._mark)
        values: dict[int, bytes | None] = {}

        def merge(now: StateInfo, places: Sequence[int], held: Sequence[bytes | None]) -> Sequence[bytes | None]:
            merged = self._merged(fresh, now, places, held)
            values.update(zip(places, merged, strict=True))
            return merged

        written = store.update(info.version, "versions", fresh.keys, merge)
        every = [values[place] for place in range(len(fresh.keys))]
        return Seen(written, fresh.keys, every, self._table([value for value in every if value is not None]))

    def _merged(
        self, fresh: Groups, info: StateInfo, places: Sequence[int], held: Sequence[bytes | None]
    ) -> list[bytes | None]:
        import pyarrow as pa

        _, *new = fresh.of(places)
        before = self._table([value for value in held if value is not None])
        both = pa.concat_tables([before, pa.table(new, names=self._names)])
        groups = by_text(self._statements.versions(self._input, both, info.as_of), self._mark)
        found = dict(zip(groups.keys, map(sealed, self._codec.encoded(groups.columns, groups.runs)), strict=True))
        return [found[fresh.keys[place]] for place in places]

    def _table(self, values: Sequence[bytes]) -> pa.Table:
        import pyarrow as pa

        return pa.table(self._codec.join(values)[1], names=self._names)
