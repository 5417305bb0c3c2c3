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
