"""A stream's address into the stream."""

from __future__ import annotations

from collections.abc import Callable

from skewless.ingest.stream.kind import Stream, StreamAddress


def open_stream(address: StreamAddress, consumer: str, tell: Callable[[str], None]) -> Stream:
    """The stream as `consumer` reads it; `tell` is given what the user should know although the work goes on."""
    from skewless.ingest.stream.redis import RedisStream

    return RedisStream(address, consumer, tell=tell)
