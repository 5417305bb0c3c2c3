"""The prepared statement of one thread: request and stored rows into its slots, computed columns out."""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from skewless.contract.arrow import arrow_type
from skewless.contract.artifact import Bundle, SlotColumn, Statement, StoredInstance, key_slot
from skewless.embedded.database import connection
from skewless.embedded.slots import Slot, SlotArray, repeated
from skewless.ground.dtypes import DataType
from skewless.ground.errors import EngineError
from skewless.ground.moments import microseconds
from skewless.serve.lookup import Held, Lookup
from skewless.serve.request import Columns
from skewless.serve.sieve import Errors, Sieve, own_words, value_errors
from skewless.serve.tiles import TiledRows
from skewless.serve.vector import Explained
from skewless.stores.columns import ColumnCodec
from skewless.stores.heads import TILE_COLUMNS

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_ROW, _AT, _EVENT_TIME, _SEEN, _REQUEST = "_row", "_at", "_event_time", "_seen", "request"
_TILE, _TILE_NEWEST, _TILE_ROWS = "_tile", "_tile_newest", "_tile_rows"


@dataclass(frozen=True, slots=True)
class Computed:
    """The statement's columns by name, in the order of the request's rows. A feature may be called as a status is.

    `errors` has the values that cannot be computed, which are None.
    """

    statuses: Mapping[str, Sequence[Any]]
    values: Mapping[str, Sequence[Any]]
    errors: Errors

    def explained(self, instance: str) -> Explained:
        """Whether an instance had rows within its reach, and the newest one's event time."""
        times, seen = self.statuses[f"{instance}__{_EVENT_TIME}"], self.statuses[f"{instance}__{_SEEN}"]
        return Explained(
            None if all(seen) else ["PRESENT" if count else "NOT_FOUND" for count in seen],
            [None if time is None else microseconds(time) for time in times],
        )


