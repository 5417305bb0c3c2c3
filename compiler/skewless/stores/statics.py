"""Static sources as a state holds them: Arrow's stream format, compressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skewless.stores.damage import damaged

if TYPE_CHECKING:
    import pyarrow as pa


def encode_static(rows: pa.Table) -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, rows.schema, options=options) as writer:
        writer.write_table(rows)
    return bytes(sink.getvalue())


def decode_static(value: bytes | None) -> pa.Table:
    """Raises StoreError for bytes that are no such rows, or that are not there."""
    import pyarrow as pa

    if value is None:
        raise damaged()
    try:
        return pa.ipc.open_stream(value).read_all()
    except (pa.ArrowInvalid, OSError) as error:
        raise damaged() from error


def is_static(value: bytes | None, rows: pa.Table) -> bool:
    """Whether a store holds these rows. Their bytes do not say: whatever stands where a value is NULL is among them."""
    held = decode_static(value)
    return held.schema.equals(rows.schema) and all(map(_is_same, held.columns, rows.columns))


def _is_same(one: pa.ChunkedArray, other: pa.ChunkedArray) -> bool:
    """NaN is the same as NaN."""
    import pyarrow as pa

    bits = {pa.float32(): pa.int32(), pa.float64(): pa.int64()}.get(one.type)
    both = [column.combine_chunks() if bits is None else column.combine_chunks().view(bits) for column in (one, other)]
    return bool(both[0].equals(both[1]))
