"""A service is served from version 1 while version 2 is built, deployed, rolled back and dropped, and rows arrive in every
way: each answer is what training says at its moment, under the definition of the bundle that answers."""

from __future__ import annotations

import datetime as dt
import random
import re
import shutil
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from chaos.processes import Command
from chaos.till import END, SINCE, USERS, Log, Row, Till, known_before, random_log, table_of, write_till
from serve.http.serving import Process, columns, serving
from stores.redis_server import RedisServer

from skewless import Project
from skewless.verify.equality import equal, tolerant_outputs

_SERVICE = "by_row"
_MOMENTS = [END, END + dt.timedelta(minutes=25), END + dt.timedelta(hours=3)]
_PAUSE = 0.005
"""Seconds between two questions of a client; whoever tests has other tests to run beside it."""
_STEP = dt.timedelta(minutes=40)
_EDITS = {
    "ordered": ("{{ last('1 hour') }}", "{{ last('2 hours') }}"),
    "last_order": ("amount < 900", "amount < 500"),
    "visited": ("as visits_1h,", "as visits_1h, max(spent) filter (where {{ last('1 hour') }}) as most_1h,"),
}
"""What makes version 2 of the project: a window, a filter, and one feature more. Two views stay as they are."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client was told. Of the batches of rows, `done` were surely there when it asked, and no more than `begun`
    had begun to arrive when it was answered."""

    version: int
    moment: dt.datetime
    user: int
    values: dict[str, Any]
    done: int
    begun: int


@dataclass
class Arrivals:
    """Batches of rows, each of one source, in the order in which they become known."""

    log: Log
    sofar: list[Log] = field(default_factory=list)
    """The whole log after each batch."""
    begun: int = 0
    done: int = 0

    def next(self) -> tuple[str, Sequence[Row]]:
        """The next batch: a source and its new rows. It has begun to arrive."""
        before = self.sofar[-1]
        source = ("till.visits", "till.orders")[len(self.sofar) % 2]
        now = {**before, source: known_before(self.log, SINCE + _STEP * len(self.sofar))[source]}
        self.sofar.append(now)
        self.begun += 1
        return source, now[source][len(before[source]) :]


@dataclass
class Clients:
    """Threads that ask a server again and again, until they are stopped."""

    url: str
    version: int
    arrivals: Arrivals
    answers: list[Answer] = field(default_factory=list)
    faults: list[object] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def start(self, count: int = 2) -> Clients:
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(count)]
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        self.over.set()
        for thread in self._threads:
            thread.join(timeout=60)

    def ask_more(self) -> None:
        """Returns when a few more have been answered."""
        wanted, deadline = len(self.answers) + 40, time.monotonic() + 120
        while len(self.answers) < wanted and not self.faults:
            assert time.monotonic() < deadline, "nothing is answered"
            time.sleep(0.01)

    def _ask(self, seed: int) -> None:
        dice = random.Random(seed)
        with httpx.Client(base_url=self.url, timeout=120, trust_env=False) as client:
            while not self.over.wait(_PAUSE):
                try:
                    self._ask_once(client, dice)
                except Exception as error:  # noqa: BLE001 - whatever it is, it must not be
                    self.faults.append(error)
                    return

    def _ask_once(self, client: httpx.Client, dice: random.Random) -> None:
        users, moment, done = dice.sample(USERS, 4), dice.choice(_MOMENTS), self.arrivals.done
        asked = {"feature_service": _SERVICE, "entities": {"user_id": users}, "as_of": moment.isoformat()}
        told = columns(client.post("/get-online-features", json=asked))
        begun = self.arrivals.begun
        for place, user in enumerate(users):
            values = {name: column[place] for name, column in told.items()}
            self.answers.append(Answer(self.version, moment, user, values, done, begun))


