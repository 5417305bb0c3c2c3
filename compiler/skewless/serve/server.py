"""FeatureServer: a bundle and a store into vectors."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any

from skewless.contract.artifact import CODEC_VERSION, Bundle, StoredInstance, load_bundle
from skewless.ground.diagnostics import did_you_mean
from skewless.ground.dtypes import DataType
from skewless.ground.errors import DataError, StoreError, UsageError
from skewless.serve.lookup import Found, Lookup
from skewless.serve.statement import Computation, Computed
from skewless.serve.vector import Status, Vector
from skewless.stores.keys import coerced, encode_key, utc
from skewless.stores.open import open_store
from skewless.stores.store import OnlineStore, Snapshot

_EPOCH = dt.datetime(1970, 1, 1)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


class FeatureServer:
    """Answers for one service. Safe to share between threads: each has its own DuckDB connection.

    `clock` gives the present as naive UTC; it is what a request without `as_of` is answered for.
    """

    def __init__(self, bundle: Bundle, store: OnlineStore, *, clock: Callable[[], dt.datetime] = _now) -> None:
        _check_versions(bundle)
        self.bundle = bundle
        self.store = store
        self._clock = clock
        self._local = threading.local()
        self._fields = {column.name: DataType.parse(column.type) for column in (*bundle.keys, *bundle.fields)}
        self._types = {key.name: key.type for key in bundle.keys} | {one.name: one.type for one in bundle.outputs}
        self._lookups = {one.name: Lookup(one) for one in bundle.instances if one.layout != "events"}
        self._explaining = {output.explained_by for output in bundle.outputs}
        self._key_types = {one.name: tuple(DataType.parse(key.type) for key in one.keys) for one in bundle.instances}

    @classmethod
    def load(cls, path: str | Path, store: str | OnlineStore | None = None, **options: Any) -> FeatureServer:
        """The server of a bundle file. `store` is an address (`sqlite:///target/online.db`) or an open store; without
        it the bundle's own address is used.

        Raises UsageError for a bundle that this process cannot serve, StoreError when the store lacks its state.
        """
        bundle = load_bundle(Path(path))
        address = bundle.store if store is None else store
        server = cls(bundle, open_store(address) if isinstance(address, str) else address, **options)
        server.check()
        return server

    def check(self) -> None:
        """Raises StoreError unless the store holds every version that the bundle reads."""
        snapshot = self.store.read({one.version: () for one in self.bundle.instances})
        self._as_of_floor(snapshot)

    def get(self, rows: Iterable[Mapping[str, Any]], *, as_of: dt.datetime | str | None = None) -> Vector:
        """The service's features for each entity row: keys and request fields by name.

        Without `as_of` the moment is the present, and never before the state: the clock of `run` may be ahead of this
        one. An explicit `as_of` before the state cannot be answered and raises StoreError. Raises DataError for a row
        that lacks a field, has one too many, or one of another type.
        """
        if type(rows) is not list:
            rows = self._listed(rows)
        return self._answer(self._columns(rows), len(rows), as_of)

    def get_columns(self, columns: Mapping[str, Sequence[Any]], *, as_of: dt.datetime | str | None = None) -> Vector:
        """The same for columns of equal length, one for each key and request field, as Feast's protocol sends them.

        Raises DataError for a column that is missing, unknown, of another length, or holds a value of another type.
        """
        lengths = {len(column) for column in columns.values()}
        if len(lengths) > 1:
            longest = max(columns, key=lambda name: len(columns[name]))
            short = min(columns, key=lambda name: len(columns[name]))
            raise DataError(
                f"'{short}' has {len(columns[short])} values, and '{longest}' has {len(columns[longest])}",
                help="give each field one value a row",
            )
        rows = lengths.pop() if lengths else 0
        if columns.keys() != self._fields.keys():
            raise self._wrong_fields(None, columns)
        coerced_columns = {
            name: [coerced(value, dtype, name) for value in columns[name]] for name, dtype in self._fields.items()
        }
        return self._answer(coerced_columns, rows, as_of)

    def _answer(self, columns: dict[str, list[Any]], rows: int, as_of: dt.datetime | str | None) -> Vector:
        keys = {one.name: self._keys(one, columns, rows) for one in self.bundle.instances}
        snapshot = self.store.read(self._wanted(keys))
        moment = self._moment(as_of, self._as_of_floor(snapshot))
        found = {
            name: lookup.find(keys[name], snapshot.values[lookup.instance.version], moment)
            for name, lookup in self._lookups.items()
        }
        computed = self._compute(columns, keys, snapshot, found, moment, rows)
        return self._vector(columns, found, computed, moment, rows)

    def reading(self, store: OnlineStore) -> FeatureServer:
        """The same service over another store; prepared statements are shared."""
        server = copy(self)
        server.store = store
        return server

    def close(self) -> None:
        """Ends the store's connections."""
        self.store.close()

    def _listed(self, rows: Any) -> list[Any]:
        """Other sequences and generators too. A mapping is one row, and a frame yields the names of its columns."""
        if isinstance(rows, Sequence | Iterator) and not isinstance(rows, str | bytes):
            return list(rows)
        raise DataError(
            f"the entity rows are {type(rows).__name__}, and a list of mappings is expected",
            help=f"give a list of mappings: [{{{', '.join(f'{name!r}: ...' for name in self._fields)}}}]",
        )

    def _columns(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
        for place, row in enumerate(rows):
            if not isinstance(row, Mapping):
                raise DataError(f"row {place + 1} is {type(row).__name__}, and a mapping of field to value is expected")
            if row.keys() != self._fields.keys():
                raise self._wrong_fields(place, row)
        return {name: [coerced(row[name], dtype, name) for row in rows] for name, dtype in self._fields.items()}

    def _wrong_fields(self, place: int | None, row: Mapping[str, Any]) -> DataError:
        who = "the request" if place is None else f"row {place + 1}"
        missing = [name for name in self._fields if name not in row]
        extra = [str(name) for name in row if name not in self._fields]
        expected = f"'{self.bundle.service}' takes: {', '.join(self._fields)}"
        if extra and (not missing or did_you_mean(extra[0], missing)):
            hint = did_you_mean(extra[0], missing or self._fields) or expected
            return DataError(f"{who} has a field '{extra[0]}' that the service does not take", help=hint)
        return DataError(f"{who} lacks the field '{missing[0]}'", help=expected)

    def _keys(self, instance: StoredInstance, columns: Mapping[str, list[Any]], rows: int) -> list[bytes | None]:
        types = self._key_types[instance.name]
        fields = [columns[key.field] for key in instance.keys]
        return [encode_key([field[row] for field in fields], types) for row in range(rows)]

    def _wanted(self, keys: Mapping[str, list[bytes | None]]) -> dict[str, list[bytes]]:
        """Each version's keys once, whatever number of instances and rows ask for them."""
        wanted: dict[str, dict[bytes, None]] = {}
        for one in self.bundle.instances:
            own = wanted.setdefault(one.version, {})
            own.update(dict.fromkeys(key for key in keys[one.name] if key is not None))
            if one.name in self._lookups:
                own.update(dict.fromkeys(self._lookups[one.name].keys_beside()))
        return {version: list(own) for version, own in wanted.items()}

    def _as_of_floor(self, snapshot: Snapshot) -> dt.datetime:
        floor = dt.datetime.min
        for one in self.bundle.instances:
            state = snapshot.states.get(one.version)
            if state is None:
                raise StoreError(
                    f"the online store holds no state of '{one.view}' in the version that this bundle reads "
                    f"({one.version})",
                    help="load it: skewless run",
                )
            if state.codec != CODEC_VERSION:
                raise StoreError(
                    f"the state of '{one.view}' was written with codec {state.codec}, and this reads {CODEC_VERSION}",
                    help="load it again: skewless run --full-refresh",
                )
            floor = max(floor, _EPOCH + dt.timedelta(microseconds=state.as_of))
        return floor

    def _moment(self, as_of: dt.datetime | str | None, floor: dt.datetime) -> dt.datetime:
        if as_of is None:
            return max(self._clock(), floor)
        try:
            moment = utc(as_of)
        except (TypeError, ValueError, OverflowError) as error:
            raise DataError(
                f"as_of must be a moment, not {as_of!r}", help="write it as 2026-06-12T10:00:00Z"
            ) from error
        if moment < floor:
            raise StoreError(
                f"the online state holds what was known before {floor.isoformat(sep=' ')}, which is after as_of "
                f"{moment.isoformat(sep=' ')}",
                help=f"load an earlier state: skewless run --as-of '{moment.isoformat(sep=' ')}'",
            )
        return moment

    def _compute(
        self,
        columns: Mapping[str, list[Any]],
        keys: Mapping[str, list[bytes | None]],
        snapshot: Snapshot,
        found: Mapping[str, list[Found]],
        moment: dt.datetime,
        rows: int,
    ) -> Computed | None:
        if self.bundle.statement is None or rows == 0:
            return None
        computation: Computation | None = getattr(self._local, "computation", None)
        if computation is None:
            computation = self._local.computation = Computation(self.bundle, self._lookups)
        return computation.run(columns, keys, snapshot, found, moment, rows)

    def _vector(
        self,
        columns: Mapping[str, list[Any]],
        found: Mapping[str, list[Found]],
        computed: Computed | None,
        moment: dt.datetime,
        rows: int,
    ) -> Vector:
        values: dict[str, list[Any]] = {}
        statuses: dict[str, list[Status]] = {}
        times: dict[str, list[dt.datetime | None]] = {}
        explanations = {name: self._explained(name, found, computed, rows) for name in self._explaining}
        for output in self.bundle.outputs:
            if output.stored is not None and output.explained_by is not None:
                place = self._lookups[output.explained_by].places[output.stored]
                values[output.name] = [
                    None if one.row is None else one.row[place] for one in found[output.explained_by]
                ]
            else:
                values[output.name] = [] if computed is None else computed.values[str(output.computed)]
            explained = explanations[output.explained_by]
            statuses[output.name] = [
                "NULL_VALUE" if value is None and status == "PRESENT" else status
                for value, (status, _) in zip(values[output.name], explained, strict=True)
            ]
            times[output.name] = [time for _, time in explained]
        return Vector(
            as_of=moment,
            keys={key.name: columns[key.name] for key in self.bundle.keys},
            values=values,
            types=self._types,
            statuses=statuses,
            event_timestamps=times,
        )

    def _explained(
        self, instance: str | None, found: Mapping[str, list[Found]], computed: Computed | None, rows: int
    ) -> list[tuple[Status, dt.datetime | None]]:
        if instance is None:
            return [("PRESENT", None)] * rows
        if instance in found:
            return [(one.status, one.event_time) for one in found[instance]]
        if computed is None:
            return []
        return computed.explained(instance)


def _check_versions(bundle: Bundle) -> None:
    """SQL means what it meant when it was compiled only on the same release of DuckDB."""
    import duckdb

    compiled = str(bundle.versions.get("duckdb", ""))
    if compiled != duckdb.__version__:
        raise UsageError(
            f"the bundle of '{bundle.service}' was compiled for DuckDB {compiled}, and this process has "
            f"{duckdb.__version__}",
            help="compile and serve with one version: skewless compile",
        )
    if bundle.codec != CODEC_VERSION:
        raise UsageError(
            f"the bundle of '{bundle.service}' reads codec {bundle.codec}, and this process codec {CODEC_VERSION}",
            help="compile and serve with one version: skewless compile",
        )
