"""What redis-py raises for a stream into what users are told, apart by whether trying again may help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skewless.ground.errors import SkewlessError, StoreError
from skewless.ingest.stream.kind import StreamDown

if TYPE_CHECKING:
    import redis

_IN_URL = "give user and password in the stream's URL: redis://USER:PASSWORD@HOST:PORT"
_GONE = ("NOGROUP", "UNBLOCKED", "no longer exists", "no such key")


def is_gone(error: redis.ResponseError) -> bool:
    """Whether the stream or its group is not there, or was deleted from under a consumer that waits."""
    return any(word in str(error) for word in _GONE)


def stream_error(error: redis.RedisError, where: str, seconds: float) -> StreamDown | SkewlessError:
    """What went wrong at `where`; `seconds` is how long an answer was waited for."""
    import redis

    why = str(error).rstrip(".")
    if isinstance(error, redis.AuthenticationError) or why.startswith("HELLO must be called with the client already"):
        return StoreError(f"{where} is on a server that refuses the user: {why}", help=_IN_URL)
    if isinstance(error, redis.exceptions.NoPermissionError):
        return StoreError(f"{where} may not be used by this user: {why}", help="let the user read and write the stream")
    if "WRONGTYPE" in why:
        return StoreError(f"{where} is no stream: the key holds something else", help="name another one: stream.name")
    if "unknown command" in why.lower():
        return StoreError(f"{where} is on a server that is older than Redis 6.2", help="upgrade the server")
    if isinstance(error, redis.exceptions.MovedError):
        return StoreError(f"{where} is in a cluster, and streams are read from single servers", help="use a server")
    if isinstance(error, redis.TimeoutError):
        return StreamDown(f"{where} did not answer within {seconds:g} s")
    if isinstance(error, redis.ConnectionError) and not isinstance(error, redis.BusyLoadingError):
        return StreamDown(f"{where} cannot be reached: {why}")
    return StreamDown(f"{where} failed: {why}")
