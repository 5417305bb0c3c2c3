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
from skewless.stores.rows import RowCodec, count_stamps
from skewless.stores.runs import contiguous, run_starts

if TYPE_CHECKING:
    import pyarrow as pa

_ENTITIES = 5_000


def records(
    table: pa.Table, keys: Sequence[Field], shape: StateShape, *, points: bool = False
) -> Iterator[tuple[int, bytes, bytes]]:
    """(point, key, value) for each entity of a table that state SQL yielded, ordered by point and keys.

    Where rows are written one by one, these are values to be read and not to be written to.

    The point is 0 unless the state is of several. Values of the NULL key go under NOBODY.
    """
    leading = (1 if points else 0) + len(keys)
    identity = [contiguous(table.column(place)) for place in range(leading)]
    starts = run_starts(identity, table.num_rows)
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
    return ColumnCodec(tuple(known.dtype for known in shape.columns)).encoded(columns, runs)


def _encoded_rows(columns: Sequence[pa.Array], shape: StateShape, runs: Sequence[tuple[int, int]]) -> Iterator[bytes]:
    """Some thousand entities at a time: as Python values their rows take much more memory."""
    import pyarrow as pa

    stamps = count_stamps(known.name for known in shape.columns)
    codec = RowCodec([known.dtype for known in shape.columns], stamps=stamps, is_written=shape.is_written)
    stamped = [*(column.cast(pa.int64()) for column in columns[:stamps]), *columns[stamps:]]
    for first in range(0, len(runs), _ENTITIES):
        some = runs[first : first + _ENTITIES]
        start, end = some[0][0], some[-1][1]
        rows = list(zip(*(column.slice(start, end - start).to_pylist() for column in stamped), strict=True))
        for own, after in some:
            yield codec.encode(rows[own - start : after - start])


def _column(table: pa.Table, place: int, known: Field) -> pa.Array:
    wanted = arrow_type(known.dtype)
    array = contiguous(table.column(place))
    return array if array.type == wanted else array.cast(wanted)
