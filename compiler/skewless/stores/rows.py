"""Few rows of an entity as bytes, and back as Python values: what look-ups are answered from.

A value is a MessagePack array of rows, oldest first, and a row an array of its columns. Decoding checks every type, so
that other bytes are an error and never a value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from skewless.ground.dtypes import DataType
from skewless.stores.damage import damaged

STAMPS = 2
"""The first columns of each row: since when it may be shown, and its event time; both microseconds since 1970."""
Row = tuple[Any, ...]
_PYTHON: dict[str, Any] = {
    "BOOLEAN": bool,
    "INTEGER": int,
    "BIGINT": int,
    "FLOAT": float,
    "DOUBLE": float,
    "DECIMAL": Decimal,
    "VARCHAR": str,
    "DATE": dt.date,
    "TIMESTAMP": Annotated[dt.datetime, msgspec.Meta(tz=False)],
}


class RowCodec:
    """Encodes and decodes rows of one schema, the stamps among them."""

    def __init__(self, types: Sequence[DataType]) -> None:
        columns = (*(int | None for _ in types[:STAMPS]), *(_optional(dtype) for dtype in types[STAMPS:]))
        row = tuple.__class_getitem__(columns)
        self._decode = msgspec.msgpack.Decoder(list.__class_getitem__(row)).decode
        self._encode = msgspec.msgpack.Encoder().encode

    def encode(self, rows: Sequence[Row]) -> bytes:
        """The rows of one entity."""
        return self._encode(rows)

    def decode(self, blobs: Iterable[bytes]) -> list[list[Row]]:
        """The rows of each entity. Raises StoreError for bytes that are no such rows."""
        try:
            return list(map(self._decode, blobs))
        except msgspec.DecodeError as error:
            raise damaged() from error


def _optional(dtype: DataType) -> Any:
    if dtype.element is not None:
        return list.__class_getitem__(_optional(dtype.element)) | None
    return _PYTHON[dtype.kind] | None
