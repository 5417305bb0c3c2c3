"""Sorted Arrow columns as runs of equal rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def run_starts(columns: Sequence[pa.Array], rows: int) -> pa.Array:
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


def contiguous(column: pa.ChunkedArray) -> pa.Array:
    import pyarrow as pa

    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