@dataclass
class Deployment:
    """A project in production: what is done with it, while it is asked."""

    till: Till
    arrivals: Arrivals
    opened: ExitStack

    def edit(self, *, back: bool = False) -> None:
        for view, (old, new) in _EDITS.items():
            file = self.till.folder / "features" / f"{view}.sql"
            text, (out, into) = file.read_text(), (new, old) if back else (old, new)
            assert out in text
            file.write_text(text.replace(out, into, 1))

    def run(self) -> None:
        """As of the last batch that has arrived."""
        at = SINCE + _STEP * (len(self.arrivals.sofar) - 1)
        code, lines = Command(self.till.folder, "run", "--as-of", f"{at}").outcome()
        assert code == 0, lines

    def clean(self, *more: str) -> list[str]:
        code, lines = Command(self.till.folder, "clean", "--online", "--yes", *more).outcome()
        assert code == 0, lines
        return [line["message"] for line in lines]

    def bundles(self, name: str) -> Path:
        """What `run` has written, as a release of it is taken."""
        return Path(shutil.copytree(self.till.folder / "target" / "serving", self.till.folder.parent / name))

    def serve(self, bundles: Path, version: int) -> tuple[Process, Clients]:
        process = self.opened.enter_context(
            serving("--bundles", str(bundles), "--no-access-log", "--service", _SERVICE)
        )
        clients = Clients(process.url, version, self.arrivals).start()
        self.opened.callback(clients.stop)
        return process, clients

    def land(self) -> None:
        """A batch into the warehouse, and a run."""
        self.arrivals.next()
        self.till.keep(self.arrivals.sofar[-1])
        self.run()
        self.arrivals.done = self.arrivals.begun

    def push(self, server: Process) -> None:
        """A batch over HTTP, and afterwards into the warehouse."""
        source, rows = self.arrivals.next()
        frame = {name: [_json(row[name]) for row in rows] for name in rows[0]}
        told = httpx.post(
            f"{server.url}/push", json={"push_source_name": source, "df": frame}, timeout=120, trust_env=False
        )
        assert (told.status_code, told.content) == (200, b""), told.text
        self.arrivals.done = self.arrivals.begun
        self.till.keep(self.arrivals.sofar[-1])

    def push_file(self) -> None:
        """A batch by the command."""
        source, rows = self.arrivals.next()
        pq.write_table(table_of(source, rows), self.till.folder / "batch.parquet")
        code, lines = Command(self.till.folder, "push", source, "batch.parquet").outcome()
        assert code == 0, lines
        self.arrivals.done = self.arrivals.begun
        self.till.keep(self.arrivals.sofar[-1])

    def stored(self) -> set[str]:
        """The views whose state is there, once for each of their versions."""
        with closing(self.till.project().workspace.store()) as store:
            return {info.version for info in store.versions()}


