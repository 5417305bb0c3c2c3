"""A stream of orders in a real Redis, and who consumes it."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import redis
from stores.redis_server import RedisServer

from skewless.ingest.stream.consume import Consumer, Pace
from skewless.ingest.stream.kind import StreamAddress
from skewless.ingest.stream.redis import RedisStream

from .recording import RecordingWriter


class Orders:
    """A stream of a server, and who consumes it."""

    def __init__(self, server: RedisServer) -> None:
        self.server = server
        self.name = f"orders-{uuid.uuid4().hex[:8]}"
        self.told: list[str] = []
        self.stop = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def client(self) -> redis.Redis:
        return self.server.client

    def add(self, *payloads: Any, field: str = "data") -> list[str]:
        pipeline = self.client.pipeline(transaction=False)
        for payload in payloads:
            pipeline.xadd(self.name, {field: payload if isinstance(payload, bytes) else json.dumps(payload)})
        return [one.decode() for one in pipeline.execute()]

    def stream(self, consumer: str = "a", **settings: Any) -> RedisStream:
        address = StreamAddress(
            source="shop.orders", type="redis", url=self.server.url, name=self.name, group="shop", format="json"
        )
        return RedisStream(address, consumer, tell=self.told.append, **settings)

    def consumer(self, writer: RecordingWriter, name: str = "a", *, idle: float = 60, **settings: Any) -> Consumer:
        pace = Pace(**{"batch_rows": 100, "once": True, **settings})
        stream = self.stream(name, idle=idle)
        return Consumer(stream, "json", writer, stop=self.stop, tell=self.told.append, pace=pace)

    def start(self, writer: RecordingWriter, name: str = "a", **settings: Any) -> Consumer:
        """A consumer in a thread, which stays until it is stopped."""
        consumer = self.consumer(writer, name, **{"once": False, **settings})
        thread = threading.Thread(target=consumer.run)
        thread.start()
        self._threads.append(thread)
        return consumer

    def leave(self) -> None:
        self.stop.set()
        for thread in self._threads:
            thread.join(20)
            assert not thread.is_alive()
        self._threads = []

    @property
    def pending(self) -> int:
        """None are before a consumer has made its group."""
        return sum(int(one["pending"]) for one in self.client.xinfo_groups(self.name) if one["name"] == b"shop")

    @property
    def dead(self) -> list[dict[str, str]]:
        letters = self.client.xrange(f"{self.name}:dead")
        return [{name.decode(): value.decode(errors="replace") for name, value in one.items()} for _, one in letters]


def until(condition: Callable[[], Any], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)
