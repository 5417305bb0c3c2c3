"""State SQL's rows into what a store holds: each entity's rows as bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from skewless.codegen.state import StateShape
from skewless.contract.ir import Field
from skewless.stores.codec import RowCodec, arrow_type
from skewless.stores.keys import NOBODY, encode_key

if TYPE_CHECKING:
    import pyarrow as pa


def records(
    table: pa.Table, keys: Sequence[Field], shape: StateShape, *, points: bool = False
) -> Iterator[tuple[int, bytes, bytes]]:
    """(point, key, value) for each entity of a table that state SQL yielded, ordered by point and keys.

    The point is 0 unless the state is of several. Values of the NULL key go under NOBODY.
    """
    table = table.combine_chunks()
    leading = (["_row"] if points else []) + [key.name for key in keys]
    identity = list(zip(*(table.column(name).to_pylist() for name in leading), strict=True))
    codec = RowCodec(tuple(known.dtype for known in shape.columns))
    columns = [_column(table, place + len(leading), known) for place, known in enumerate(shape.columns)]
    types = tuple(key.dtype for key in keys)
    for start, length in _runs(identity):
        own = identity[start]
        point, parts = (own[0], own[1:]) if points else (0, own)
        key = encode_key(parts, types)
        yield point, NOBODY if key is None else key, codec.encode(columns, start, length)


def _runs(identity: Sequence[tuple[object, ...]]) -> Iterator[tuple[int, int]]:
    """(start, length) of each run of equal items."""
    start = 0
    for place in range(1, len(identity) + 1):
        if place == len(identity) or identity[place] != identity[start]:
            yield start, place - start
            start = place


def _column(table: pa.Table, place: int, known: Field) -> pa.Array:
    import pyarrow as pa

    wanted = arrow_type(known.dtype)
    column = table.column(place)
    array = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], wanted)
    return array if array.type == wanted else array.cast(wanted)
