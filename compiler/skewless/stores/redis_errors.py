"""What redis-py raises into what users are told: where it went wrong, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from skewless.ground.errors import DriverMissing, StoreError
from skewless.stores.redis_address import RedisAddress

if TYPE_CHECKING:
    import redis

_IN_URL = "give user and password in the store's URL: redis://USER:PASSWORD@HOST:PORT"


def closed(address: RedisAddress) -> StoreError:
    """The store was closed, by this thread or another."""
    return StoreError(f"the online store {address.shown} is closed", help="open it again: FeatureServer.load")


@contextmanager
def redis_errors(address: RedisAddress) -> Iterator[None]:
    """Errors of redis-py as StoreError. Raises DriverMissing without redis-py."""
    try:
        import redis
    except ImportError as error:
        raise DriverMissing("an online store in Redis", "redis") from error

    try:
        yield
    except redis.RedisError as error:
        raise store_error(error, address) from error


@contextmanager
def url_errors(address: RedisAddress) -> Iterator[None]:
    """Errors of redis-py for a URL that it cannot read, or parameters that it does not know, as StoreError."""
    try:
        yield
    except (ValueError, TypeError) as error:
        refused = f"the online store {address.shown} cannot be connected to: "
        if "unexpected keyword argument" not in str(error):
            raise StoreError(f"{refused}{error}") from error
        # redis-py hands what it does not know of a URL to a connection
        name = str(error).rpartition(" ")[2]
        raise StoreError(
            f"{refused}its URL has a parameter {name}", help="remove what redis-py does not know"
        ) from error


def store_error(error: redis.RedisError, address: RedisAddress) -> StoreError:
    """What went wrong, where, and what to do about it."""
    import redis

    where, why = f"the online store {address.shown}", str(error).rstrip(".")
    if why.startswith("HELLO must be called with the client already authenticated"):
        return StoreError(f"{where} wants a password", help=_IN_URL)
    if isinstance(error, redis.AuthenticationError | redis.exceptions.NoPermissionError):
        return StoreError(f"{where} refuses the user: {why}", help=_IN_URL)
    if isinstance(error, redis.BusyLoadingError):
        return StoreError(f"{where} is still loading its data", help="try again in a moment")
    if isinstance(error, redis.TimeoutError):
        speaks = "check that this port of the server speaks TLS" if address.url.startswith("rediss:") else None
        return StoreError(
            f"{where} did not answer within {address.timeout:g} s", help=speaks or "try again, or look at the server"
        )
    if isinstance(error, redis.ConnectionError):
        if "No connection available" in str(error):
            return StoreError(
                f"{where} has {address.max_connections} connections, and all were busy for {address.timeout:g} s",
                help="allow more: max_connections",
            )
        return StoreError(f"{where} cannot be reached: {why}", help="check that the server runs, and its URL")
    if isinstance(error, redis.exceptions.OutOfMemoryError):
        return StoreError(
            f"{where} is out of memory: {why}", help="raise its maxmemory; what was there before is still served"
        )
    if isinstance(error, redis.exceptions.ReadOnlyError):
        return StoreError(f"{where} is a replica that cannot be written", help="load through its primary")
    known = "databases are numbered from 0, and a server has 16 unless it is told otherwise; a cluster has one"
    return StoreError(f"{where} failed: {why}", help=known if why.startswith("DB index") else None)
