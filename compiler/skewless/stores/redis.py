"""The shared store: Redis 6.2 or newer, or Valkey; one server or a cluster.

Every state is a *generation*: its entities' keys begin with the generation's name, and the version's state record says
which generation is read. So a state is loaded beside the one that is served and takes its place by one write.

    PREFIX:versions                 the versions that are loaded (a set)
    PREFIX:{VERSION}:state          what is known of the state, and its generation (MessagePack)
    PREFIX:{VERSION}:generations    every generation of which there may be keys (a set)
    PREFIX:{VERSION}:lock           who loads the version now
    PREFIX:{VERSION}:loading        who loads it from what the sources hold by now, and until when (a sorted set)
    PREFIX:GENERATION:keys          what there is of a generation, to remove it by (a list of compressed lists)
    PREFIX:GENERATION{ENTITY}       an entity's rows; what is in braces chooses the node of a cluster
    PREFIX:GENERATION.t{TILE}       events of an entity that has many
    PREFIX:GENERATION.v{EVENT}      the versions of an event (of views whose rows are written one by one)
    PREFIX:GENERATION.s{SOURCE}     a static source as it was when the state was loaded
    PREFIX:GENERATION.d{days}       how many rows of each day the last run has seen
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import dataclass
from dataclasses import replace as changed

import msgspec

from skewless.ground.errors import StoreError
from skewless.stores.damage import damaged, not_loaded
from skewless.stores.entries import seal_of
from skewless.stores.heartbeat import beating
from skewless.stores.redis_address import RedisAddress
from skewless.stores.redis_errors import closed, redis_errors
from skewless.stores.redis_generations import Generations, head_of
from skewless.stores.redis_link import Link, connect
from skewless.stores.redis_lock import Lock, locked
from skewless.stores.store import LOADING_EVERY, LOADING_FOR, Merge, Part, Snapshot, StateInfo, Wanted

_ATTEMPTS = 4
_MERGED = 500
"""Values that are merged at once: as long as that takes, another may write one of them, and it is merged again."""
_ADVANCE = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end redis.call('SET', KEYS[1], ARGV[2]) return 1"


_NOW = "local now = tonumber(redis.call('TIME')[1]) "
_SAY_LOADING = (
    _NOW + "redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1]) "
    "redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now) redis.call('EXPIRE', KEYS[1], ARGV[2])"
)
_IS_LOADING = _NOW + "return redis.call('ZCOUNT', KEYS[1], '(' .. now, '+inf')"


class _State(msgspec.Struct, frozen=True, array_like=True):
    as_of: int
    entities: int
    rows: int
    codec: int
    generation: str
    loaded_to: int = 0


@dataclass(frozen=True, slots=True)
class _Known:
    """A version's state record as it was read last, and how the keys of its entities begin."""

    record: bytes | None
    info: StateInfo | None
    generation: str


