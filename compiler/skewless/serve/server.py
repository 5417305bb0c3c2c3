"""FeatureServer: a bundle and a store into vectors."""

from __future__ import annotations

import datetime as dt
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skewless.contract.artifact import CODEC_VERSION, Bundle, OutputColumn, load_bundle
from skewless.embedded.release import check_release
from skewless.ground.dtypes import DataType
from skewless.ground.errors import DataError, EngineError, StoreError
from skewless.ground.moments import microseconds, moment_of, utc
from skewless.ingest.written import Written
from skewless.serve.log import ServingLog
from skewless.serve.lookup import Held, Lookup
from skewless.serve.reads import Read
from skewless.serve.request import Columns, RequestReader
from skewless.serve.sieve import Errors, told
from skewless.serve.sources import SourceFolder, Sources, SourceWriters
from skewless.serve.statement import Computation, Computed
from skewless.serve.tiles import TiledRows, TileReader, any_tiles
from skewless.serve.vector import Explained, Vector
from skewless.stores.open import store_of
from skewless.stores.store import OnlineStore, Snapshot

_ATTEMPTS = 4
_EARLIEST = microseconds(dt.datetime.min)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a store holds for a request, at the moment that it is answered for."""

    moment: dt.datetime
    stored: Mapping[str, Sequence[bytes | None]]
    tiled: Mapping[str, TiledRows]
    """If one of the entities has tiles: the rows of all instances that may have some."""


class FeatureServer:
    """Answers for one service. Safe to share between threads: each has its own DuckDB.

    `clock` gives the present as naive UTC; it is what a request without `as_of` is answered for. `log` is told of each
    answer. `sources` is the folder of the plans by which `push` writes rows.
    """

    def __init__(
        self,
        bundle: Bundle,
        store: OnlineStore,
        *,
        clock: Callable[[], dt.datetime] = _now,
        log: ServingLog | None = None,
        sources: Sources | str | Path | None = None,
    ) -> None:
        check_release(f"the bundle of '{bundle.service}'", bundle.versions, bundle.codec)
        self.bundle = bundle
        self.store = store
        self._clock = clock
        self._local = threading.local()
        fields = {column.name: DataType.parse(column.type) for column in (*bundle.keys, *bundle.fields)}
        self._reader = RequestReader(bundle.service, fields)
        self._types = {key.name: key.type for key in bundle.keys} | {one.name: one.type for one in bundle.outputs}
        self._lookups = {one.name: Lookup(one) for one in bundle.instances if one.layout != "events"}
        self._computed = [
            one.name for one in bundle.instances if bundle.statement is not None and one.name in bundle.statement.events
        ]
        self._tiles = {
            one.name: TileReader(one.view, one.tiling)
            for one in bundle.instances
            if one.tiling and one.name in self._computed
        }
        self._log = None if log is None else log.of(bundle)
        self._reads = [Read.of(one, self._lookups.get(one.name)) for one in bundle.instances]
        self._writers = SourceWriters(sources, store, clock=clock)

    @classmethod
    def load(cls, path: str | Path, store: str | OnlineStore | None = None, **options: Any) -> FeatureServer:
        """The server of a bundle file. `store` is an address (`sqlite:///target/online.db`) or an open store; without
        it the bundle's own address is used, and what it says of the store's options holds for another address, too.
        `push` finds the plans of sources in the folder beside the bundles.

        Raises UsageError for a bundle that this process cannot serve, StoreError when the store lacks its state.
        """
        bundle = load_bundle(Path(path))
        opened = store_of(bundle, store) if store is None or isinstance(store, str) else store
        server = cls(bundle, opened, **{"sources": SourceFolder.beside(Path(path)), **options})
        server.check()
        return server

    def check(self) -> None:
        """Raises StoreError unless the store holds every version that the bundle reads."""
        snapshot = self.store.read([(one.version, ()) for one in self.bundle.instances])
        self._floor(snapshot)

    def get(
        self,
        rows: Iterable[Mapping[str, Any]],
        *,
        as_of: dt.datetime | str | None = None,
        request_id: str | None = None,
        partial: bool = False,
    ) -> Vector:
        """The service's features for each entity row: keys and request fields by name.

        Without `as_of` the moment is the present, and never before the state: the clock of `run` may be ahead of this
        one. An explicit `as_of` before the state cannot be answered and raises StoreError. Raises DataError for a row
        that lacks a field, has one too many, or one of another type. The log knows the answer by `request_id`.

        Raises EngineError when a value cannot be computed, as when it overflows. A `partial` answer has what can be;
        the other values are None, have the status INVALID, and are in `vector.errors`.
        """
        return self._answer(*self._reader.rows(rows), as_of, request_id, partial)

    def get_columns(
        self,
        columns: Mapping[str, Sequence[Any]],
        *,
        as_of: dt.datetime | str | None = None,
        request_id: str | None = None,
        partial: bool = False,
    ) -> Vector:
        """The same for columns of equal length, one for each key and request field, as Feast's protocol sends them.

        Raises DataError for a column that is missing, unknown, of another length, or holds a value of another type.
        """
        return self._answer(*self._reader.columns(columns), as_of, request_id, partial)

    def push(self, source: str, rows: Any) -> Written:
        """Writes rows of a source into the state of every view that follows it; the next request sees them.

        `source` is `name.table`, or the table alone where that is clear. `rows` are a list of mappings, a mapping of
        column to values, an Arrow table, or a frame of pandas or polars. A row that is known by its primary key already
        changes nothing, so after an error the same rows may be pushed again. Rows that cannot be written are in
        `rejected`, each with its reason, and the others are written.

        Raises UsageError for a source that is unknown or that no view follows, DataError for what are no rows at all,
        StoreError when the store fails or holds none of the views.
        """
        return self._writers.of(source).push(rows, self._clock())

    def reading(self, store: OnlineStore) -> FeatureServer:
        """The same service over another store; prepared statements are shared."""
        server = copy(self)
        server.store = store
        server._writers = self._writers.over(store)
        return server

    def close(self) -> None:
        """Ends the store's connections."""
        self.store.close()

    def _answer(
        self, columns: Columns, rows: int, as_of: dt.datetime | str | None, request_id: str | None, partial: bool
    ) -> Vector:
        found = self._found([read.keys(columns) for read in self._reads], as_of)
        at = microseconds(found.moment)
        held = {name: lookup.find(found.stored[name], at) for name, lookup in self._lookups.items()}
        computed = self._compute(columns, found, held, at, rows)
        vector = Vector(
            as_of=found.moment,
            keys={key.name: columns[key.name] for key in self.bundle.keys},
            fields={field.name: columns[field.name] for field in self.bundle.fields},
            values={one.name: self._values(one, held, computed) for one in self.bundle.outputs},
            types=self._types,
            explained=self._explained(held, computed, rows),
            errors=self._errors(computed),
        )
        if vector.errors and not partial:
            raise EngineError(f"'{self.bundle.service}': {told(vector.errors, vector.keys)}")
        if self._log is not None:
            self._log.record(columns, vector, request_id)
        return vector

    def _found(self, keys: Sequence[list[bytes | None]], as_of: dt.datetime | str | None) -> _Found:
        """What is stored of the entities whose keys these are, read by read, at one point in time."""
        for _ in range(_ATTEMPTS):
            snapshot = self.store.read([read.wanted(own) for read, own in zip(self._reads, keys, strict=True)])
            moment = self._moment(as_of, self._floor(snapshot))
            stored = {
                read.instance: read.values(own, found)
                for read, own, found in zip(self._reads, keys, snapshot.values, strict=True)
            }
            if not any(any_tiles(stored[name]) for name in self._tiles):
                return _Found(moment, stored, {})
            tiled = self._tiled(snapshot, keys, stored, microseconds(moment))
            if tiled is not None:
                return _Found(moment, stored, tiled)
        raise StoreError("what is asked for is replaced in the online store again and again", help="try again")

    def _tiled(
        self,
        snapshot: Snapshot,
        keys: Sequence[list[bytes | None]],
        stored: Mapping[str, Sequence[bytes | None]],
        at: int,
    ) -> dict[str, TiledRows] | None:
        """The rows of instances that may have tiles; None if these have been replaced meanwhile."""
        found = {}
        for read, own in zip(self._reads, keys, strict=True):
            reader = self._tiles.get(read.instance)
            if reader is None:
                continue
            wanted = reader.wanted(own, stored[read.instance], at)
            state, values = self.store.fetch(read.version, "tiles", wanted.keys)
            events = [value for value in values if value is not None]
            if state.generation != snapshot.states[read.version].generation or len(events) < len(wanted.keys):
                return None
            found[read.instance] = wanted.with_events(events)
        return found

    def _floor(self, snapshot: Snapshot) -> int:
        """The moment, in microseconds, before which the state cannot answer. Raises StoreError when some is missing."""
        floor = _EARLIEST
        for one in self.bundle.instances:
            state = snapshot.states.get(one.version)
            if state is None:
                raise StoreError(
                    f"the online store holds no state of '{one.view}' in the version that this bundle reads "
                    f"({one.version})",
                    help="load it: skewless run, in the project as it was when the bundle was written; or deploy the "
                    "bundle that the last run wrote",
                )
            if state.codec != CODEC_VERSION:
                raise StoreError(
                    f"the state of '{one.view}' was written with codec {state.codec}, and this reads {CODEC_VERSION}",
                    help="load it again: skewless run --full-refresh",
                )
            floor = max(floor, state.as_of)
        return floor

    def _moment(self, as_of: dt.datetime | str | None, floor: int) -> dt.datetime:
        earliest = moment_of(floor)
        if as_of is None:
            return max(self._clock(), earliest)
        try:
            moment = utc(as_of)
        except (TypeError, ValueError, OverflowError) as error:
            raise DataError(
                f"as_of must be a moment, not {as_of!r}", help="write it as 2026-06-12T10:00:00Z"
            ) from error
        if moment < earliest:
            raise StoreError(
                f"the online state holds what was known before {earliest.isoformat(sep=' ')}, which is after as_of "
                f"{moment.isoformat(sep=' ')}",
                help=f"load an earlier state: skewless run --as-of '{moment.isoformat(sep=' ')}'",
            )
        return moment

    def _compute(
        self,
        columns: Columns,
        found: _Found,
        held: Mapping[str, Held],
        at: int,
        rows: int,
    ) -> Computed | None:
        if self.bundle.statement is None or rows == 0:
            return None
        name = "tiled" if found.tiled else "computation"
        computation: Computation | None = getattr(self._local, name, None)
        if computation is None or computation.process != os.getpid():
            computation = Computation(self.bundle, self._lookups, tiled=bool(found.tiled))
            setattr(self._local, name, computation)
        return computation.run(columns, {**found.stored, **found.tiled}, held, at, rows)

    def _values(self, output: OutputColumn, held: Mapping[str, Held], computed: Computed | None) -> Sequence[Any]:
        if output.stored is not None and output.explained_by is not None:
            return held[output.explained_by].columns[self._lookups[output.explained_by].places[output.stored]]
        return [] if computed is None else computed.values[str(output.computed)]

    def _errors(self, computed: Computed | None) -> Errors:
        """What cannot be computed of the service's features."""
        if computed is None or not computed.errors:
            return {}
        named = ((one.name, str(one.computed)) for one in self.bundle.outputs)
        return {name: computed.errors[column] for name, column in named if column in computed.errors}

    def _explained(self, held: Mapping[str, Held], computed: Computed | None, rows: int) -> dict[str, Explained]:
        """What explains each output: the rows of its instance, and nothing if it is of the request."""
        explained: dict[str | None, Explained] = {name: one.explained for name, one in held.items()}
        explained[None] = Explained(None, [None] * rows)
        for name in self._computed:
            explained[name] = explained[None] if computed is None else computed.explained(name)
        return {one.name: explained[one.explained_by] for one in self.bundle.outputs}
