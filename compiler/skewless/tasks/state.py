"""State SQL's rows into what a store holds: each entity's rows as bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from skewless.codegen.state import StateShape
from skewless.contract.arrow import arrow_type
from skewless.contract.ir import Field
from skewless.stores.columns import ColumnCodec
from skewless.stores.keys import NOBODY, KeyEncoder
from skewless.stores.rows import STAMPS, RowCodec

if TYPE_CHECKING:
    import pyarrow as pa

_ENTITIES = 5_000


def records(
    table: pa.Table, keys: Sequence[Field], shape: StateShape, *, points: bool = False
) -> Iterator[tuple[int, bytes, bytes]]:
    """(point, key, value) for each entity of a table that state SQL yielded, ordered by point and keys.

    The point is 0 unless the state is of several. Values of the NULL key go under NOBODY.
    """
    leading = (1 if points else 0) + len(keys)
    identity = [_contiguous(table.column(place)) for place in range(leading)]
    starts = _run_starts(identity, table.num_rows)
    owners = [column.take(starts).to_pylist() for column in identity]
    numbers = owners.pop(0) if points else [0] * len(starts)
    entities = KeyEncoder([key.dtype for key in keys]).encode(owners)
    columns = [_column(table, place + leading, known) for place, known in enumerate(shape.columns)]
    begins = starts.to_pylist()
    runs = list(pairwise([*begins, table.num_rows]))
    encode = _encoded_columns if shape.layout == "events" else _encoded_rows
    for number, key, value in zip(numbers, entities, encode(columns, shape, runs), strict=True):
        yield number, NOBODY if key is None else key, value


def _encoded_columns(
    columns: Sequence[pa.Array], shape: StateShape, runs: Sequence[tuple[int, int]]
) -> Iterator[bytes]:
    codec = ColumnCodec(tuple(known.dtype for known in shape.columns))
    for start, end in runs:
        yield codec.encode(columns, start, end - start)


def _encoded_rows(columns: Sequence[pa.Array], shape: StateShape, runs: Sequence[tuple[int, int]]) -> Iterator[bytes]:
    """Some thousand entities at a time: as Python values their rows take much more memory."""
    import pyarrow as pa

    codec = RowCodec(tuple(known.dtype for known in shape.columns))
    stamped = [*(column.cast(pa.int64()) for column in columns[:STAMPS]), *columns[STAMPS:]]
    for first in range(0, len(runs), _ENTITIES):
        some = runs[first : first + _ENTITIES]
        start, end = some[0][0], some[-1][1]
        rows = list(zip(*(column.slice(start, end - start).to_pylist() for column in stamped), strict=True))
        for own, after in some:
            yield codec.encode(rows[own - start : after - start])


def _run_starts(columns: Sequence[pa.Array], rows: int) -> pa.Array:
    """Where each run of equal rows begins; NULL equals NULL here, and NaN equals NaN."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if rows == 0:
        return pa.array([], pa.int64())
    begins = pa.nulls(rows - 1, pa.bool_()).fill_null(False)
    for column in columns:
        before, after = column.slice(0, rows - 1), column.slice(1)
        differs = pc.fill_null(pc.not_equal(before, after), pc.not_equal(pc.is_null(before), pc.is_null(after)))
        if pa.types.is_floating(column.type):
            both_nan = pc.fill_null(pc.and_(pc.is_nan(before), pc.is_nan(after)), False)
            differs = pc.and_not(differs, both_nan)
        begins = pc.or_(begins, differs)
    later = pc.add(pc.indices_nonzero(begins).cast(pa.int64()), 1)
    return pa.concat_arrays([pa.array([0], pa.int64()), later])


def _contiguous(column: pa.ChunkedArray) -> pa.Array:
    import pyarrow as pa

    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _column(table: pa.Table, place: int, known: Field) -> pa.Array:
    wanted = arrow_type(known.dtype)
    array = _contiguous(table.column(place))
    return array if array.type == wanted else array.cast(wanted)
