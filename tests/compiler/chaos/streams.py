"""The streams of the till: what is sent to them, and processes that consume them and are killed."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from itertools import islice

import redis
from stores.redis_server import RedisServer

from .processes import Command
from .till import SINCE, SOURCES, Log, Row, Till, known_before, known_from

CONSUMERS = ("one", "two")


class Streams:
    """What is sent to the streams, and who consumes them."""

    def __init__(self, till: Till, server: RedisServer, messages: Iterator[tuple[str, list[Row]]]) -> None:
        self._till, self._server, self._messages = till, server, messages
        self._running = {name: self._started(name) for name in CONSUMERS}

    def send(self, count: int) -> None:
        """Some more messages, each until the server has taken it: perhaps twice, when it was killed meanwhile."""
        for name, rows in islice(self._messages, count):
            self._add(name, json.dumps(rows if len(rows) > 1 else rows[0], default=str))

    def await_start(self, name: str) -> None:
        self._running[name].until("consuming")

    def kill(self, name: str) -> bool:
        """Whether it left messages that it had read and not acknowledged; another process takes its name."""
        assert self._running[name].kill()
        struck = any(self._pending(source, name) for source in SOURCES)
        self._running[name] = self._started(name)
        return struck

    def kill_all(self) -> None:
        for one in self._running.values():
            one.kill()

    def finish(self) -> None:
        """Sends what is left, waits until everything is consumed, and ends the consumers in order."""
        self.send(1_000_000)
        self.await_drained()
        for one in self._running.values():
            one.end()

    def await_drained(self) -> None:
        """Returns when everything is consumed, and nothing was put aside."""
        deadline = time.monotonic() + 120
        while not all(map(self._is_drained, SOURCES)):
            assert time.monotonic() < deadline, f"the streams are not consumed: {self._told()}"
            time.sleep(0.05)
        assert not any(self._server.client.exists(f"{source}:dead") for source in SOURCES)

    def _told(self) -> str:
        """What the server and the consumers, which are killed, say of it."""
        groups = {source: self._server.client.xinfo_groups(source) for source in SOURCES}
        return f"{groups}\n" + "\n".join(one.last_words() for one in self._running.values())

    def _started(self, name: str) -> Command:
        return Command(self._till.folder, "stream", *SOURCES, "--consumer", name, "--batch", "30")

    def _add(self, name: str, text: str) -> None:
        while True:
            try:
                self._server.client.xadd(name, {"data": text})
            except redis.RedisError:
                time.sleep(0.01)
            else:
                return

    def _pending(self, source: str, name: str) -> int:
        try:
            found = self._server.client.xpending_range(source, "till", "-", "+", 1, consumername=name)
        except redis.ResponseError:  # nobody has made the group yet
            return 0
        return len(found)

    def _is_drained(self, source: str) -> bool:
        [group] = self._server.client.xinfo_groups(source)
        last = self._server.client.xinfo_stream(source)["last-generated-id"]
        return bool(group["pending"] == 0 and group["last-delivered-id"] == last)


def messages_of(log: Log, dice: random.Random) -> Iterator[tuple[str, list[Row]]]:
    """Every row known since the state was loaded, some twice and some older ones again, not quite in their order."""
    fresh, old = known_from(log, SINCE), known_before(log, SINCE)
    every = [(name, row) for name, rows in fresh.items() for row in rows]
    again = [*dice.sample(every, len(every) // 8), *((name, row) for name in old for row in dice.sample(old[name], 20))]
    times = {id(row): dice.gauss(place, len(every) / 10) for place, (_, row) in enumerate(sorted(every, key=_when))}
    order = sorted([*every, *again], key=lambda one: times.get(id(one[1]), 0.0) + dice.gauss(0, len(every) / 20))
    while order:
        name, row = order.pop(0)
        more = dice.choice([0, 0, 0, 3])
        yield name, [row, *(other for own, other in order[:more] if own == name)]


def _when(one: tuple[str, Row]) -> str:
    return str(one[1].get("heard_at") or one[1]["loaded_at"])
