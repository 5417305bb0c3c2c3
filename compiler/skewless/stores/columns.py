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
from itertools import accumulate, chain
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

    def join(self, blobs: Sequence[bytes], no_rows: int = 0) -> tuple[list[int], list[pa.Array]]:
        """(rows of each blob, the columns of all blobs one after the other and then of as many rows of NULLs).

        Raises StoreError for bytes that are no such rows: Arrow would read whatever lies behind them.
        """
        try:
            counts = [self._header(blob) for blob in blobs]
            joiner = _Joiner(blobs, [_HEADER.size] * len(blobs))
            columns = [joiner.column(counts, dtype, no_rows) for dtype in self.types]
        except (struct.error, IndexError, ValueError) as error:
            raise damaged() from error
        if joiner.ends != [len(blob) for blob in blobs]:
            raise damaged()
        return counts, columns

    @staticmethod
    def _header(data: bytes) -> int:
        version, rows = _HEADER.unpack_from(data)
        if version != CODEC_VERSION:
            raise damaged()
        return int(rows)


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


@dataclass(slots=True)
class _Joiner:
    """Takes one column after the other from the front of every blob."""

    blobs: Sequence[bytes]
    ends: list[int]
    """How far each blob has been read."""

    def column(self, counts: Sequence[int], dtype: DataType, no_rows: int) -> pa.Array:
        """The next column: `counts` rows of each blob, then `no_rows` NULLs."""
        import pyarrow as pa

        flags = [blob[end] for blob, end in zip(self.blobs, self.ends, strict=True)]
        self.ends = [end + 1 for end in self.ends]
        rows = sum(counts) + no_rows
        validity = self._validity(flags, counts, no_rows)
        if dtype.element is not None:
            lengths = self._lengths(counts)
            items = self.column([sum(own) for own in lengths], dtype.element, 0)
            return pa.ListArray.from_buffers(
                arrow_type(dtype), rows, [validity, _offsets(lengths, no_rows)], children=[items]
            )
        if dtype.kind == "VARCHAR":
            lengths = self._lengths(counts)
            texts = self._take([sum(own) for own in lengths])
            return pa.Array.from_buffers(
                pa.string(), rows, [validity, _offsets(lengths, no_rows), pa.py_buffer(b"".join(texts))]
            )
        width = _WIDTH[dtype.kind]
        values = b"".join([*self._take([count * width for count in counts]), bytes(no_rows * width)])
        data = _bitmap(values, rows) if dtype.kind == "BOOLEAN" else pa.py_buffer(values)
        return pa.Array.from_buffers(arrow_type(dtype), rows, [validity, data])

    def _take(self, lengths: Sequence[int]) -> list[bytes]:
        starts = self.ends
        self.ends = [start + length for start, length in zip(starts, lengths, strict=True)]
        return [blob[start:end] for blob, start, end in zip(self.blobs, starts, self.ends, strict=True)]

    def _lengths(self, counts: Sequence[int]) -> list[tuple[int, ...]]:
        taken = self._take([4 * count for count in counts])
        return [struct.unpack(f"<{count}I", data) for data, count in zip(taken, counts, strict=True)]

    def _validity(self, flags: Sequence[int], counts: Sequence[int], no_rows: int) -> pa.Buffer | None:
        """The bits that say which rows are no NULLs; None where all are."""
        import pyarrow as pa

        if not any(flags):
            if not no_rows:
                return None
            ones = sum(counts)
            return pa.py_buffer(((1 << ones) - 1).to_bytes((ones + no_rows + 7) // 8, "little"))
        taken = self._take([count if flag else 0 for count, flag in zip(counts, flags, strict=True)])
        each = [data if flag else b"\x01" * count for data, count, flag in zip(taken, counts, flags, strict=True)]
        return _bitmap(b"".join([*each, bytes(no_rows)]), sum(counts) + no_rows)


def _bitmap(one_byte_each: bytes, rows: int) -> pa.Buffer:
    """Bytes of 0 and 1 as the bits that Arrow wants."""
    import pyarrow as pa

    array = pa.Array.from_buffers(pa.uint8(), rows, [None, pa.py_buffer(one_byte_each)])
    return array.cast(pa.bool_()).buffers()[1]


def _offsets(lengths: Sequence[Sequence[int]], no_rows: int) -> pa.Buffer:
    import pyarrow as pa

    offsets = [0, *accumulate(chain.from_iterable(lengths))]
    offsets += offsets[-1:] * no_rows
    return pa.py_buffer(struct.pack(f"<{len(offsets)}i", *offsets))
