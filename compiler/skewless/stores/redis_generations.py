"""The entities of a state in Redis as a generation of keys: written beside what is read, and removed as a whole."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import msgspec

from skewless.stores.redis_link import Link
from skewless.stores.store import Part

_CHUNK = 2_000
"""Entities written by one command."""
_GRACE = 60
"""Seconds for which what was replaced stays: requests that have begun to read it end with it."""
_INDEX = tuple[Part, list[bytes]]
_MARKS: dict[Part, str] = {"entities": "", "tiles": ".t", "versions": ".v", "statics": ".s", "days": ".d"}


class Generations:
    """Those of one version. Its set `members` names every generation of which there may be keys."""

    def __init__(self, link: Link, prefix: str, members: bytes) -> None:
        self._link = link
        self._client = link.client
        self._prefix = prefix
        self._members = members

    def names(self) -> list[str]:
        return [member.decode() for member in self._client.smembers(self._members)]

    def begin(self) -> str:
        """A new generation, known before anything of it is written."""
        name = secrets.token_urlsafe(6)
        self._client.sadd(self._members, name)
        return name

    def write(self, name: str, part: Part, records: Iterable[tuple[bytes, bytes]], written: Callable[[], None]) -> int:
        """Records of a generation that nobody reads yet, counted; each chunk is in the index before it is written.

        `written` hears of each chunk.
        """
        head, count, each = head_of(self._prefix, name, part), 0, iter(records)
        while chunk := list(islice(each, _CHUNK)):
            self.note(name, part, [key for key, _ in chunk])
            self._link.mset({head + key + b"}": value for key, value in chunk})
            count += len(chunk)
            written()
        return count

    def note(self, name: str, part: Part, keys: Sequence[bytes]) -> None:
        """Keys that are about to be written: who removes the generation must know of them."""
        self._client.rpush(self._index(name), zlib.compress(msgspec.msgpack.encode((part, keys)), 1))

    def leave(self, name: str, part: Part, keys: Sequence[bytes]) -> None:
        """Keys that were written to a generation that has been replaced meanwhile: gone after the grace."""
        head = head_of(self._prefix, name, part)
        self._expire([head + key + b"}" for key in keys])

    def retire(self, name: str) -> None:
        """A generation that was replaced or dropped, or that a killed run left: gone after the grace."""
        for keys in self._chunks(name):
            self._expire(keys)
        self._client.expire(self._index(name), _GRACE)
        self._client.srem(self._members, name)

    def remove(self, name: str) -> None:
        """A generation that nobody has read."""
        for keys in self._chunks(name):
            pipeline = self._client.pipeline(transaction=False)
            for key in keys:
                pipeline.unlink(key)
            pipeline.execute()
        self._client.delete(self._index(name))
        self._client.srem(self._members, name)

    def _expire(self, keys: Sequence[bytes]) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for key in keys:
            pipeline.expire(key, _GRACE)
        pipeline.execute()

    def _index(self, name: str) -> str:
        return f"{self._prefix}:{name}:keys"

    def _chunks(self, name: str) -> Iterator[list[bytes]]:
        """The keys of a generation, some thousand at a time."""
        for part, keys in self._indexed(name):
            head = head_of(self._prefix, name, part)
            yield [head + key + b"}" for key in keys]

    def keys(self, name: str, part: Part) -> Iterator[list[bytes]]:
        """The keys of one part, as the store's users know them."""
        return (keys for own, keys in self._indexed(name) if own == part)

    def _indexed(self, name: str) -> Iterator[tuple[Part, list[bytes]]]:
        place = 0
        while chunk := self._client.lindex(self._index(name), place):
            yield msgspec.msgpack.decode(zlib.decompress(chunk), type=_INDEX)
            place += 1


def head_of(prefix: str, name: str, part: Part = "entities") -> bytes:
    """How the keys of a generation's part begin; what follows is the entity, or what else it is of, and a brace."""
    return f"{prefix}:{name}{_MARKS[part]}{{".encode()
