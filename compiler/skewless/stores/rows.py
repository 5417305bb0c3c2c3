"""Few rows of an entity as bytes, and back as Python values: what look-ups are answered from.

A value is a MessagePack array of rows, oldest first, and a row an array of its columns. Where rows are written one by
one, that array is the first of four elements: see `stores.entries`. Decoding checks every type, so that other bytes are
an error and never a value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import takewhile
from operator import itemgetter
from typing import Annotated, Any

import msgspec

from skewless.ground.dtypes import DataType
from skewless.stores.damage import damaged

VISIBLE_FROM, EVENT_TIME, VISIBLE_TO = "_visible_from", "_event_time", "_visible_to"
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
_FOUR, _NOTHING_ELSE = b"\x94", b"\xc0\xc0\xc0"
_rows_of = itemgetter(0)


def count_stamps(names: Iterable[str]) -> int:
    """How many leading columns of a row are times of its own: since when it may be shown, its event time, and where
    there are versions until when. They are kept as microseconds since 1970."""
    return sum(1 for _ in takewhile((VISIBLE_FROM, EVENT_TIME, VISIBLE_TO).__contains__, names))


class RowCodec:
    """Encodes and decodes rows of one schema, the stamps among them.

    `is_written` says that the rows are the first element of values that `stores.entries` writes.
    """

    def __init__(self, types: Sequence[DataType], *, stamps: int = 2, is_written: bool = False) -> None:
        columns = (*(int | None for _ in types[:stamps]), *(_optional(dtype) for dtype in types[stamps:]))
        rows: Any = list.__class_getitem__(tuple.__class_getitem__(columns))
        value = tuple.__class_getitem__((rows, msgspec.Raw, msgspec.Raw, msgspec.Raw)) if is_written else rows
        self._is_written = is_written
        self._decode = msgspec.msgpack.Decoder(value).decode
        self._encode = msgspec.msgpack.Encoder().encode
        self.no_rows = self.encode([])
        """The value of an entity without rows."""

    def encode(self, rows: Sequence[Row]) -> bytes:
        """The rows of one entity; where rows are written one by one, without what only writers read."""
        return _FOUR + self._encode(rows) + _NOTHING_ELSE if self._is_written else self._encode(rows)

    def decode(self, blobs: Iterable[bytes]) -> list[list[Row]]:
        """The rows of each entity. Raises StoreError for bytes that are no such rows."""
        try:
            found = map(self._decode, blobs)
            return list(map(_rows_of, found)) if self._is_written else list(found)
        except msgspec.DecodeError as error:
            raise damaged() from error


def _optional(dtype: DataType) -> Any:
    if dtype.element is not None:
        return list.__class_getitem__(_optional(dtype.element)) | None
    return _PYTHON[dtype.kind] | None
