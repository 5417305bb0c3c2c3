"""The shared store: Redis 6.2 or newer, or Valkey; one server or a cluster.

Every state is a *generation*: its entities' keys begin with the generation's name, and the version's state record says
which generation is read. So a state is loaded beside the one that is served and takes its place by one write.

    PREFIX:versions                 the versions that are loaded (a set)
    PREFIX:{VERSION}:state          what is known of the state, and its generation (MessagePack)
    PREFIX:{VERSION}:generations    every generation of which there may be keys (a set)
    PREFIX:{VERSION}:lock           who loads the version now
    PREFIX:GENERATION:keys          the entities of a generation, to remove them by (a list of compressed lists)
    PREFIX:GENERATION{ENTITY}       an entity's rows; what is in braces chooses the node of a cluster
"""

from __future__ import annotations

import secrets
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import dataclass
from itertools import islice

import msgspec

from skewless.ground.errors import StoreError
from skewless.stores.damage import damaged
from skewless.stores.redis_address import RedisAddress
from skewless.stores.redis_link import Link, closed, connect, redis_errors
from skewless.stores.store import Snapshot, StateInfo, Wanted

_CHUNK = 2_000
"""Entities written by one command."""
_LOCKED_FOR = 60
"""Seconds after which the lock of a run that died is gone; a living one prolongs it."""
_GRACE = 60
"""Seconds for which what was replaced stays: requests that have begun to read it end with it."""
_ATTEMPTS = 4
_IF_LOCKED = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end "
_PROLONG = _IF_LOCKED + "return redis.call('EXPIRE', KEYS[1], ARGV[2])"
_SWAP = _IF_LOCKED + "redis.call('SET', KEYS[2], ARGV[2]) return 1"
_UNLOCK = _IF_LOCKED + "return redis.call('DEL', KEYS[1])"


class _State(msgspec.Struct, frozen=True, array_like=True):
    as_of: int
    entities: int
    rows: int
    codec: int
    generation: str


@dataclass(frozen=True, slots=True)
class _Known:
    """A version's state record as it was read last, and how the keys of its entities begin."""

    record: bytes | None
    info: StateInfo | None
    head: bytes


_UNKNOWN = _Known(None, None, b"")


