"""Many rows of an entity as bytes that join into Arrow columns: what fresh aggregates are computed from.

Layout: version (u8), number of rows (u32), then column by column. A column is a flag (0: no NULLs, 1: one byte a row
follows, 0 for NULL), then its values: fixed-width little-endian, or a u32 length a row followed by the bytes. Columns,
not rows, because many entities' rows become Arrow arrays by joining bytes. A list is lengths and a column of elements.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate, chain
from operator import le
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
    is_prefix: bool = False
    """Whether more bytes may follow what is read: columns, or a seal."""

    @property
    def no_rows(self) -> bytes:
        """A value without rows."""
        import pyarrow as pa

        [value] = self.encoded([pa.array([], arrow_type(dtype)) for dtype in self.types], [(0, 0)])
        return value

    def encoded(self, columns: Sequence[pa.Array], runs: Iterable[tuple[int, int]]) -> Iterator[bytes]:
        """The rows of each run, from its start to before its end, of Arrow columns of these types."""
        pieces = [_pieces(array, dtype) for array, dtype in zip(columns, self.types, strict=True)]
        for start, end in runs:
            parts = [_HEADER.pack(CODEC_VERSION, end - start)]
            for take in pieces:
                take(parts, start, end)
            yield b"".join(parts)

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
        if not self._are_read(joiner.ends, blobs):
            raise damaged()
        return counts, columns

    def _are_read(self, ends: Sequence[int], blobs: Sequence[bytes]) -> bool:
        """Whether all that was read lies within the bytes, and is all of them unless more columns follow."""
        lengths = list(map(len, blobs))
        return all(map(le, ends, lengths)) if self.is_prefix else ends == lengths

    @staticmethod
    def _header(data: bytes) -> int:
        version, rows = _HEADER.unpack_from(data)
        if version != CODEC_VERSION:
            raise damaged()
        return int(rows)


def count_rows(value: bytes) -> int:
    """How many rows a value has."""
    return int(_HEADER.unpack_from(value)[1])


def _pieces(array: pa.Array, dtype: DataType) -> Callable[[list[bytes], int, int], None]:
    """What appends the bytes of some rows of a column: the buffers are taken once, and then cut."""
    import pyarrow as pa

    if not array.null_count:
        values = _values(array, dtype)

        def without_nulls(parts: list[bytes], start: int, end: int) -> None:
            parts.append(b"\x00")
            values(parts, start, end)

        return without_nulls
    valid = _fixed_bytes(array.is_valid().cast(pa.uint8()), 1)
    filled = _values(_filled(array, dtype), dtype)

    def with_nulls(parts: list[bytes], start: int, end: int) -> None:
        own = valid[start:end]
        parts += (b"\x01", own) if b"\x00" in own else (b"\x00",)
        filled(parts, start, end)

    return with_nulls


def _values(array: pa.Array, dtype: DataType) -> Callable[[list[bytes], int, int], None]:
    import pyarrow as pa

    if dtype.element is not None:
        return _list_values(array, dtype.element)
    if dtype.kind == "VARCHAR":
        return _text_values(array)
    width = _WIDTH[dtype.kind]
    data = _fixed_bytes(array.cast(pa.uint8()) if dtype.kind == "BOOLEAN" else array, width)
    return lambda parts, start, end: parts.append(data[start * width : end * width])


def _text_values(array: pa.Array) -> Callable[[list[bytes], int, int], None]:
    import pyarrow.compute as pc

    filled = array.fill_null("") if array.null_count else array
    lengths = _fixed_bytes(pc.binary_length(filled), 4)
    _, offsets, texts = filled.buffers()
    places: Sequence[int] = memoryview(offsets).cast("i")[filled.offset :] if offsets else [0]
    data = memoryview(texts) if texts else memoryview(b"")

    def take(parts: list[bytes], start: int, end: int) -> None:
        parts.append(lengths[4 * start : 4 * end])
        parts.append(bytes(data[places[start] : places[end]]))

    return take


def _list_values(array: pa.Array, element: DataType) -> Callable[[list[bytes], int, int], None]:
    counts = [0 if item is None else len(item) for item in array.to_pylist()]
    offsets = [0, *accumulate(counts)]
    lengths = struct.pack(f"<{len(counts)}I", *counts)
    items = _pieces(array.flatten(), element)

    def take(parts: list[bytes], start: int, end: int) -> None:
        parts.append(lengths[4 * start : 4 * end])
        items(parts, offsets[start], offsets[end])

    return take


def _filled(array: pa.Array, dtype: DataType) -> pa.Array:
    """Zero where a fixed-width value is NULL: memory holds anything there, and bytes must be the same each time."""
    import pyarrow as pa

    if dtype.element is not None or dtype.kind == "VARCHAR":
        return array
    zero: Any = {"DECIMAL": Decimal(0), "TIMESTAMP": _EPOCH, "DATE": _EPOCH.date(), "BOOLEAN": False}.get(dtype.kind, 0)
    return array.fill_null(pa.scalar(zero, array.type))


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
