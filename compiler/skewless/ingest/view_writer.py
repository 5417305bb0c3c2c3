"""Rows of sources into the state of one view: a micro-batch at a time, or all at once when the state is loaded.

Which entities an event is of can change with its versions. So where events have versions they are kept beside the
entities, and each row that comes is made into stored rows together with all versions of its event: whatever was stored
of the event is then replaced, wherever it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from skewless.contract.artifact import CODEC_VERSION, Column
from skewless.contract.source_plan import Input, WrittenView
from skewless.ground.dtypes import DataType
from skewless.ground.errors import StoreError
from skewless.ingest.entities import Records, entities_of
from skewless.ingest.groups import Groups, by_entity
from skewless.ingest.statements import Statements
from skewless.ingest.versions import EventVersions
from skewless.stores.damage import loading
from skewless.stores.keys import KeyEncoder
from skewless.stores.statics import decode_static, encode_static, is_static
from skewless.stores.store import OnlineStore, Part, StateInfo

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Loadable:
    """A whole state, ready to be written."""

    rows: int
    entities: Records
    beside: Mapping[Part, Records]


class ViewWriter:
    """Writes one view's state. Belongs to one thread. `tile_events` are the events of a tile, if not the usual ones."""

    def __init__(self, view: WrittenView, *, tile_events: int | None = None) -> None:
        self.view = view
        self._statements = Statements(view)
        self._keys = KeyEncoder(_types(view.keys))
        self._entities = entities_of(view, self._statements, tile_events)
        self._versions = {
            one.relation: EventVersions(one, number, self._statements)
            for number, one in enumerate(view.timed)
            if one.versions_sql
        }
        self._loaded = ""
        """The generation whose static sources are in their slots."""

    def prepare(self, store: OnlineStore) -> StateInfo:
        """The state that rows would be written to; its static sources are read. Raises StoreError if there is none."""
        names = [one.source.encode() for one in self.view.static]
        info, found = store.fetch(self.view.version, "statics", names)
        if info.codec != CODEC_VERSION:
            raise StoreError(
                f"the state of '{self.view.view}' was written with codec {info.codec}, and this writes {CODEC_VERSION}",
                help="load it again: skewless run --full-refresh",
            )
        if info.generation != self._loaded:
            for one, value in zip(self.view.static, found, strict=True):
                self._statements.put(one, decode_static(value))
            self._loaded = info.generation
        return info

    def has_statics(self, store: OnlineStore, tables: Mapping[str, pa.Table]) -> bool:
        """Whether the static sources, by the names of their relations, are as they were when the state was loaded."""
        names = [one.source.encode() for one in self.view.static]
        _, found = store.fetch(self.view.version, "statics", names)
        return all(is_static(value, tables[one.relation]) for one, value in zip(self.view.static, found, strict=True))

    def check(self, source: str, rows: pa.Table) -> None:
        """Raises EngineError when stored rows cannot be made of the rows. The view must have been prepared."""
        self._made({one.relation: rows.select(_names(one)) for one in self._of(source)})

    def write(self, store: OnlineStore, source: str, rows: pa.Table) -> int:
        """Writes rows of one of the view's sources, whatever of them is there already; how many entities they concern.

        Raises EngineError when stored rows cannot be made of the rows, and StoreError when the store fails or the view
        is being loaded: some may be written then, and to write all of them again makes it right.
        """
        own = {one.relation: rows.select(_names(one)) for one in self._of(source)}
        while True:
            self._check_loading(store)
            info = self.prepare(store)
            if not rows.num_rows:
                return 0
            if self._versions.keys() & own.keys():  # versions that nothing can be made of are not to be held
                self._made(own)
            seen = {
                name: versions.write(store, info, own[name]) for name, versions in self._versions.items() if name in own
            }
            groups = self._grouped(own | {name: one.rows for name, one in seen.items()})
            self._entities.write(store, groups, info.generation)
            self._check_loading(store)  # or it may be loaded from what its sources held before
            now, _ = store.fetch(self.view.version, "statics", ())  # asked last: a load may have ended just before
            if now.generation == info.generation and all(one.is_current(store) for one in seen.values()):
                for name, one in seen.items():
                    self._versions[name].thin(store, one)
                return len(groups.keys)
            # Whoever was faster may have dropped versions of which stale rows were written just now.
            own |= {name: one.rows for name, one in seen.items()}

    def _check_loading(self, store: OnlineStore) -> None:
        if store.is_loading(self.view.version):
            raise loading(self.view.view)

    def sweep(self, store: OnlineStore) -> None:
        """Drops what no moment from the state's own on can see."""
        for versions in self._versions.values():
            versions.sweep(store, self.view.version)
        for keys in store.keys(self.view.version, "entities"):
            self._entities.sweep(store, keys)

    def load(self, tables: Mapping[str, pa.Table], cutoff: int) -> Loadable:
        """The whole state of all rows of the sources, by the names of their relations; of static ones, too."""
        current, versions = dict(tables), []
        statics = [(one.source.encode(), encode_static(tables[one.relation])) for one in self.view.static]
        for name, held in self._versions.items():
            current[name], records = held.needed(tables[name], cutoff)
            versions.append(records)
        self._loaded = ""
        groups = self._grouped(current)
        places = range(len(groups.keys))
        fresh = groups.of(places) if groups.keys else self._statements.nothing()
        merged = self._statements.merge(self._statements.nothing(), fresh, cutoff)
        entities, tiles = self._entities.load(merged, groups.keys, cutoff)
        beside: dict[Part, Records] = {
            "tiles": tiles,
            "versions": (record for records in versions for record in records),
            "statics": iter(statics),
        }
        return Loadable(merged.num_rows, entities, beside)

    def _of(self, source: str) -> list[Input]:
        return [one for one in self.view.timed if one.source == source]

    def _grouped(self, inputs: Mapping[str, pa.Table]) -> Groups:
        return by_entity(self._made(inputs), self._keys, len(self.view.keys))

    def _made(self, inputs: Mapping[str, pa.Table]) -> pa.Table:
        """Stored rows of the rows of some inputs, and of none of the others."""
        for one in self.view.timed:
            if one.relation in inputs:
                self._statements.put(one, inputs[one.relation])
            else:
                self._statements.clear(one)
        for one in self.view.static:
            if one.relation in inputs:
                self._statements.put(one, inputs[one.relation])
        return self._statements.rows()


def _names(one: Input) -> list[str]:
    return [column.name for column in one.columns]


def _types(columns: Sequence[Column]) -> list[DataType]:
    return [DataType.parse(one.type) for one in columns]