class RedisStore:
    """State in a Redis server or cluster. Reads are one MGET; the first use connects."""

    def __init__(self, address: RedisAddress) -> None:
        self.address = address
        self.prefix = address.prefix
        self._shared = _Shared(address)
        self._known: dict[str, _Known] = {}
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(_State).decode

    def within(self, namespace: str) -> RedisStore:
        """A store over the same connections that sees its own states only."""
        store = copy(self)
        store.prefix = f"{self.prefix}/{namespace}"
        store._known = {}
        return store

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Each state is written by itself."""
        yield

    def read(self, wanted: Wanted) -> Snapshot:
        """One MGET of the state records and, as if these were the ones that were read last, of the entities."""
        if not wanted:
            return Snapshot({}, ())
        versions = list(dict.fromkeys([version for version, _ in wanted]))
        for _ in range(_ATTEMPTS):
            known = {version: self._known.get(version, _UNKNOWN) for version in versions}
            keys = [self._key(version, "state") for version in versions]
            for version, entities in wanted:
                if head := known[version].head:
                    keys += [head + entity + b"}" for entity in entities]
            found = self._shared.link.mget(keys)
            if [one.record for one in known.values()] == found[: len(versions)]:
                return _snapshot(known, wanted, found[len(versions) :])
            self._known |= dict(zip(versions, map(self._read_record, versions, found), strict=False))
        raise StoreError(
            f"the state of '{versions[0]}' in the online store is replaced again and again", help="try again"
        )

    def versions(self) -> tuple[StateInfo, ...]:
        with redis_errors(self.address):
            members = self._shared.link.client.smembers(self._versions)
        versions = sorted(member.decode() for member in members)
        if not versions:
            return ()
        records = self._shared.link.mget([self._key(version, "state") for version in versions])
        known = map(self._read_record, versions, records)
        return tuple(one.info for one in known if one.info is not None)

    def replace(self, info: StateInfo, records: Iterable[tuple[bytes, bytes]]) -> StateInfo:
        with redis_errors(self.address), self._locked(info.version) as lock:
            before = self._members(info.version)
            generation, servers = secrets.token_urlsafe(6), self._shared.link.servers()
            try:
                entities = self._write(info.version, generation, records, lock)
                self._check_servers(info.version, servers)
            except BaseException:
                with suppress(Exception):
                    self._remove(info.version, generation)
                raise
            done = StateInfo(
                version=info.version, as_of=info.as_of, entities=entities, rows=info.rows, codec=info.codec
            )
            # If this fails its answer may have been lost, and the new generation be read: the next run removes one.
            self._swap(done, generation, lock)
            for old in before:
                self._retire(info.version, old)
        return done

    def drop(self, versions: Sequence[str]) -> None:
        with redis_errors(self.address):
            for version in versions:
                with self._locked(version):
                    self._shared.link.client.delete(self._key(version, "state"))
                    self._shared.link.client.srem(self._versions, version)
                    for generation in self._members(version):
                        self._retire(version, generation)

    def close(self) -> None:
        self._shared.close()

    @property
    def _versions(self) -> str:
        return f"{self.prefix}:versions"

    def _key(self, version: str, what: str) -> bytes:
        return f"{self.prefix}:{{{version}}}:{what}".encode()

    def _index(self, generation: str) -> str:
        return f"{self.prefix}:{generation}:keys"

    def _head(self, generation: str) -> bytes:
        """How the keys of a generation's entities begin."""
        return f"{self.prefix}:{generation}{{".encode()

    def _read_record(self, version: str, record: bytes | None) -> _Known:
        if record is None:
            return _UNKNOWN
        try:
            state = self._decode(record)
        except msgspec.DecodeError as error:
            raise damaged() from error
        info = StateInfo(
            version=version, as_of=state.as_of, entities=state.entities, rows=state.rows, codec=state.codec
        )
        return _Known(record, info, self._head(state.generation))

    @contextmanager
    def _locked(self, version: str) -> Iterator[_Lock]:
        """One run at a time loads a version; the lock of one that was killed ends by itself."""
        lock = _Lock(self._shared.link, self._key(version, "lock"))
        if not lock.take():
            raise StoreError(
                f"another run is loading '{version}' into the online store",
                help=f"wait for it; the lock of a run that was killed is gone after {_LOCKED_FOR} s",
            )
        try:
            yield lock
        finally:
            with suppress(Exception):  # what went wrong before is what matters; the lock ends by itself
                lock.free()

    def _write(self, version: str, generation: str, records: Iterable[tuple[bytes, bytes]], lock: _Lock) -> int:
        """Entities of a generation that nobody reads yet; each chunk is in the index before it is written."""
        client, head = self._shared.link.client, self._head(generation)
        client.sadd(self._key(version, "generations"), generation)
        entities, each = 0, iter(records)
        while chunk := list(islice(each, _CHUNK)):
            index = zlib.compress(self._encode([key for key, _ in chunk]), 1)
            client.rpush(self._index(generation), index)
            self._shared.link.mset({head + key + b"}": value for key, value in chunk})
            entities += len(chunk)
            lock.prolong()
        return entities

    def _check_servers(self, version: str, servers: frozenset[str]) -> None:
        """A server that was restarted may have lost a part of what was written."""
        if self._shared.link.servers() != servers:
            raise StoreError(
                f"the online store {self.address.shown} was restarted while '{version}' was loaded",
                help="run again; what was there before is still served",
            )

    def _swap(self, info: StateInfo, generation: str, lock: _Lock) -> None:
        """From here on the new generation is read."""
        self._shared.link.client.sadd(self._versions, info.version)
        state = _State(info.as_of, info.entities, info.rows, info.codec, generation)
        lock.write(self._key(info.version, "state"), self._encode(state))

    def _members(self, version: str) -> list[str]:
        members = self._shared.link.client.smembers(self._key(version, "generations"))
        return [member.decode() for member in members]

    def _retire(self, version: str, generation: str) -> None:
        """A generation that was replaced or dropped, or that a killed run left: gone after the grace."""
        for keys in self._chunks(generation):
            pipeline = self._shared.link.client.pipeline(transaction=False)
            for key in keys:
                pipeline.expire(key, _GRACE)
            pipeline.execute()
        self._shared.link.client.expire(self._index(generation), _GRACE)
        self._shared.link.client.srem(self._key(version, "generations"), generation)

    def _remove(self, version: str, generation: str) -> None:
        """A generation that nobody has read."""
        for keys in self._chunks(generation):
            pipeline = self._shared.link.client.pipeline(transaction=False)
            for key in keys:
                pipeline.unlink(key)
            pipeline.execute()
        self._shared.link.client.delete(self._index(generation))
        self._shared.link.client.srem(self._key(version, "generations"), generation)

    def _chunks(self, generation: str) -> Iterator[list[bytes]]:
        """The keys of a generation, some thousand at a time."""
        head, place = self._head(generation), 0
        while chunk := self._shared.link.client.lindex(self._index(generation), place):
            yield [head + key + b"}" for key in msgspec.msgpack.decode(zlib.decompress(chunk), type=list[bytes])]
            place += 1


