"""State SQL's rows into what a store holds: each entity's rows as bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from skewless.codegen.state import StateShape
from skewless.contract.arrow import arrow_type
from skewless.contract.ir import Field
from skewless.stores.codec import RowCodec
from skewless.stores.keys import NOBODY, encode_key

if TYPE_CHECKING:
    import pyarrow as pa


def records(
    table: pa.Table, keys: Sequence[Field], shape: StateShape, *, points: bool = False
) -> Iterator[tuple[int, bytes, bytes]]:
    """(point, key, value) for each entity of a table that state SQL yielded, ordered by point and keys.

    The point is 0 unless the state is of several. Values of the NULL key go under NOBODY.
    """
    leading = (1 if points else 0) + len(keys)
    identity = [_contiguous(table.column(place)) for place in range(leading)]
    starts = _run_starts(identity, table.num_rows)
    owners = list(zip(*(column.take(starts).to_pylist() for column in identity), strict=True))
    codec = RowCodec(tuple(known.dtype for known in shape.columns))
    columns = [_column(table, place + leading, known) for place, known in enumerate(shape.columns)]
    types = tuple(key.dtype for key in keys)
    begins = starts.to_pylist()
    ends = [*begins[1:], table.num_rows] if begins else []
    for own, start, end in zip(owners, begins, ends, strict=True):
        point, parts = (own[0], own[1:]) if points else (0, own)
        key = encode_key(parts, types)
        yield point, NOBODY if key is None else key, codec.encode(columns, start, end - start)


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
