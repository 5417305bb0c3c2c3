"""Rows into digests of their values, column by column: whatever engine, file or batches they came in.

A column's digest is of its type, which rows are NULL, and the values in the order of the rows. Bytes of values under a
NULL, the sizes of batches, offsets and dictionaries have no part in it, and NaN is one value.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

_PREFIX = "sha256:"


def combined(columns: Mapping[str, str]) -> str:
    """One digest of columns by name, in their order."""
    digest = hashlib.sha256()
    for name, one in columns.items():
        digest.update(f"{name}\x00{one}\x00".encode())
    return _PREFIX + digest.hexdigest()


class ColumnDigest:
    """Takes the values of one column, batch after batch. Each part is hashed apart, so that batches leave no trace."""

    def __init__(self, kind: pa.DataType) -> None:
        self._kind = kind = _plain_type(kind)
        self._nulls, self._lengths, self._values = hashlib.sha256(), hashlib.sha256(), hashlib.sha256()
        self._parts = [ColumnDigest(part) for part in _parts(kind)]

    def take(self, values: pa.Array) -> None:
        """Adds further values."""
        import pyarrow as pa
        import pyarrow.compute as pc

        nulls = pc.is_null(values).cast(pa.uint8())
        self._nulls.update(_bytes(nulls, 1))
        if pa.types.is_list(self._kind):
            lengths = pc.list_value_length(values).cast(pa.int64())
            self._lengths.update(_bytes(pc.if_else(values.is_null(), 0, lengths), 8))
            self._parts[0].take(values.flatten())
        elif pa.types.is_struct(self._kind):
            for part, inner in zip(self._parts, values.flatten(), strict=True):
                part.take(inner)
        elif pa.types.is_large_binary(self._kind):
            self._take_texts(_texts(values))
        elif not pa.types.is_null(self._kind):
            self._values.update(_fixed(values))

    def _take_texts(self, values: pa.Array) -> None:
        import pyarrow.compute as pc

        self._lengths.update(_bytes(pc.binary_length(values), 8))
        _, offsets, data = values.buffers()
        places = memoryview(offsets).cast("q")
        if data is not None:
            self._values.update(memoryview(data)[places[values.offset] : places[values.offset + len(values)]])

    def digest(self) -> str:
        whole = hashlib.sha256(str(self._kind).encode())
        for one in (self._nulls, self._lengths, self._values):
            whole.update(one.digest())
        for part in self._parts:
            whole.update(part.digest().encode())
        return _PREFIX + whole.hexdigest()


def _plain_type(kind: pa.DataType) -> pa.DataType:
    """The one type that stands for all that hold the same values in other ways; binary for texts and all others."""
    import pyarrow as pa

    types = pa.types
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return pa.list_(pa.field("item", _plain_type(kind.value_type)))
    if types.is_struct(kind):
        return pa.struct([pa.field(one.name, _plain_type(one.type)) for one in kind])
    is_fixed = types.is_primitive(kind) or types.is_decimal(kind) or types.is_null(kind)
    return kind if is_fixed else pa.large_binary()


def _parts(kind: pa.DataType) -> list[pa.DataType]:
    import pyarrow as pa

    if pa.types.is_list(kind):
        return [kind.value_type]
    return [one.type for one in kind] if pa.types.is_struct(kind) else []


def _texts(values: pa.Array) -> pa.Array:
    """Texts and bytes as they are, values of types without an order of bytes as Python writes them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        values = values.cast(pa.large_string())  # of a dictionary too
    elif not pa.types.is_binary(kind) and not pa.types.is_large_binary(kind):
        values = pa.array([None if one is None else repr(one) for one in values.to_pylist()], pa.large_string())
    return pc.fill_null(values.cast(pa.large_binary()), b"")


def _fixed(values: pa.Array) -> memoryview:
    """The values of one width after another, zeros where there is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_boolean(values.type):
        values = values.cast(pa.uint8())
    elif pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_nan(values), pa.scalar(float("nan"), values.type), values)
    width = values.type.bit_width // 8
    return _bytes(pc.fill_null(values.view(pa.binary(width)), bytes(width)), width)


def _bytes(values: pa.Array, width: int) -> memoryview:
    """What an array without NULLs holds, each value `width` bytes."""
    data = values.buffers()[1]
    return memoryview(data if data is not None else b"")[values.offset * width : (values.offset + len(values)) * width]
