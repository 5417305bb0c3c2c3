"""`skewless stream`, killed 100 times at random moments, leaves the state that one undisturbed writer would leave."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from stores.redis_server import RedisServer

from .processes import FEW, MANY, Command, pause
from .stores import let_a_minute_pass, online
from .streams import CONSUMERS, Streams, messages_of
from .till import (
    AFTER_END,
    AT_END,
    BEFORE_END,
    END,
    FLOOR,
    SINCE,
    Till,
    differences,
    load_calmly,
    random_log,
    stored,
    write_till,
)

_PER_KILL = 60


@contextmanager
def loaded_till(folder: Path, store: str, server: RedisServer, kills: int) -> Iterator[tuple[Till, Streams]]:
    """A till whose state is loaded, and streams of all that has become known since."""
    log = random_log(kills, visits=_PER_KILL * kills, orders=_PER_KILL * kills // 2)
    till = write_till(folder / "till", log, online=online(store, server), stream=server.url)
    till.project().run(as_of=SINCE)
    Command(till.folder, "compile").rest()
    streams = Streams(till, server, messages_of(log, random.Random(kills)))
    try:
        yield till, streams
    finally:
        streams.kill_all()


def assert_undisturbed(till: Till) -> None:
    """The state answers as training does, and holds what an undisturbed one holds."""
    moments = [*BEFORE_END, *AT_END, *AFTER_END]
    assert differences(till, "by_row", moments) == []
    load_calmly(till)
    assert differences(till, "by_row", moments, "calm") == []
    assert stored(till) == stored(till, "calm")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kills", "store"),
    [
        pytest.param(FEW, "redis", id="few"),
        pytest.param(MANY, "redis", id="redis", marks=pytest.mark.chaos),
        pytest.param(MANY, "sqlite", id="sqlite", marks=pytest.mark.chaos),
    ],
)
def test_killed_consumers_lose_nothing_and_count_nothing_twice(
    kills: int, store: str, durable: RedisServer, tmp_path: Path
) -> None:
    dice = random.Random(kills)
    struck = 0
    with loaded_till(tmp_path, store, durable, kills) as (till, streams):
        for number in range(kills):
            name = CONSUMERS[number % 2]
            streams.send(_PER_KILL)
            if dice.random() < 0.9:
                streams.await_start(name)
            pause(dice, 0.4)
            struck += streams.kill(name)
        streams.finish()
    assert struck, "nobody was killed at work"
    assert_undisturbed(till)


@pytest.mark.chaos
@pytest.mark.parametrize("store", ["redis", "sqlite"])
def test_runs_and_consumers_that_are_killed_side_by_side(store: str, durable: RedisServer, tmp_path: Path) -> None:
    """What a load leaves out of what the streams have brought, the next run finds."""
    dice = random.Random(MANY)
    with loaded_till(tmp_path, store, durable, MANY) as (till, streams):
        for number in range(MANY // 2):
            streams.send(_PER_KILL * 2)
            at = SINCE + (FLOOR - SINCE) * number / MANY
            run = Command(till.folder, "run", "--as-of", f"{at}", *dice.choice([(), ("--full-refresh",)]))
            run.until("found")
            pause(dice, 1.0)
            streams.kill(CONSUMERS[number % 2])
            pause(dice, 0.5)
            run.kill()
            let_a_minute_pass(till.folder, durable)
        Command(till.folder, "run", "--as-of", f"{FLOOR}", "--full-refresh").rest()
        streams.finish()
    Command(till.folder, "run", "--as-of", f"{END}").rest()
    assert differences(till, "by_row", [*AT_END, *AFTER_END]) == []
    assert differences(till, "everything", AT_END) == []
