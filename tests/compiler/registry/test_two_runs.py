"""Two `skewless run` of one project, started together again and again: one of them waits or is refused, and whatever
becomes of them, what is stored is what a run that nobody disturbs would have stored."""

from __future__ import annotations

import datetime as dt
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from chaos.processes import Command, pause
from chaos.till import END, SINCE, Till, differences, known_before, random_log, stored, write_till
from sqlalchemy import select
from stores.redis_server import RedisServer

from skewless.ground.process import Process
from skewless.registry.database import Database
from skewless.registry.records import Author, Scope
from skewless.registry.registry import Registry
from skewless.registry.tables import leases

FEW, MANY = 5, int(os.environ.get("SKEWLESS_ROUNDS", "50"))
"""Rounds of the test in the ordinary suite, and in `make registry`."""
_WAITS = {"nobody waits": (0, 0), "one waits": (0, 120), "both wait": (120, 120), "one is killed": (120, 120)}
_REFUSED = re.compile(r"(?:\w+@\w+, )*\w+@\w+(?: and \d+ more)?: being loaded by run (\d+) of \S+@\S+ since .* UTC")


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a run: `done`, `refused` or `killed`; whether it had to wait; and the run that it names."""

    how: str
    waited: bool
    names: int | None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("url", "rounds"),
    [
        pytest.param("sqlite", FEW, id="sqlite-few"),
        pytest.param("sqlite", MANY, id="sqlite-many", marks=pytest.mark.rounds),
        pytest.param("postgresql", MANY, id="postgresql-many", marks=pytest.mark.rounds),
    ],
    indirect=["url"],
)
def test_two_runs_at_once_leave_the_state_of_one(
    url: str, rounds: int, redis_server: RedisServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dice = random.Random(rounds)
    log = random_log(rounds, visits=1_500, orders=400, users=60)
    online = "{type: sqlite, path: target/online.db}"
    if url.startswith("postgresql"):  # as a team has it
        online = f"{{type: redis, url: '{redis_server.url}?prefix={tmp_path.name}'}}"
    till = write_till(tmp_path / "till", log, online=online, registry=url)
    counted: Counter[str] = Counter()
    for number, at in enumerate(_moments(rounds)):
        till.keep(known_before(log, at + dt.timedelta(minutes=dice.choice([0, 20]))))
        kind = [*_WAITS][number % len(_WAITS)]
        ended = _together(till, url, at, kind, dice)
        _check_registry(url, ended)
        assert _faults(till, at) == [], (number, kind, ended)
        counted.update(one.how for one in ended)
        counted["waited"] += sum(one.waited for one in ended)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{rounds} rounds: {', '.join(f'{count} {how}' for how, count in sorted(counted.items()))}\n"
        )
    assert counted["refused"], "no run ever met another"
    assert counted["waited"], "no run ever waited"
    assert counted["killed"], "none was killed at work"


def _moments(rounds: int) -> list[dt.datetime]:
    """The first is that of a first run: there is no registry yet, and nothing is stored."""
    return [SINCE + (END - SINCE) * number / rounds for number in range(1, rounds + 1)]


def _together(till: Till, url: str, at: dt.datetime, kind: str, dice: random.Random) -> list[Ended]:
    refresh = ["--full-refresh"] if dice.random() < 0.2 else []
    started = [Command(till.folder, "run", "--as-of", f"{at}", "--wait", f"{wait}", *refresh) for wait in _WAITS[kind]]
    killed = _kill_the_holder(url, started, dice) if kind == "one is killed" else None
    return [_ended(one, was_killed=one is killed) for one in started]


def _kill_the_holder(url: str, started: Sequence[Command], dice: random.Random) -> Command | None:
    """The one that was killed while it was loading; None if it was done before."""
    deadline = time.monotonic() + 60
    while not (holders := _holders(url)):
        assert time.monotonic() < deadline, "nobody holds a lease"
        time.sleep(0.02)
    [holder] = [one for one in started if one.number in holders]
    pause(dice, 0.4)
    return holder if holder.kill() else None


def _holders(url: str) -> set[int]:
    """The numbers of the processes that hold leases now."""
    with _database(url) as database, database.transaction() as connection:
        found = connection.execute(select(leases.c.process).where(leases.c.target == "dev")).scalars().all()
    return {process.number for process in map(Process.parse, found) if process is not None}


def _ended(run: Command, *, was_killed: bool) -> Ended:
    if was_killed:
        return Ended("killed", waited=False, names=None)
    code, lines = run.outcome()
    last = lines[-1]
    waited = any(line["message"].startswith("waiting: ") for line in lines)
    if code == 0:
        assert (last["event"], last["pass"], last["total"]) == ("done", 7, 7), last
        return Ended("done", waited=waited, names=None)
    refused = _REFUSED.fullmatch(last["message"])
    assert (code, last.get("kind")) == (1, "RegistryError"), lines
    assert refused is not None, last
    assert "--wait" in last["help"]
    assert not waited
    return Ended("refused", waited=False, names=int(refused[1]))


def _check_registry(url: str, ended: Sequence[Ended]) -> None:
    """It knows of both, the one that a refused run names was the other, and nobody holds anything any more."""
    scope = Scope(project="till", target="dev", identity="till")
    author = Author(user="test", host="here", release="0")
    with closing(Registry(url, scope, author)) as registry:
        runs, services = registry.runs(2), registry.services()
    statuses = {"killed": "running"}
    assert sorted(run.status for run in runs) == sorted(statuses.get(one.how, one.how) for one in ended)
    assert any(run.status == "done" for run in runs)
    for one in ended:
        if one.names is not None:
            assert [run.status for run in runs if run.id == one.names] == ["done"]
    for run in runs:
        if run.status == "done":
            assert [(load.status, load.as_of) for load in run.loads] == [("success", run.loads[0].as_of)] * 7
    assert [(one.service, one.is_current) for one in services] == [("by_row", True), ("everything", True)]
    assert _holders(url) == set()


def _faults(till: Till, at: dt.datetime) -> list[str]:
    """Where the state differs from training's values, and from that of a run that was alone."""
    for file in (till.folder / "target").glob("calm.db*"):
        file.unlink()
    till.project("calm").run(as_of=at)
    found = differences(till, "everything", [at])
    one, other = stored(till), stored(till, "calm")
    return found + [f"another state of {key}" for key in one if one[key] != other[key]]


@contextmanager
def _database(url: str) -> Iterator[Any]:
    with closing(Database(url)) as database:
        yield database