class Computation:
    """One connection, its slots and its prepared statement. Belongs to one thread of one process."""

    def __init__(self, bundle: Bundle, lookups: Mapping[str, Lookup], *, tiled: bool = False) -> None:
        import pyarrow as pa

        if bundle.statement is None:
            raise AssertionError("a service of stored columns needs no statement")
        self._bundle = bundle
        self._statement = _with_tiles(bundle, bundle.statement) if tiled else bundle.statement
        self._lookups = lookups
        self._connection = connection()
        self.process = os.getpid()
        stamps = [pa.field(_ROW, pa.int64()), pa.field(_AT, pa.timestamp("us"))]
        self._arrays = [SlotArray(DataType.parse(one.type)) for one in self._statement.request]
        asked = [
            pa.field(one.name, array.type) for one, array in zip(self._statement.request, self._arrays, strict=True)
        ]
        self._request = Slot(pa.schema([*stamps, *asked]))
        self._numbers = pa.array([0], pa.int64())
        self._connection.register(_REQUEST, self._request)
        instances = {one.name: one for one in bundle.instances}
        self._events = [
            (TiledSlot if tiled and _stands_in(instances[name]) else EventSlot)(instances[name], slot, self._connection)
            for name, slot in self._statement.events.items()
        ]
        self._execute: duckdb.Statement | None = None
        slots = [*([self._request] if self._statement.reads_request else []), *(one.slot for one in self._events)]
        self._statuses = 2 * len(self._events)
        self._sieve = Sieve(self._statement, self._statuses, self._connection, slots)

    def run(
        self,
        columns: Columns,
        events: Mapping[str, Sequence[bytes | None] | TiledRows],
        held: Mapping[str, Held],
        at: int,
        rows: int,
    ) -> Computed:
        """The statement over a request of at least one row, at a moment in microseconds since 1970.

        `events` are the stored rows of instances that are computed, `held` those of looked-up ones. Values that cannot
        be computed are among its errors. Raises EngineError when it is not a value that fails.
        """
        import duckdb

        if self._statement.reads_request:
            self._fill(columns, held, at, rows)
        for slot in self._events:
            slot.fill(events[slot.instance.name], columns, at, rows)
        try:
            result = self._connection.execute(self._prepared()).fetchall()
        except value_errors():
            return self._sifted(rows)
        except duckdb.Error as error:
            raise self._failed(error) from error
        result.sort(key=_row_number)
        _, *turned = map(list, zip(*result, strict=True))
        return self._computed(turned, {})

    def _computed(self, columns: Sequence[Sequence[Any]], errors: Errors) -> Computed:
        """Columns of the statement, of which statuses come first."""
        found = [(one.name, column) for one, column in zip(self._statement.columns, columns, strict=True)]
        return Computed(dict(found[: self._statuses]), dict(found[self._statuses :]), errors)

    def _sifted(self, rows: int) -> Computed:
        """What can be computed of the request in the slots, after the statement has failed."""
        import duckdb

        try:
            sifted = self._sieve.sift(rows)
        except duckdb.Error as error:
            raise self._failed(error) from error
        return self._computed(sifted.columns, sifted.errors)

    def _failed(self, error: Exception) -> EngineError:
        return EngineError(f"'{self._bundle.service}': {own_words(error)}")

    def _fill(self, columns: Columns, held: Mapping[str, Held], at: int, rows: int) -> None:
        """Puts the request into its slot."""
        asked = [
            array.of(self._asked(one, columns, held))
            for one, array in zip(self._statement.request, self._arrays, strict=True)
        ]
        self._request.put([self._row_numbers(rows), repeated(at, rows), *asked])

    def _row_numbers(self, rows: int) -> pa.Array:
        """0, 1, 2 ...; most requests have as many rows as the one before."""
        import pyarrow as pa

        if len(self._numbers) != rows:
            self._numbers = pa.array(range(rows), pa.int64())
        return self._numbers

    def _prepared(self) -> duckdb.Statement:
        """The statement that executes the prepared one, parsed once as well."""
        if self._execute is None:
            self._connection.execute(f"PREPARE vector AS {self._statement.sql}")
            # What is prepared has been optimized. EXECUTE has nothing to optimize, and would be looked at each time.
            self._connection.execute("PRAGMA disable_optimizer")
            self._execute = self._connection.extract_statements("EXECUTE vector")[0]
        return self._execute

    def _asked(self, one: SlotColumn, columns: Columns, held: Mapping[str, Held]) -> Sequence[Any]:
        if one.instance is None:
            return columns[one.column]
        return held[one.instance].columns[self._lookups[one.instance].places[one.column]]


class EventSlot:
    """The slot of one instance's stored rows; each row brings the number and the moment of its request."""

    def __init__(self, instance: StoredInstance, name: str, connection: Any) -> None:
        import pyarrow as pa

        self.instance = instance
        types = tuple(DataType.parse(column.type) for column in instance.columns)
        self._codec = ColumnCodec(types, is_prefix=instance.is_written)
        self._key_types = {key.name: arrow_type(DataType.parse(key.type)) for key in instance.keys}
        self._key_fields = {key.name: key.field for key in instance.keys}
        self.slot = Slot(
            pa.schema(
                [pa.field(_ROW, pa.int64()), pa.field(_AT, pa.timestamp("us"))]
                + [pa.field(key_slot(name), self._key_types[name]) for name in instance.key_columns]
                + [
                    pa.field(column.name, arrow_type(dtype))
                    for column, dtype in zip(instance.columns, types, strict=True)
                ]
                + self._more()
            )
        )
        connection.register(name, self.slot)

    def _more(self) -> list[pa.Field]:
        """Columns after those that are stored."""
        return []

    def fill(self, stored: Any, columns: Columns, at: int, requests: int) -> None:
        """Puts every request's rows into the slot, and a row of NULLs for each: without rows it is an empty set.

        `stored` has a value for each request, or is TiledRows without tiles.
        """
        each = stored.events if isinstance(stored, TiledRows) else enumerate(stored)
        present = [(row, value) for row, value in each if value is not None]
        owners, values = [row for row, _ in present], [value for _, value in present]
        self.slot.put(self._rows(owners, values, columns, at, requests))

    def _rows(self, owners: list[int], values: list[bytes], columns: Columns, at: int, requests: int) -> list[pa.Array]:
        """The rows of values, each of which is of a request, and those of NULLs."""
        import pyarrow as pa

        counts, arrays = self._codec.join(values, requests)
        total = sum(counts) + requests
        numbers = [struct.pack("<q", row) * count for row, count in zip(owners, counts, strict=True)]
        numbers.append(struct.pack(f"<{requests}q", *range(requests)))
        row_numbers = pa.Array.from_buffers(pa.int64(), total, [None, pa.py_buffer(b"".join(numbers))])
        keys = [self._spread(name, columns, owners, counts) for name in self.instance.key_columns]
        return [row_numbers, repeated(at, total), *keys, *arrays]

    def _spread(self, name: str, columns: Columns, owners: list[int], counts: list[int]) -> pa.Array:
        """A key of the request beside each row."""
        import pyarrow as pa

        values = columns[self._key_fields[name]]
        spread = [values[row] for row, count in zip(owners, counts, strict=True) for _ in range(count)]
        return pa.array([*spread, *values], self._key_types[name])