_UNKNOWN = _Known(None, None, "")


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
        return self._read(wanted, "entities")

    @contextmanager
    def loading(self, version: str) -> Iterator[None]:
        key, loader = self._key(version, "loading"), secrets.token_hex(8)

        def beat() -> None:
            with redis_errors(self.address):
                self._shared.link.client.eval(_SAY_LOADING, 1, key, loader, round(LOADING_FOR))

        with beating(beat, LOADING_EVERY):
            try:
                yield
            finally:
                with suppress(Exception):  # what went wrong before is what matters; it ends by itself
                    self._shared.link.client.zrem(key, loader)

    def is_loading(self, version: str) -> bool:
        with redis_errors(self.address):
            return bool(self._shared.link.client.eval(_IS_LOADING, 1, self._key(version, "loading")))

    def fetch(self, version: str, part: Part, keys: Sequence[bytes]) -> tuple[StateInfo, Sequence[bytes | None]]:
        found = self._read([(version, keys)], part)
        if version not in found.states:
            raise not_loaded(version)
        return found.states[version], found.values[0]

    def _read(self, wanted: Wanted, part: Part) -> Snapshot:
        """One MGET of the state records and, as if these were the ones that were read last, of the keys."""
        if not wanted:
            return Snapshot({}, ())
        versions = list(dict.fromkeys([version for version, _ in wanted]))
        for _ in range(_ATTEMPTS):
            known = {version: self._known.get(version, _UNKNOWN) for version in versions}
            keys = [self._key(version, "state") for version in versions]
            for version, own in wanted:
                if generation := known[version].generation:
                    head = head_of(self.prefix, generation, part)
                    keys += [head + key + b"}" for key in own]
            found = self._shared.link.mget(keys)
            if [one.record for one in known.values()] == found[: len(versions)]:
                return _snapshot(known, wanted, found[len(versions) :])
            self._known |= dict(zip(versions, map(self._read_record, versions, found), strict=False))
        raise StoreError(
            f"the state of '{versions[0]}' in the online store is replaced again and again", help="try again"
        )

    def put(self, info: StateInfo, part: Part, records: Mapping[bytes, bytes]) -> None:
        with redis_errors(self.address):
            generations = self._generations(info.version)
            generations.write(info.generation, part, records.items(), lambda: None)

    def leave(self, info: StateInfo, part: Part, keys: Sequence[bytes]) -> None:
        with redis_errors(self.address):
            self._generations(info.version).leave(info.generation, part, keys)

    def update(self, version: str, part: Part, keys: Sequence[bytes], merge: Merge) -> StateInfo:
        with redis_errors(self.address):
            info, _ = self.fetch(version, part, ())
            while True:
                for start in range(0, len(keys), _MERGED):
                    self._merge(info, part, keys, range(start, min(start + _MERGED, len(keys))), merge)
                now, _ = self.fetch(version, part, ())
                if now.generation == info.generation:
                    return info
                # Loaded anew meanwhile: what was written is not read by anybody, and is written again.
                self._generations(version).leave(info.generation, part, keys)
                info = now

    def _merge(self, info: StateInfo, part: Part, keys: Sequence[bytes], places: Sequence[int], merge: Merge) -> None:
        """Merges some values, and those that another writes meanwhile again."""
        link, generations = self._shared.link, self._generations(info.version)
        head = head_of(self.prefix, info.generation, part)
        while places:
            held = link.mget([head + keys[place] + b"}" for place in places])
            merged = merge(info, places, held)
            changes = [one for one in zip(places, held, merged, strict=True) if one[1] != one[2]]
            if not changes:
                return
            if new := [keys[place] for place, before, _ in changes if before is None]:
                generations.note(info.generation, part, new)
            lost = link.swap(
                [(head + keys[place] + b"}", seal_of(before), after or b"") for place, before, after in changes]
            )
            places = [changes[one][0] for one in lost]

    def keys(self, version: str, part: Part) -> Iterator[Sequence[bytes]]:
        """Each key once, although the index may have it several times: it was removed and written again."""
        with redis_errors(self.address):
            info, _ = self.fetch(version, part, ())
            seen: set[bytes] = set()
            for keys in self._generations(version).keys(info.generation, part):
                new = [key for key in dict.fromkeys(keys) if key not in seen]
                seen.update(new)
                yield new

    def advance(self, version: str, as_of: int, loaded_to: int | None = None) -> None:
        with redis_errors(self.address):
            while True:
                info, _ = self.fetch(version, "entities", ())
                before = self._known[version].record
                later = changed(
                    info, as_of=max(info.as_of, as_of), loaded_to=max(info.loaded_to, loaded_to or info.loaded_to)
                )
                if later == info:
                    return
                after = self._record(later)
                if self._shared.link.client.eval(_ADVANCE, 1, self._key(version, "state"), before, after):
                    return

    def state(self, version: str) -> StateInfo | None:
        return self.read([(version, ())]).states.get(version)

    def versions(self) -> tuple[StateInfo, ...]:
        with redis_errors(self.address):
            members = self._shared.link.client.smembers(self._versions)
        versions = sorted(member.decode() for member in members)
        if not versions:
            return ()
        records = self._shared.link.mget([self._key(version, "state") for version in versions])
        known = map(self._read_record, versions, records)
        return tuple(one.info for one in known if one.info is not None)

    def replace(
        self,
        info: StateInfo,
        records: Iterable[tuple[bytes, bytes]],
        beside: Mapping[Part, Iterable[tuple[bytes, bytes]]] | None = None,
    ) -> StateInfo:
        with redis_errors(self.address):
            link, generations = self._shared.link, self._generations(info.version)
            with locked(link.client, self._key(info.version, "lock"), info.version) as lock:
                before, servers, name = generations.names(), link.servers(), generations.begin()
                try:
                    for part, others in (beside or {}).items():
                        generations.write(name, part, others, lock.prolong)
                    entities = generations.write(name, "entities", records, lock.prolong)
                    self._check_servers(info.version, servers)
                except BaseException:
                    with suppress(Exception):
                        generations.remove(name)
                    raise
                done = changed(info, entities=entities, generation=name)
                # If this fails its answer may have been lost, and the new generation be read: the next run removes one.
                self._swap(done, lock)
                for old in before:
                    generations.retire(old)
        return done

    def drop(self, versions: Sequence[str]) -> None:
        with redis_errors(self.address):
            client = self._shared.link.client
            for version in versions:
                with locked(client, self._key(version, "lock"), version):
                    client.delete(self._key(version, "state"))
                    client.srem(self._versions, version)
                    generations = self._generations(version)
                    for name in generations.names():
                        generations.retire(name)

    def close(self) -> None:
        self._shared.close()

    @property
    def _versions(self) -> str:
        return f"{self.prefix}:versions"

    def _key(self, version: str, what: str) -> bytes:
        return f"{self.prefix}:{{{version}}}:{what}".encode()

    def _generations(self, version: str) -> Generations:
        return Generations(self._shared.link, self.prefix, self._key(version, "generations"))

    def _read_record(self, version: str, record: bytes | None) -> _Known:
        if record is None:
            return _UNKNOWN
        try:
            state = self._decode(record)
        except msgspec.DecodeError as error:
            raise damaged() from error
        info = StateInfo(
            version=version,
            as_of=state.as_of,
            entities=state.entities,
            rows=state.rows,
            codec=state.codec,
            loaded_to=state.loaded_to,
            generation=state.generation,
        )
        return _Known(record, info, state.generation)

    def _check_servers(self, version: str, servers: frozenset[str]) -> None:
        """A server that was restarted may have lost a part of what was written."""
        if self._shared.link.servers() != servers:
            raise StoreError(
                f"the online store {self.address.shown} was restarted while '{version}' was loaded",
                help="run again; what was there before is still served",
            )

    def _swap(self, info: StateInfo, lock: Lock) -> None:
        """From here on the new generation is read."""
        self._shared.link.client.sadd(self._versions, info.version)
        lock.write(self._key(info.version, "state"), self._record(info))

    def _record(self, info: StateInfo) -> bytes:
        return self._encode(_State(info.as_of, info.entities, info.rows, info.codec, info.generation, info.loaded_to))


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
        end = start + (len(entities) if known[version].generation else 0)
        values.append(found[start:end])
        start = end
    return Snapshot({version: one.info for version, one in known.items() if one.info is not None}, values)
