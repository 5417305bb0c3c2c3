"""The keys of entities into the bytes that stand for them in a store."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable, Sequence
from decimal import Context
from typing import Any

from skewless.ground.dtypes import DataType
from skewless.ground.errors import DataError
from skewless.ground.moments import microseconds

NOBODY = b""
"""Where the values of an entity without rows are kept."""
DIGITS = Context(prec=80)
"""Python rounds decimals to 28 digits unless told otherwise; a DECIMAL has up to 38."""
_NAN = struct.pack("<d", float("nan"))
_EPOCH_DAY = dt.date(1970, 1, 1).toordinal()


class KeyEncoder:
    """Columns of keys into the bytes that stand for each entity.

    The values must already be of their types (see `coerced`).
    """

    def __init__(self, types: Sequence[DataType]) -> None:
        self._parts = tuple(_part(dtype) for dtype in types)

    def encode(self, columns: Sequence[Sequence[Any]]) -> list[bytes | None]:
        """Each row's key; None where a part is NULL, since a NULL key is no entity."""
        if len(columns) == 1 and None not in columns[0]:
            return list(map(self._parts[0], columns[0]))
        return [None if None in row else self._key(row) for row in zip(*columns, strict=True)]

    def _key(self, row: Sequence[Any]) -> bytes:
        return b"".join([part(value) for part, value in zip(self._parts, row, strict=True)])


def _part(dtype: DataType) -> Callable[[Any], bytes]:
    if dtype.kind not in _PARTS and dtype.kind != "DECIMAL":
        raise DataError(f"a key of type {dtype} cannot be looked up", help="use a key of a scalar type")
    if dtype.kind == "DECIMAL":
        return lambda value: int(DIGITS.scaleb(value, dtype.scale)).to_bytes(16, "little", signed=True)
    return _PARTS[dtype.kind]


def _text_part(value: str) -> bytes:
    text = value.encode()
    return struct.pack("<I", len(text)) + text


def _float_part(value: float) -> bytes:
    """Minus zero equals zero and NaN equals NaN whatever its bits, so each is one entity."""
    return _NAN if value != value else struct.pack("<d", value + 0.0)


_WHOLE = struct.Struct("<q").pack
_PARTS: dict[str, Callable[[Any], bytes]] = {
    "BIGINT": _WHOLE,
    "INTEGER": _WHOLE,
    "DOUBLE": _float_part,
    "FLOAT": _float_part,
    "VARCHAR": _text_part,
    "BOOLEAN": lambda value: b"\x01" if value else b"\x00",
    "TIMESTAMP": lambda value: _WHOLE(microseconds(value)),
    "DATE": lambda value: struct.pack("<i", value.toordinal() - _EPOCH_DAY),
}
