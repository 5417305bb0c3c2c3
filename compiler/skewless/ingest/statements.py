"""The prepared statements of one view, over slots: rows of sources in, stored rows out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from skewless.contract.arrow import arrow_type
from skewless.contract.artifact import Column
from skewless.contract.source_plan import Input, WrittenView
from skewless.embedded.database import connection
from skewless.embedded.slots import Slot, repeated
from skewless.ground.dtypes import DataType
from skewless.ground.errors import EngineError
from skewless.stores.heads import TILE_COLUMNS, TILE_TYPES

if TYPE_CHECKING:
    import pyarrow as pa

_ROW, _ID, _IS_READ = "_row", "_id", "_is_read"
_HELD, _FRESH, _CUTOFF, _TILED = "held", "fresh", "cutoff", "tiled"
_TILE_COLUMNS = [
    Column(name=name, type=str(dtype)) for name, dtype in zip(TILE_COLUMNS[1:], TILE_TYPES[1:], strict=True)
]


class Statements:
    """One connection and its statements. Belongs to one thread."""

    def __init__(self, view: WrittenView) -> None:
        import pyarrow as pa

        self._view = view
        self._connection = connection()
        self._prepared: dict[str, Any] = {}
        self._inputs = {one.relation: self._slot(one.relation, _fields(one.columns)) for one in _inputs(view)}
        stored = [pa.field(_ROW, pa.int64()), *_fields([*view.read, *view.kept])]
        self._held, self._fresh = self._slot(_HELD, stored), self._slot(_FRESH, stored)
        self._tiled = self._slot(_TILED, stored)
        self._tiles_schema = pa.schema([pa.field(_ROW, pa.int64()), *_fields([*_TILE_COLUMNS, *view.parts])])
        self._cutoff = self._slot(_CUTOFF, [pa.field("_at", pa.timestamp("us"))])
        self._rows_schema = pa.schema(_fields([*view.keys, *view.read, *view.kept]))
        self._merged_schema = pa.schema([*stored, pa.field(_IS_READ, pa.bool_())])

    def put(self, one: Input, rows: pa.Table) -> None:
        """The rows of an input that the next statements read."""
        self._inputs[one.relation].put_table(rows)

    def clear(self, one: Input) -> None:
        """No rows of an input."""
        self._inputs[one.relation].clear()

    def versions(self, one: Input, rows: pa.Table) -> pa.Table:
        """Every version of the events of these rows, once, after the event's identity and ordered by it."""
        self.put(one, rows)
        return self._run(f"versions_{one.relation}", str(one.versions_sql), _versions_schema(one))

    def needed(self, one: Input, rows: pa.Table, cutoff: int) -> pa.Table:
        """Those that can make a difference from a moment on."""
        self.put(one, rows)
        self._cutoff.put([repeated(cutoff, 1)])
        return self._run(f"needed_{one.relation}", str(one.needed_sql), _versions_schema(one))

    def rows(self) -> pa.Table:
        """The stored rows that the rows of all inputs make: keys, what is read, what is kept; ordered by the keys."""
        return self._run("rows", self._view.rows_sql, self._rows_schema)

    def merge(self, held: Sequence[pa.Array], fresh: Sequence[pa.Array], cutoff: int) -> pa.Table:
        """What is held from now on; each column after the number of the entity."""
        self._held.put(list(held))
        self._fresh.put(list(fresh))
        self._cutoff.put([repeated(cutoff, 1)])
        return self._run("merge", self._view.merge_sql, self._merged_schema)

    def tiles(self, rows: Sequence[pa.Array]) -> pa.Table:
        """What is kept of tiles of stored rows, each after the number of its tile; ordered by it."""
        self._tiled.put(list(rows))
        return self._run("tiles", str(self._view.tiles_sql), self._tiles_schema)

    def nothing(self) -> list[pa.Array]:
        """No stored rows."""
        import pyarrow as pa

        return [pa.array([], field.type) for field in self._held.schema]

    def _slot(self, name: str, fields: Iterable[pa.Field]) -> Slot:
        import pyarrow as pa

        slot = Slot(pa.schema(list(fields)))
        self._connection.register(name, slot)
        return slot

    def _run(self, name: str, sql: str, schema: pa.Schema) -> pa.Table:
        import duckdb

        try:
            if name not in self._prepared:
                self._connection.execute(f'PREPARE "{name}" AS {sql}')
                self._prepared[name] = self._connection.extract_statements(f'EXECUTE "{name}"')[0]
            found = self._connection.sql(self._prepared[name]).to_arrow_table()
        except duckdb.Error as error:
            words = str(error).split("\n")[0]
            raise EngineError(f"the rows cannot be prepared for '{self._view.view}': {words}") from error
        return found.rename_columns(schema.names).cast(schema)


def _versions_schema(one: Input) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([pa.field(_ID, pa.string()), *_fields(one.columns)])


def _inputs(view: WrittenView) -> tuple[Input, ...]:
    return (*view.timed, *view.static)


def _fields(columns: Sequence[Column]) -> list[pa.Field]:
    import pyarrow as pa

    return [pa.field(one.name, arrow_type(DataType.parse(one.type))) for one in columns]
