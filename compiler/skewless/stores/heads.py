"""What is stored under the key of an entity that has many events: its tiles, and the newest events.

An entity with few events has no tiles, and its value is its events alone (`stores.entries`). One with tiles begins with
a mark, the length of its tiles, and these as columns (`stores.columns`): a number that names the tile's events in the
store, its times, and what is kept of it. The events that are in no tile follow. As any value that is written row by
row, it ends with a seal.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from skewless.ground.dtypes import BIGINT, TIMESTAMP, DataType
from skewless.stores.columns import ColumnCodec
from skewless.stores.entries import sealed

MARK = 0x54
"""The first byte of a value with tiles; that of one without is the codec's version."""
_HEADER = struct.Struct("<BI")
_NUMBER = struct.Struct("<q").pack
TILE_COLUMNS = ("_number", "_tile_first", "_tile_last", "_settled", "_tile_newest", "_tile_rows")
"""The columns of tiles before the parts that a view keeps of them."""
TILE_TYPES = (BIGINT, TIMESTAMP, TIMESTAMP, TIMESTAMP, TIMESTAMP, BIGINT)


@dataclass(frozen=True, slots=True)
class Head:
    """A value taken apart. Without tiles `tiles` is empty."""

    tiles: bytes
    events: bytes


def has_tiles(value: bytes | None) -> bool:
    return value is not None and value[:1] == b"T"


def head_of(value: bytes) -> Head:
    """A value that an entity has. Its events may end with the seal."""
    if not has_tiles(value):
        return Head(b"", value)
    _, length = _HEADER.unpack_from(value)
    start = _HEADER.size
    return Head(value[start : start + length], value[start + length :])


def with_tiles(tiles: bytes, events: bytes) -> bytes:
    """The value of an entity with tiles; `events` has no seal."""
    return sealed(_HEADER.pack(MARK, len(tiles)) + tiles + events)


def tile_key(entity: bytes, number: int) -> bytes:
    """Where the events of a tile are."""
    return entity + _NUMBER(number)


def tile_codec(parts: Sequence[DataType]) -> ColumnCodec:
    """Tiles as columns: `TILE_COLUMNS`, then the parts."""
    return ColumnCodec((*TILE_TYPES, *parts))