class TiledSlot(EventSlot):
    """The same, where rows may stand for tiles of events."""

    def _more(self) -> list[pa.Field]:
        import pyarrow as pa

        parts = [] if self.instance.tiling is None else self.instance.tiling.parts
        kept = [(_TILE_NEWEST, pa.timestamp("us")), (_TILE_ROWS, pa.int64())]
        kept += [(one.name, arrow_type(DataType.parse(one.type))) for one in parts]
        return [pa.field(_TILE, pa.bool_()), *(pa.field(name, kind) for name, kind in kept)]

    def fill(self, stored: Any, columns: Columns, at: int, requests: int) -> None:
        """`stored` are TiledRows."""
        import pyarrow as pa

        owners, values = [row for row, _ in stored.events], [value for _, value in stored.events]
        rows = self._rows(owners, values, columns, at, requests)
        tiles, count = dict(zip(TILE_COLUMNS, stored.tiles, strict=False)), len(stored.owners)
        spread = [
            pa.array([columns[self._key_fields[name]][row] for row in stored.owners], self._key_types[name])
            for name in self.instance.key_columns
        ]
        own: list[pa.Array] = [pa.array(stored.owners, pa.int64()), repeated(at, count), *spread]
        own += [
            tiles["_tile_first"]
            if column.name == _EVENT_TIME
            else pa.nulls(count, arrow_type(DataType.parse(column.type)))
            for column in self.instance.columns
        ]
        kept = [tiles[_TILE_NEWEST], tiles[_TILE_ROWS], *stored.tiles[len(TILE_COLUMNS) :]]
        is_tile = [
            pa.array([False] * (len(rows[0]) - requests) + [None] * requests, pa.bool_()),
            pa.array([True] * count, pa.bool_()),
        ]
        both = [pa.concat_arrays([one, other]) for one, other in zip(rows, own, strict=True)]
        both.append(pa.concat_arrays(is_tile))
        both += [pa.concat_arrays([pa.nulls(len(rows[0]), one.type), one]) for one in kept]
        self.slot.put(both)


def _with_tiles(bundle: Bundle, statement: Statement) -> Statement:
    """The statement for requests of which an entity has tiles."""
    tiled = {one.name for one in bundle.instances if _stands_in(one)}
    events = {name: f"{name}__tiles" if name in tiled else slot for name, slot in statement.events.items()}
    return replace(statement, sql=statement.tiled_sql or statement.sql, events=events)


def _stands_in(instance: StoredInstance) -> bool:
    """Whether tiles of the instance's events stand for these."""
    return instance.tiling is not None and instance.tiling.by_events is None


def _row_number(row: tuple[Any, ...]) -> int:
    return int(row[0])
