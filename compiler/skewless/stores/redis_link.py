"""Connections to a Redis server or cluster: many keys in one round trip, within a time."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from skewless.ground.errors import StoreError
from skewless.stores.entries import SEAL
from skewless.stores.redis_address import RedisAddress
from skewless.stores.redis_errors import closed, redis_errors, store_error, url_errors

_OLDEST = (6, 2)
_MOST_KEYS = 10_000
"""Keys of one command: the server does nothing else meanwhile."""
_SWAP = f"""
local lost = {{}}
for place, key in ipairs(KEYS) do
  if redis.call('GETRANGE', key, -{SEAL}, -1) ~= ARGV[2 * place - 1] then
    lost[#lost + 1] = place
  elseif ARGV[2 * place] == '' then
    redis.call('DEL', key)
  else
    redis.call('SET', key, ARGV[2 * place])
  end
end
return lost
"""


class Link(Protocol):
    """What the store asks of a server or a cluster. Safe to share between threads."""

    client: Any
    """redis-py's client, for all that is not asked a thousand times a second."""

    def mget(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The values of keys; one round trip up to ten thousand."""

    def mset(self, values: Mapping[bytes, bytes]) -> None:
        """Writes values."""

    def swap(self, values: Sequence[tuple[bytes, bytes, bytes]]) -> list[int]:
        """Writes (key, seal of the value that was read, value) where that seal is still there; an empty value removes
        the key. Returns the places of those that another has written meanwhile."""

    def servers(self) -> frozenset[str]:
        """What tells each server's process from the one that takes its place after a restart."""

    def close(self) -> None:
        """Ends the connections."""


def connect(address: RedisAddress) -> Link:
    """The link to what is found at the address. Raises StoreError when it cannot be used as an online store."""
    with redis_errors(address), url_errors(address):
        link: Link = ServerLink(address)
        found = _facts(link, address)
        _check_eviction(link.client, address)
        if found.get("mode") == "cluster":
            link.close()
            link = ClusterLink(address)
    return link


class _Lent:
    """A connection that a thread has of the pool until it ends: to take one for each read costs a fifth of a read."""

    def __init__(self, pool: Any, places: threading.Semaphore, is_closed: threading.Event) -> None:
        self._pool, self._places, self._is_closed = pool, places, is_closed
        self.process = os.getpid()
        self.connection = pool.get_connection()

    def __del__(self) -> None:
        if self.process != os.getpid():
            return
        if hasattr(self, "connection"):
            if self._is_closed.is_set():
                self.connection.disconnect()
            self._pool.release(self.connection)
        self._places.release()


class ServerLink:
    """One server. Each thread that reads has a connection of the pool, and no more of redis-py than it needs."""

    def __init__(self, address: RedisAddress) -> None:
        import redis
        from hiredis import pack_command
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        self._address = address
        self._is_closed = threading.Event()
        self._pack: Any = pack_command
        self._local = threading.local()
        # The other half is taken for one read at a time: by threads beyond, however many there are.
        self._places = threading.Semaphore(address.max_connections // 2)
        self._pool: Any = redis.BlockingConnectionPool.from_url(
            address.url,
            max_connections=address.max_connections,
            timeout=address.timeout,
            socket_timeout=address.timeout,
            socket_connect_timeout=address.connect_timeout,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
        self.client = redis.Redis(connection_pool=self._pool)

    def mget(self, keys: Sequence[bytes]) -> list[bytes | None]:
        if len(keys) <= _MOST_KEYS:
            return self._mget(keys)
        parts = [keys[start : start + _MOST_KEYS] for start in range(0, len(keys), _MOST_KEYS)]
        return [value for part in parts for value in self._mget(part)]

    def mset(self, values: Mapping[bytes, bytes]) -> None:
        self.client.mset(values)

    def swap(self, values: Sequence[tuple[bytes, bytes, bytes]]) -> list[int]:
        return _swapped(self.client, values)

    def servers(self) -> frozenset[str]:
        return frozenset({str(self.client.info("server")["run_id"])})

    def close(self) -> None:
        """What is under way ends first; connections end with the last that holds them."""
        self._is_closed.set()
        self._local = threading.local()
        self._pool.disconnect(inuse_connections=False)

    def _mget(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Asked a second time if the connection breaks: a server that was restarted has closed those in the pool."""
        import redis

        try:
            try:
                return self._asked(keys)
            except redis.TimeoutError:
                raise
            except redis.ConnectionError:
                return self._asked(keys)
        except Exception as error:
            if self._is_closed.is_set():
                raise closed(self._address) from error
            if isinstance(error, redis.RedisError):
                raise store_error(error, self._address) from error
            raise

    def _asked(self, keys: Sequence[bytes]) -> list[bytes | None]:
        if self._is_closed.is_set():
            raise closed(self._address)
        if (lent := self._lent()) is not None:
            return self._answer(lent.connection, keys)
        connection = self._pool.get_connection()
        try:
            return self._answer(connection, keys)
        finally:
            self._pool.release(connection)

    def _answer(self, connection: Any, keys: Sequence[bytes]) -> list[bytes | None]:
        """A connection that broke connects again when it is used. One whose answer was not read breaks here: the next
        read would take that answer for its own."""
        try:
            # redis-py looks at each argument before it packs them, which takes a sixth of a read; these are bytes.
            connection.send_packed_command([self._pack((b"MGET", *keys))])
            found: list[bytes | None] = connection.read_response()
            if len(found) != len(keys):
                raise StoreError(
                    f"the online store {self._address.shown} gave {len(found)} values for {len(keys)} keys"
                )
        except BaseException:
            connection.disconnect()
            raise
        return found

    def _lent(self) -> _Lent | None:
        """The thread's own connection, as long as there are some to lend."""
        local = self._local
        lent: _Lent | None = getattr(local, "lent", None)
        if lent is not None and lent.process == os.getpid():
            return lent
        if not self._places.acquire(blocking=False):
            return None
        lent = local.lent = _Lent(self._pool, self._places, self._is_closed)
        return lent


class ClusterLink:
    """A cluster: one round trip to each node that holds some of the keys."""

    def __init__(self, address: RedisAddress) -> None:
        import redis

        self._address = address
        self.client = redis.RedisCluster.from_url(
            address.url,
            max_connections=address.max_connections,
            socket_timeout=address.timeout,
            socket_connect_timeout=address.connect_timeout,
            protocol=2,
        )

    def mget(self, keys: Sequence[bytes]) -> list[bytes | None]:
        with redis_errors(self._address):
            found: list[bytes | None] = self.client.mget_nonatomic(keys)
            return found

    def mset(self, values: Mapping[bytes, bytes]) -> None:
        self.client.mset_nonatomic(values)

    def swap(self, values: Sequence[tuple[bytes, bytes, bytes]]) -> list[int]:
        """Keys of different entities are on different nodes, so each is a command of its own."""
        with redis_errors(self._address):
            return [place for place, one in enumerate(values) if _swapped(self.client, [one])]

    def servers(self) -> frozenset[str]:
        found = self.client.info("server", target_nodes=self.client.PRIMARIES)
        return frozenset(str(info["run_id"]) for info in found.values())

    def close(self) -> None:
        """The connections end with the last request that holds this link: closed under it, they are made anew."""


def _swapped(client: Any, values: Sequence[tuple[bytes, bytes, bytes]]) -> list[int]:
    """The places of those that were not written."""
    keys = [key for key, _, _ in values]
    others = [part for _, seal, value in values for part in (seal, value)]
    return [place - 1 for place in client.eval(_SWAP, len(keys), *keys, *others)]


def _facts(link: Link, address: RedisAddress) -> dict[str, str]:
    """What the server says of itself. Raises StoreError for one that is too old."""
    import redis

    try:
        answer = link.client.execute_command("HELLO")
    except redis.ResponseError as error:
        if "unknown command" in str(error).lower():
            raise _too_old("older than 6.0", address) from error
        raise
    texts = [item.decode() if isinstance(item, bytes) else str(item) for item in answer]
    found = dict(zip(texts[::2], texts[1::2], strict=False))
    version = found.get("version", "")
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers and numbers < _OLDEST:
        raise _too_old(version, address)
    return found


def _too_old(version: str, address: RedisAddress) -> StoreError:
    return StoreError(
        f"the online store {address.shown} is Redis {version}, and 6.2 or newer is needed", help="upgrade the server"
    )


def _check_eviction(client: Any, address: RedisAddress) -> None:
    """A server that throws keys away would make an entity that is known look like one that is not."""
    import redis

    try:
        memory = client.info("memory")
    except redis.exceptions.NoPermissionError:
        return
    policy = str(memory.get("maxmemory_policy", "noeviction"))
    if int(memory.get("maxmemory", 0)) and policy.startswith("allkeys"):
        raise StoreError(
            f"the online store {address.shown} may throw any key away when its memory is full (maxmemory-policy "
            f"{policy}): entities would look unknown",
            help="set maxmemory-policy to noeviction, or to one of volatile-*",
        )
