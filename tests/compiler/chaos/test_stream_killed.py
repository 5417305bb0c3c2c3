"""`skewless stream`, killed 100 times at random moments, leaves the state that one undisturbed writer would leave."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
import redis
from stores.redis_server import RedisServer

from .processes import KILLS, Command, pause
from .till import (
    AFTER_END,
    AT_END,
    BEFORE_END,
    SINCE,
    SOURCES,
    Log,
    Row,
    Till,
    differences,
    known_before,
    known_from,
    load_calmly,
    random_log,
    stored,
    write_till,
)

_CONSUMERS = ("one", "two")
_ROWS_PER_KILL = 100
STORES = ["sqlite", "redis"]


def online(store: str, server: RedisServer) -> str:
    """A store as a profile has it."""
    return f"{{type: redis, url: '{server.url}'}}" if store == "redis" else "{type: sqlite, path: target/online.db}"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """A server of the test's own, which keeps what it was told over a restart."""
    server = RedisServer(tmp_path / "redis", appendonly="yes", appendfsync="always").start()
    yield server
    server.stop()


class Streams:
    """What is sent to the streams, and who consumes them."""

    def __init__(self, till: Till, server: RedisServer, messages: Iterator[tuple[str, list[Row]]]) -> None:
        self._till, self._server, self._messages = till, server, messages
        self._running = {name: self._started(name) for name in _CONSUMERS}

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

    def finish(self) -> None:
        """Sends what is left, waits until everything is consumed, and ends the consumers in order."""
        self.send(1_000_000)
        deadline = time.monotonic() + 120
        while not all(map(self._is_drained, SOURCES)):
            assert time.monotonic() < deadline, "the streams are not consumed"
            time.sleep(0.05)
        for one in self._running.values():
            one.end()
        assert not any(self._server.client.exists(f"{source}:dead") for source in SOURCES)

    def _started(self, name: str) -> Command:
        return Command(self._till.folder, "stream", *SOURCES, "--consumer", name, "--batch", "20")

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
        return bool(group["pending"] == 0 and group["lag"] == 0)


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


def assert_undisturbed(till: Till) -> None:
    """The state answers as training does, and holds what an undisturbed one holds."""
    moments = [*BEFORE_END, *AT_END, *AFTER_END]
    assert differences(till, "by_row", moments) == []
    load_calmly(till)
    assert differences(till, "by_row", moments, "calm") == []
    assert stored(till) == stored(till, "calm")


@pytest.mark.slow
@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("kills", KILLS)
def test_killed_consumers_lose_nothing_and_count_nothing_twice(
    kills: int, store: str, server: RedisServer, tmp_path: Path
) -> None:
    dice = random.Random(kills)
    size = _ROWS_PER_KILL * kills
    log = random_log(kills, visits=size, orders=size // 2)
    till = write_till(tmp_path / "till", log, online=online(store, server), stream=server.url)
    till.project().run(as_of=SINCE)
    Command(till.folder, "compile").rest()
    streams = Streams(till, server, messages_of(log, dice))
    struck = 0
    for number in range(kills):
        name = _CONSUMERS[number % 2]
        streams.send(_ROWS_PER_KILL)
        if dice.random() < 0.9:
            streams.await_start(name)
        pause(dice, 0.4)
        struck += streams.kill(name)
    streams.finish()
    assert struck, "nobody was killed at work"
    assert_undisturbed(till)
