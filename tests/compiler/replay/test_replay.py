"""Flights as they come: while `skewless stream` consumes a month of them, every answer is training's at its moment."""

from __future__ import annotations

import datetime as dt
import os
import random
import sys
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from chaos.processes import Command
from stores.redis_server import RedisServer

from skewless import FeatureServer, Project
from skewless.verify.equality import equal, tolerant_outputs

from .flights import DATA, KNOWN, Row, asked_rows, events, write_flights
from .sending import Replay

pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the flights are fetched by make target/data/.complete")
FIRST = dt.datetime(2013, 7, 1)
DAYS = float(os.environ.get("SKEWLESS_DAYS", "31"))
_SERVICE, _GROUP = "delay_v1", "flights"
_UNSEEN = {"tailnum": "N00000", "carrier": "??"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "days", [pytest.param(1.0, id="a day"), pytest.param(DAYS, id="all", marks=pytest.mark.replay)]
)
def test_every_answer_is_the_training_value_at_its_moment(
    days: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = RedisServer(tmp_path / "redis").start()
    try:
        asked, served = _replayed(tmp_path / "flights", server, FIRST + dt.timedelta(days=days))
    finally:
        server.stop()
    project = Project.load(tmp_path / "flights", environ={})
    found = _differences(project, asked, served)
    with capsys.disabled():
        values, moments = sum(map(len, served)), len({row["event_timestamp"] for row in asked})
        text = f"{values:,} values of {len(asked):,} vectors at {moments:,} moments: {len(found):,} differ"
        sys.stdout.write(f"\n{text}\n")
    assert moments > 20 * days
    assert found == []


def _replayed(folder: Path, server: RedisServer, last: dt.datetime) -> tuple[list[Row], list[Row]]:
    """What was asked while the events came, and what was served."""
    write_flights(folder, online=f"{{type: redis, url: '{server.url}'}}", stream=server.url)
    project = Project.load(folder, environ={})
    project.run(as_of=FIRST)
    Command(folder, "compile").rest()
    asking = project.server(_SERVICE)
    consumers = [Command(folder, "stream", *KNOWN, "--consumer", name) for name in ("one", "two")]
    try:
        with Replay(server.client, events(FIRST, last), _GROUP) as replay:
            found = list(_answers(asking, replay, asked_rows(FIRST, last)))
        for one in consumers:
            one.end()
    finally:
        asking.close()
        for one in consumers:
            one.kill()
    assert not any(server.client.exists(f"{source}:dead") for source in KNOWN)
    return [asked for asked, _ in found], [served for _, served in found]


def _answers(server: FeatureServer, replay: Replay, spine: Sequence[Row]) -> Iterator[tuple[Row, Row]]:
    """(what was asked, what was served) at moments before which everything is consumed, until all of it is."""
    dice = random.Random(0)
    moments = [row["event_timestamp"] for row in spine]
    last, deadline = FIRST, time.monotonic() + 60
    while (at := replay.frontier()) is not None:
        if at == last:
            assert time.monotonic() < deadline, f"nothing is consumed after {at}"
            continue
        last, deadline = at, time.monotonic() + 60
        place = bisect_left(moments, at)
        near = [*spine[place : place + 2], dice.choice(spine), dice.choice(spine) | _UNSEEN]
        rows = [row | {"event_timestamp": at} for row in near]
        vector = server.get([_request(row) for row in rows], as_of=at)
        for number, row in enumerate(rows):
            yield row, {name: vector.values[name][number] for name in vector.names}


def _request(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "event_timestamp"}


def _differences(project: Project, asked: Sequence[Row], served: Sequence[Row]) -> list[str]:
    plan = project.workspace.service(_SERVICE)
    tolerant = tolerant_outputs(plan)
    types = {one.name: one.instance.view.feature(one.feature).dtype for one in plan.outputs}
    spine = pa.Table.from_pylist(list(asked))
    trained = project.training_set(_SERVICE, spine, timestamp="event_timestamp").to_pylist()
    return [
        f"{name} at {row['event_timestamp']}: trained {row[name]}, served {vector[name]}, of {row}"
        for row, vector in zip(trained, served, strict=True)
        for name, dtype in types.items()
        if not equal(row[name], vector[name], dtype, is_tolerant=name in tolerant)
    ]
