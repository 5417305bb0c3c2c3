"""A store's address into the store: `sqlite:///path`, `redis://host:port/db`."""

from __future__ import annotations

from skewless.contract.artifact import Bundle
from skewless.ground.errors import UsageError
from skewless.ground.urls import REDIS_SCHEMES
from skewless.stores.redis_address import like, parse_address
from skewless.stores.sqlite import SqliteStore
from skewless.stores.store import OnlineStore


def store_of(bundle: Bundle, given: str | None = None) -> OnlineStore:
    """The store that a bundle is served from: at its own address, or at one that is `given` instead."""
    return open_store(bundle.store if given is None else like(given, bundle.store), project=bundle.project)


def open_store(address: str, *, project: str) -> OnlineStore:
    """The store at an address. Raises UsageError for an address of no known kind.

    `project` is whose keys are read and written where projects share a server, unless the address has a `prefix`.
    """
    scheme, _, rest = address.partition("://")
    if scheme == "sqlite" and len(rest) > 1 and rest.startswith("/"):
        return SqliteStore(rest[1:])
    if scheme in REDIS_SCHEMES:
        from skewless.stores.redis import RedisStore

        return RedisStore(parse_address(address, project))
    raise UsageError(  # what follows a password may be shown
        f"'{address.rpartition('@')[2]}' is no address of an online store",
        help="write sqlite:///path/to/online.db, or redis://host:6379",
    )
