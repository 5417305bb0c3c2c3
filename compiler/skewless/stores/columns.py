"""Many rows of an entity as bytes that join into Arrow columns: what fresh aggregates are computed from.

Layout: version (u8), number of rows (u32), then column by column. A column is a flag (0: no NULLs, 1: one byte a row
follows, 0 for NULL), then its values: fixed-width little-endian, or a u32 length a row followed by the bytes. Columns,
not rows, because many entities' rows become Arrow arrays by joining bytes. A list is lengths and a column of elements.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from skewless.contract.arrow import arrow_type
from skewless.contract.artifact import CODEC_VERSION
from skewless.ground.dtypes import DataType
from skewless.stores.damage import damaged

if TYPE_CHECKING:
    import pyarrow as pa

_HEADER = struct.Struct("<BI")
_WIDTH = {"BOOLEAN": 1, "INTEGER": 4, "FLOAT": 4, "DATE": 4, "BIGINT": 8, "DOUBLE": 8, "TIMESTAMP": 8, "DECIMAL": 16}
_EPOCH = dt.datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class ColumnCodec:
    """Encodes rows of one schema, and joins the rows of many entities."""

    types: tuple[DataType, ...]

    def encode(self, columns: Sequence[pa.Array], start: int, length: int) -> bytes:
        """The rows `start` to `start + length` of Arrow columns of these types."""
        parts = [_HEADER.pack(CODEC_VERSION, length)]
        for array, dtype in zip(columns, self.types, strict=True):
            _encode(parts, array.slice(start, length), dtype)
        return b"".join(parts)

    def join(self, blobs: Sequence[bytes]) -> tuple[list[int], list[pa.Array]]:
        """(rows of each blob, the columns of all blobs one after the other).

        Raises StoreError for bytes that are no such rows: Arrow would read whatever lies behind them.
        """
        try:
            counts = [self._header(blob) for blob in blobs]
            readers = [_Reader(blob, _HEADER.size) for blob in blobs]
            columns = [_join(readers, counts, dtype) for dtype in self.types]
        except (struct.error, ValueError) as error:
            raise damaged() from error
        if any(reader.position != len(reader.data) for reader in readers):
            raise damaged()
        return counts, columns

    @staticmethod
    def _header(data: bytes) -> int:
        version, rows = _HEADER.unpack_from(data)
        if version != CODEC_VERSION:
            raise damaged()
        return int(rows)


@dataclass(slots=True)
class _Reader:
    data: bytes
    position: int

    def take(self, length: int) -> bytes:
        start = self.position
        self.position = start + length
        return self.data[start : self.position]


def _encode(parts: list[bytes], array: pa.Array, dtype: DataType) -> None:
    import pyarrow as pa

    if array.null_count:
        parts.append(b"\x01")
        parts.append(_fixed_bytes(array.is_valid().cast(pa.uint8()), 1))
        array = _filled(array, dtype)
    else:
        parts.append(b"\x00")
    if dtype.element is not None:
        _encode_lengths(parts, [0 if item is None else len(item) for item in array.to_pylist()])
        _encode(parts, array.flatten(), dtype.element)
    elif dtype.kind == "VARCHAR":
        texts = [b"" if item is None else item.encode() for item in array.to_pylist()]
        _encode_lengths(parts, [len(text) for text in texts])
        parts.extend(texts)
    elif dtype.kind == "BOOLEAN":
        parts.append(_fixed_bytes(array.cast(pa.uint8()), 1))
    else:
        parts.append(_fixed_bytes(array, _WIDTH[dtype.kind]))


def _filled(array: pa.Array, dtype: DataType) -> pa.Array:
    """Zero where a fixed-width value is NULL: memory holds anything there, and bytes must be the same each time."""
    import pyarrow as pa

    if dtype.element is not None or dtype.kind == "VARCHAR":
        return array
    zero: Any = {"DECIMAL": Decimal(0), "TIMESTAMP": _EPOCH, "DATE": _EPOCH.date(), "BOOLEAN": False}.get(dtype.kind, 0)
    return array.fill_null(pa.scalar(zero, array.type))


def _encode_lengths(parts: list[bytes], lengths: list[int]) -> None:
    parts.append(struct.pack(f"<{len(lengths)}I", *lengths))


def _fixed_bytes(array: pa.Array, width: int) -> bytes:
    """The values of a fixed-width array; what stands at a NULL is never read."""
    buffer = array.buffers()[1]
    if buffer is None:
        return bytes(len(array) * width)
    start = array.offset * width
    return bytes(memoryview(buffer)[start : start + len(array) * width])


def _join(readers: list[_Reader], counts: list[int], dtype: DataType) -> pa.Array:
    import pyarrow as pa

    rows = sum(counts)
    validity = _join_validity(readers, counts)
    bitmap = None if validity is None else _bitmap(validity, rows)
    if dtype.element is not None:
        lengths = [_lengths(reader, count) for reader, count in zip(readers, counts, strict=True)]
        items = _join(readers, [sum(own) for own in lengths], dtype.element)
        offsets = _offsets([length for own in lengths for length in own])
        return pa.ListArray.from_buffers(arrow_type(dtype), rows, [bitmap, offsets], children=[items])
    if dtype.kind == "VARCHAR":
        lengths = [_lengths(reader, count) for reader, count in zip(readers, counts, strict=True)]
        texts = b"".join(reader.take(sum(own)) for reader, own in zip(readers, lengths, strict=True))
        offsets = _offsets([length for own in lengths for length in own])
        return pa.Array.from_buffers(pa.string(), rows, [bitmap, offsets, pa.py_buffer(texts)])
    width = _WIDTH[dtype.kind]
    values = b"".join(reader.take(count * width) for reader, count in zip(readers, counts, strict=True))
    data = _bitmap(values, rows) if dtype.kind == "BOOLEAN" else pa.py_buffer(values)
    return pa.Array.from_buffers(arrow_type(dtype), rows, [bitmap, data])


def _join_validity(readers: list[_Reader], counts: list[int]) -> bytes | None:
    flags = [reader.take(1) for reader in readers]
    if not any(flag == b"\x01" for flag in flags):
        return None
    return b"".join(
        reader.take(count) if flag == b"\x01" else b"\x01" * count
        for reader, count, flag in zip(readers, counts, flags, strict=True)
    )


def _bitmap(one_byte_each: bytes, rows: int) -> pa.Buffer:
    """Bytes of 0 and 1 as the bits that Arrow wants."""
    import pyarrow as pa

    array = pa.Array.from_buffers(pa.uint8(), rows, [None, pa.py_buffer(one_byte_each)])
    return array.cast(pa.bool_()).buffers()[1]


def _lengths(reader: _Reader, count: int) -> tuple[int, ...]:
    return struct.unpack(f"<{count}I", reader.take(4 * count))


def _offsets(lengths: list[int]) -> pa.Buffer:
    import pyarrow as pa

    offsets, total = [0], 0
    for length in lengths:
        total += length
        offsets.append(total)
    return pa.py_buffer(struct.pack(f"<{len(offsets)}i", *offsets))
