"""`skewless run`, killed 100 times at random moments while its sources grow: one more run makes everything right."""

from __future__ import annotations

import datetime as dt
import random
import time
from pathlib import Path

import pytest
from stores.redis_server import RedisServer

from .processes import FEW, MANY, Command, pause
from .stores import let_a_minute_pass, online
from .till import (
    AFTER_END,
    AT_END,
    END,
    SINCE,
    Till,
    differences,
    known_before,
    random_log,
    stored,
    write_till,
)

_VISITS, _USERS = 5_000, 300


def seconds_at_work(till: Till, at: dt.datetime) -> float:
    """How long a run takes that nobody kills, once it has read the project."""
    run = Command(till.folder, "run", "--as-of", f"{at}")
    run.until("found")
    since = time.monotonic()
    run.rest()
    return time.monotonic() - since


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kills", "store"),
    [
        pytest.param(FEW, "sqlite", id="few"),
        pytest.param(MANY, "redis", id="redis", marks=pytest.mark.chaos),
        pytest.param(MANY, "sqlite", id="sqlite", marks=pytest.mark.chaos),
    ],
)
def test_killed_runs_are_made_right_by_the_next(kills: int, store: str, durable: RedisServer, tmp_path: Path) -> None:
    dice = random.Random(kills)
    log = random_log(kills, visits=_VISITS, orders=_VISITS // 4, users=_USERS)
    till = write_till(tmp_path / "till", log, online=online(store, durable))
    till.keep(known_before(log, SINCE))
    longest = seconds_at_work(till, SINCE)
    step = (END - SINCE) / (kills + 1)
    struck = 0
    for number in range(1, kills + 1):
        at = SINCE + step * number
        till.keep(known_before(log, at + dt.timedelta(minutes=dice.choice([0, 20]))))
        refresh = ["--full-refresh"] if dice.random() < 0.3 else []
        run = Command(till.folder, "run", "--as-of", f"{at}", *refresh)
        run.until("found")
        pause(dice, longest)
        struck += run.kill()
        let_a_minute_pass(till.folder, durable)
    till.keep(log)
    assert struck, "none was killed at work"
    Command(till.folder, "run", "--as-of", f"{END}").rest()
    assert differences(till, "everything", AT_END) == []
    assert differences(till, "by_row", [*AT_END, *AFTER_END]) == []
    till.project("calm").run(as_of=END)
    assert stored(till) == stored(till, "calm")
