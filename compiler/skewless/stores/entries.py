"""What is stored of an entity whose rows are written one by one: what serving reads, and what only writers need.

Of *events*, a value is columns (`stores.columns`): those that serving reads come first, and it stops there. Of *latest*
rows it is a MessagePack array of four: the rows that serving reads (`stores.rows`), the writers' columns of these rows,
the rows that may become the latest again if a newer one is retracted, and the seal.

Each value ends with its *seal*, a digest of what is before it: who writes a value anew names the seal of the one that
was read, and so never overwrites what another has written meanwhile.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from skewless.contract.arrow import arrow_type
from skewless.contract.source_plan import WrittenLayout
from skewless.ground.dtypes import DataType
from skewless.stores.columns import ColumnCodec
from skewless.stores.damage import damaged
from skewless.stores.rows import Row, RowCodec, count_stamps

if TYPE_CHECKING:
    import pyarrow as pa

SEAL = 8
"""Bytes of a seal."""
Runs = Sequence[tuple[int, int]]
"""Where the rows of each entity start, and before which row they end."""
_FOUR, _EIGHT_BYTES = b"\x94", b"\xc4\x08"
_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Held:
    """Rows of several entities: the number of each row's entity, and the columns, what serving reads first."""

    owners: pa.Array
    columns: Sequence[pa.Array]


class Entries(Protocol):
    """Encodes and decodes the values of one view."""

    def decode(self, values: Sequence[bytes]) -> Held:
        """All rows of the values. Raises StoreError for bytes that are none."""

    def encode(self, columns: Sequence[pa.Array], runs: Runs) -> Iterator[bytes]:
        """A value for each run of rows: the columns that serving reads, the writers', and whether serving reads the
        row at all. Rows that it reads come first in a run."""


def entries_of(layout: WrittenLayout, read: Sequence[tuple[str, DataType]], kept: Sequence[DataType]) -> Entries:
    """The codec of a view's values: `read` are the names and types of what serving reads."""
    if layout == "events":
        return _Events(tuple(dtype for _, dtype in read), tuple(kept))
    return _Latest(read, tuple(kept))


def sealed(content: bytes) -> bytes:
    return content + _seal(content)


def seal_of(value: bytes | None) -> bytes:
    """What tells a value from any other; nothing for one that is not there."""
    return b"" if value is None else value[-SEAL:]


def owners_of(counts: Sequence[int]) -> pa.Array:
    """The number of each row's entity, where the entities have so many rows."""
    import pyarrow as pa

    data = b"".join([struct.pack("<q", number) * count for number, count in enumerate(counts)])
    return pa.Array.from_buffers(pa.int64(), sum(counts), [None, pa.py_buffer(data)])


def _seal(content: bytes) -> bytes:
    return blake2b(content, digest_size=SEAL).digest()


class _Events:
    def __init__(self, read: tuple[DataType, ...], kept: tuple[DataType, ...]) -> None:
        self._codec = ColumnCodec((*read, *kept), is_prefix=True)

    def decode(self, values: Sequence[bytes]) -> Held:
        counts, columns = self._codec.join(values)
        return Held(owners_of(counts), columns)

    def encode(self, columns: Sequence[pa.Array], runs: Runs) -> Iterator[bytes]:
        return map(sealed, self._codec.encoded(columns[:-1], runs))


class _Latest:
    def __init__(self, read: Sequence[tuple[str, DataType]], kept: tuple[DataType, ...]) -> None:
        import pyarrow as pa

        self._stamps = count_stamps(name for name, _ in read)
        types = tuple(dtype for _, dtype in read)
        self._types = [arrow_type(dtype) for dtype in types]
        self._read_as = [*([pa.int64()] * self._stamps), *self._types[self._stamps :]]
        self._rows = RowCodec(types, stamps=self._stamps, is_written=True)
        self._own = ColumnCodec(kept)
        self._others = ColumnCodec((*types, *kept))
        self._rest = msgspec.msgpack.Decoder(tuple[msgspec.Raw, bytes, bytes, bytes]).decode

    def decode(self, values: Sequence[bytes]) -> Held:
        import pyarrow as pa

        entities = self._rows.decode(values)
        try:
            rest = [self._rest(value) for value in values]
        except msgspec.DecodeError as error:
            raise damaged() from error
        counts, own = self._own.join([one[1] for one in rest])
        if counts != list(map(len, entities)):
            raise damaged()
        more, others = self._others.join([one[2] for one in rest])
        columns = [*self._arrays([row for rows in entities for row in rows]), *own]
        return Held(
            pa.concat_arrays([owners_of(counts), owners_of(more)]),
            [pa.concat_arrays([one, other]) for one, other in zip(columns, others, strict=True)],
        )

    def encode(self, columns: Sequence[pa.Array], runs: Runs) -> Iterator[bytes]:
        *stored, is_read = columns
        read, kept = stored[: len(self._types)], stored[len(self._types) :]
        flags = is_read.to_pylist()
        ends = [start + sum(flags[start:end]) for start, end in runs]
        own = self._own.encoded(kept, [(start, end) for (start, _), end in zip(runs, ends, strict=True)])
        others = self._others.encoded(stored, [(start, end) for start, (_, end) in zip(ends, runs, strict=True)])
        rows = self._python(read)
        for (start, _), end, mine, more in zip(runs, ends, own, others, strict=True):
            content = _FOUR + _encode(rows[start:end]) + _encode(mine) + _encode(more) + _EIGHT_BYTES
            yield sealed(content)

    def _arrays(self, rows: list[Row]) -> list[pa.Array]:
        import pyarrow as pa

        columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(self._types)
        found = [pa.array(values, kind) for values, kind in zip(columns, self._read_as, strict=True)]
        return [one.cast(kind) for one, kind in zip(found, self._types, strict=True)]

    def _python(self, columns: Sequence[pa.Array]) -> list[Row]:
        read = [one.cast(kind) for one, kind in zip(columns, self._read_as, strict=True)]
        return list(zip(*(one.to_pylist() for one in read), strict=True))
