"""The rows of a unit test through the online write path: as they became known, or as the test says.

Other than a state that is loaded at the moment that is asked for, this one has a past: rows that were corrected,
retracted, late, or let go of.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import pairwise
from typing import Any

from skewless.contract.instances import ServicePlan
from skewless.contract.ir import SourceTable
from skewless.contract.names import AT
from skewless.ground.moments import microseconds, moment_of
from skewless.project.model import FEW_EVENTS, Delivery
from skewless.serve.server import FeatureServer
from skewless.verify.trials.examples import Example, Row, Step, known_from
from skewless.verify.trials.online import Online
from skewless.verify.trials.replay import State
from skewless.verify.trials.terms import sources_of_service

Ask = Callable[[FeatureServer, Sequence[Row], dt.datetime], Sequence[Mapping[str, Any]]]
"""A server, the keys and request fields of some rows, and the moment, into what is answered of each."""
Arrivals = Mapping[str, tuple[tuple[int, ...], ...]]


def serve_written(
    service: ServicePlan,
    rows: Mapping[str, Sequence[Row]],
    spine: Sequence[Row],
    ask: Ask,
    delivered: tuple[Delivery, Arrivals] | None = None,
) -> dict[int, Mapping[str, Any]]:
    """Number of a row of the spine to what is answered; rows whose moment lies before the state's own have none.

    `rows` are those of each source, and `delivered` says how they come. The moment of a row is its `_at`. Raises
    EngineError and what the server raises.
    """
    wanted: dict[int, list[int]] = {}
    for number, row in enumerate(spine):
        wanted.setdefault(microseconds(row[AT]), []).append(number)
    sources = {source.name: source for source in sources_of_service(service)}
    given = {name: tuple(rows.get(name, ())) for name in sources}
    answers: dict[int, Mapping[str, Any]] = {}
    with closing(Online(service)) as online:
        if delivered is None:
            states = _while_written(online, _as_known(sources, given, online.replay.refused(given)), sorted(wanted))
        else:
            states = _when_written(online, _stated(given, *delivered), sorted({*wanted, *delivered[0].asked_at}))
        for state, moment in states:
            if moment < state.floor:
                continue
            state.hold(moment)
            numbers = wanted.get(moment, [])
            asked = [{name: spine[number][name] for name in service.spine_columns} for number in numbers]
            answers |= zip(numbers, ask(online.server, asked, moment_of(moment)) if asked else [], strict=True)
    return answers


def _as_known(
    sources: Mapping[str, SourceTable], rows: Mapping[str, tuple[Row, ...]], refused: Mapping[str, set[int]]
) -> Example:
    """One step for each moment at which rows became known, which lets go of all before it. What a push refuses is there
    when the state is loaded, and all that was known by then."""
    known = {
        name: [None if sources[name].is_static else known_from(sources[name], row) for row in own]
        for name, own in rows.items()
    }
    times = sorted({at for own in known.values() for at in own if at is not None})
    unwritten = [at for name, places in refused.items() for place in places if (at := known[name][place]) is not None]
    loaded_at = max(unwritten, default=times[0] - 1 if times else 0)
    written = [at for at in times if at > loaded_at]
    step = {at: number for number, at in enumerate(written, start=1)}
    return Example(
        rows=rows,
        arrivals={name: tuple((0 if at is None else step.get(at, 0),) for at in own) for name, own in known.items()},
        loaded_at=loaded_at,
        steps=tuple(Step(kind="sweep", at=at) for at in written),
        moments=(),
        requests=(),
        tile_events=FEW_EVENTS,
    )


def _stated(rows: Mapping[str, tuple[Row, ...]], delivery: Delivery, arrivals: Arrivals) -> Example:
    return Example(
        rows=rows,
        arrivals={name: arrivals.get(name) or ((0,),) * len(own) for name, own in rows.items()},
        loaded_at=delivery.loaded_at,
        steps=tuple(Step(kind=kind, at=at) for kind, at in delivery.steps),
        moments=(),
        requests=(),
        tile_events=delivery.tile_events,
    )


def _while_written(online: Online, example: Example, moments: Sequence[int]) -> Iterator[tuple[State, int]]:
    """Each moment, when all that was known by then has been written, and nothing else."""
    times = [-math.inf, *(step.at for step in example.steps), math.inf]
    for state, (since, until) in zip(online.replay.steps(example), pairwise(times), strict=False):
        state.hold(state.floor)
        yield from ((state, moment) for moment in moments if since <= moment < until)


def _when_written(online: Online, example: Example, moments: Sequence[int]) -> Iterator[tuple[State, int]]:
    """Each moment, when all has been written."""
    state = online.replay.begin(example)
    yield from ((state, moment) for moment in moments)