class _Lock:
    """A key that holds its owner's token."""

    def __init__(self, link: Link, key: bytes) -> None:
        self._client = link.client
        self._key = key
        self._token = secrets.token_hex(16)
        self._taken = 0.0

    def take(self) -> bool:
        self._taken = time.monotonic()
        return bool(self._client.set(self._key, self._token, nx=True, ex=_LOCKED_FOR))

    def prolong(self) -> None:
        """Keeps the lock while the work goes on. Raises StoreError when it is another's."""
        if time.monotonic() - self._taken > _LOCKED_FOR / 6:
            self._taken = time.monotonic()
            self._expect(self._client.eval(_PROLONG, 1, self._key, self._token, _LOCKED_FOR))

    def write(self, key: bytes, value: bytes) -> None:
        """Writes a key of the same node, if the lock is still held."""
        self._expect(self._client.eval(_SWAP, 2, self._key, key, self._token, value))

    def free(self) -> None:
        self._client.eval(_UNLOCK, 1, self._key, self._token)

    def _expect(self, answer: int) -> None:
        if not answer:
            raise StoreError(
                "the lock of this run in the online store is gone: another run has it, or the server was restarted",
                help="run again; what was there before is still served",
            )


class _Shared:
    """The connections, made on first use, of a store and those within it."""

    def __init__(self, address: RedisAddress) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._link: Link | None = None
        self._is_closed = False

    @property
    def link(self) -> Link:
        return self._link or self._connected()

    def close(self) -> None:
        with self._lock:  # a connection that is being made is made first, and then closed
            self._is_closed = True
            if self._link is not None:
                self._link.close()
                self._link = None

    def _connected(self) -> Link:
        with self._lock:
            if self._is_closed:
                raise closed(self._address)
            if self._link is None:
                self._link = connect(self._address)
            return self._link


def _snapshot(known: Mapping[str, _Known], wanted: Wanted, found: Sequence[bytes | None]) -> Snapshot:
    """The values part by part; of versions that are not loaded none were read."""
    values: list[Sequence[bytes | None]] = []
    start = 0
    for version, entities in wanted:
        end = start + (len(entities) if known[version].head else 0)
        values.append(found[start:end])
        start = end
    return Snapshot({version: one.info for version, one in known.items() if one.info is not None}, values)