@pytest.mark.rounds
@pytest.mark.parametrize("store", ["sqlite", "redis"])
def test_every_answer_is_of_the_version_that_is_deployed(
    store: str, redis_server: RedisServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    online = "{type: sqlite, path: target/online.db}"
    if store == "redis":
        online = f"{{type: redis, url: '{redis_server.url}?prefix={tmp_path.name}'}}"
    log = random_log(7, visits=1_500, orders=500)
    till = write_till(tmp_path / "till", log, online=online)
    arrivals = Arrivals(log, [known_before(log, SINCE)])
    till.keep(arrivals.sofar[0])
    with ExitStack() as opened:
        production = Deployment(till, arrivals, opened)
        clients = _released(production)
    answers = [answer for one in clients for answer in one.answers]
    with capsys.disabled():
        counted = ", ".join(f"{len(one.answers):,} of version {one.version}" for one in clients)
        sys.stdout.write(f"\n{store}: {arrivals.done} batches of rows; vectors: {counted}\n")
    assert [fault for one in clients for fault in one.faults] == []
    assert list(_wrong(till, arrivals, answers, tmp_path)) == []


def _released(production: Deployment) -> list[Clients]:
    """Version 1 all the time, and version 2 beside it for a while."""
    production.run()
    one = production.bundles("one")
    first = production.till.project().workspace.versions
    server, old = production.serve(one, 1)
    old.ask_more()
    production.push(server)
    production.edit()
    production.land()  # builds version 2
    old.ask_more()
    two = production.bundles("two")
    second = production.till.project().workspace.versions
    newer, new = production.serve(two, 2)
    for arrive in (lambda: production.push(newer), production.land, production.push_file):
        new.ask_more()
        arrive()
        old.ask_more()
    production.edit(back=True)
    production.land()
    for clients in (old, new):
        clients.ask_more()
    _check_nothing_used_is_dropped(production, {*first.values(), *second.values()})
    production.land()  # which keeps version 2 up to date, since it is served still
    new.ask_more()
    new.stop()
    newer.stop()
    _retire(production, {*first.values()})
    again, rolled_back = production.serve(one, 1)
    production.push(again)
    production.land()
    for clients in (old, rolled_back):
        clients.ask_more()
        clients.stop()
    return [old, new, rolled_back]


def _check_nothing_used_is_dropped(production: Deployment, used: set[str]) -> None:
    told = production.clean()
    assert "No state in the online store is to be dropped" in told
    assert sum(line.startswith("Stays: ") for line in told) == len(_EDITS)
    assert production.stored() == used


def _retire(production: Deployment, left: set[str]) -> None:
    """The versions of services that are deployed nowhere any more, and with them the states that nobody reads."""
    stays = [line for line in production.clean() if line.startswith("Stays: ")]
    superseded = {name for line in stays for name in re.findall(r"--retire (\S+@\w+)", line)}
    assert {name.partition("@")[0] for name in superseded} == {"by_row", "everything"}
    told = production.clean(*(word for name in sorted(superseded) for word in ("--retire", name)))
    assert sum(line.startswith("Dropped ") for line in told) == len(_EDITS)
    assert production.stored() == left


def _wrong(till: Till, arrivals: Arrivals, answers: Sequence[Answer], folder: Path) -> Iterator[str]:
    """Answers of which a view's part is not training's over the rows that were there, of any batch under way."""
    copies = {version: _copied(till, folder / f"expected_{version}", version) for version in (1, 2)}
    projects = {version: copy.project() for version, copy in copies.items()}
    expected = {
        (version, batch): _expected(copies[version], projects[version], log)
        for version in projects
        for batch, log in enumerate(arrivals.sofar)
    }
    plans = {version: project.workspace.service(_SERVICE) for version, project in projects.items()}
    for one in {repr(one): one for one in answers}.values():
        plan = plans[one.version]
        assert {output.name for output in plan.outputs} <= one.values.keys()
        tolerant = tolerant_outputs(plan)
        for view in {output.instance.view.name: output.instance.view for output in plan.outputs}.values():
            outputs = [output for output in plan.outputs if output.instance.view.name == view.name]
            if not any(
                all(
                    equal(
                        expected[one.version, batch][one.moment, one.user][output.name],
                        one.values[output.name],
                        view.feature(output.feature).dtype,
                        is_tolerant=output.name in tolerant,
                    )
                    for output in outputs
                )
                for batch in range(one.done, one.begun + 1)
            ):
                yield f"{view.name} in {one}"


def _copied(till: Till, folder: Path, version: int) -> Till:
    """The project as it is in one version, with a warehouse of its own."""
    copy = write_till(folder, till.log, online="{type: sqlite, path: target/online.db}")
    if version == 2:
        Deployment(copy, Arrivals(till.log), ExitStack()).edit()
    return copy


def _expected(copy: Till, project: Project, log: Log) -> dict[tuple[dt.datetime, int], Row]:
    """What training says of every user at every moment."""
    copy.keep(log)
    rows = [{"user_id": user, "asked_at": at} for at in _MOMENTS for user in USERS]
    spine = pa.Table.from_pylist(rows, schema=pa.schema({"user_id": pa.int64(), "asked_at": pa.timestamp("us")}))
    found = project.training_set(_SERVICE, spine, timestamp="asked_at").to_pylist()
    return {(row["asked_at"], row["user_id"]): row for row in found}


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime) else value
