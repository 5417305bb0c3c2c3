"""One service made ready to be tried: an example through the online write path and through training, and what differs.

Everything that does not depend on the example is made once: statements, connections, the store's file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal

from skewless.codegen.training.plan import Plan
from skewless.contract.instances import Output, ServicePlan
from skewless.contract.ir import FeatureView
from skewless.contract.names import AT, EVENT_TIME, ROW, SEEN
from skewless.ground.dtypes import DataType
from skewless.ground.errors import EngineError
from skewless.ground.moments import microseconds, moment_of
from skewless.serve.vector import Vector
from skewless.verify.equality import equal, tolerant_outputs
from skewless.verify.trials.examples import Example, Row
from skewless.verify.trials.online import Online
from skewless.verify.trials.replay import State
from skewless.verify.trials.terms import terms_of
from skewless.verify.trials.training import Trained, Training
from skewless.verify.trials.values import pool

_MOST_ENTITIES = 6
What = Literal["value", "status", "event timestamp", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What the two paths say differently of a feature of an entity at a moment."""

    what: What
    feature: str
    plan: str
    """The training plan."""
    keys: Row
    fields: Row
    """Of the request, beside the keys."""
    as_of: dt.datetime
    trained: Any
    served: Any
    beside: tuple[Row, ...] = ()
    """What else was asked for in the same request: keys, fields, and what training says of the feature."""


class Incomparable(Exception):
    """Neither path has values: an expression cannot be computed of the rows that were drawn."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """Training of a point ends in an error."""

    reason: str


_Point = dict[str, list[Trained]] | _Failed


class Trial:
    """Runs examples of one service, every view of which is online. Close it at the end."""

    def __init__(self, service: ServicePlan, others: Sequence[Plan] = ()) -> None:
        self.service = service
        self._online = Online(service)
        self._engine, self._replay, self._server = self._online.engine, self._online.replay, self._online.server
        self._training = Training(self._engine, service, others)
        self._tolerant = tolerant_outputs(service)
        self._strangers = {
            name: pool(DataType.parse(service.spine_columns[name]), terms_of(service)) for name in service.key_columns
        }

    @property
    def is_by_row(self) -> bool:
        """Whether every view follows its rows."""
        return self._replay.is_by_row

    def admitted(self, example: Example) -> Example:
        """The example as it is carried out: without rows that a push refuses."""
        return self._replay.admitted(example)

    def close(self) -> None:
        self._online.close()

    def differences(self, example: Example) -> tuple[Difference, ...]:
        """What the two paths say differently. Raises Incomparable."""
        example = self._replay.admitted(example)
        spine = self._spine(example)
        trained = self._trained(spine)
        if all(isinstance(point, _Failed) for point in trained):
            raise Incomparable
        try:
            state = self._replay.begin(example)
            return tuple(self._compared(spine, trained, state))
        except EngineError as error:
            if any(isinstance(point, _Failed) for point in trained):
                raise Incomparable from error
            return (_broken(spine[0], self.service, error),)

    def _spine(self, example: Example) -> list[Row]:
        for name, rows in example.rows.items():
            self._engine.put(name, rows)
        try:
            entities = self._entities()
        except EngineError as error:
            raise Incomparable from error
        requests = example.requests
        asked = [{**entity, **requests[place % len(requests)]} for place, entity in enumerate(entities)]
        points = [{**one, AT: moment_of(at)} for at in example.moments for one in asked]
        return [{ROW: number, **point} for number, point in enumerate(points)]

    def _entities(self) -> list[Row]:
        """Entities that have rows, in turns those of each view; then one that has none, and NULL keys."""
        found = [(instance, rows) for instance, rows in self._training.entities() if rows]
        entities: list[Row] = []
        nobody: Row = dict.fromkeys(self.service.key_columns)
        for place in range(_MOST_ENTITIES if found else 0):
            entity = dict(nobody)
            turn = place % len(found)
            for instance, rows in (*found[turn + 1 :], *found[: turn + 1]):
                own = rows[(place // len(found)) % len(rows)]
                entity |= {instance.column(name): value for name, value in own.items()}
            entities.append(entity)
        known = {name: [entity[name] for entity in entities] for name in nobody}
        stranger = {
            name: next((value for value in values if value not in known[name]), None)
            for name, values in self._strangers.items()
        }
        unique = {repr(list(entity.values())): entity for entity in (*entities, stranger, nobody)}
        return list(unique.values())

    def _trained(self, spine: Sequence[Row]) -> list[_Point]:
        """What training gives for each point; if it fails, each is asked for by itself."""
        try:
            return [self._training.ask(spine)] * len(spine)
        except EngineError:
            return [self._alone(point) for point in spine]

    def _alone(self, point: Row) -> _Point:
        try:
            return self._training.ask([point])
        except EngineError as error:
            return _Failed(error.message)

    def _compared(self, spine: Sequence[Row], trained: Sequence[_Point], state: State) -> Iterator[Difference]:
        for moment, together in groupby(spine, itemgetter(AT)):
            points = list(together)
            if microseconds(moment) < state.floor:
                continue
            state.hold(microseconds(moment))
            asked = [{name: point[name] for name in self.service.spine_columns} for point in points]
            vector = self._server.get(asked, as_of=moment, partial=True)
            for place, point in enumerate(points):
                others = [one for one in points if one is not point]
                for found in self._of_point(point, trained[point[ROW]], vector, place):
                    yield replace(found, beside=tuple(self._beside(found.feature, others, trained)))

    def _of_point(self, point: Row, trained: _Point, vector: Vector, place: int) -> Iterator[Difference]:
        if isinstance(trained, _Failed):
            yield from self._failed(point, trained, vector, place)
            return
        for output in self.service.outputs:
            yield from self._of_output(output, point, trained, vector, place)

    def _beside(self, feature: str, points: Sequence[Row], trained: Sequence[_Point]) -> Iterator[Row]:
        output = next(one for one in self.service.outputs if one.name == feature)
        for point in points:
            own = trained[point[ROW]]
            if not isinstance(own, _Failed):
                value = own[output.instance.name][0].rows[point[ROW]][output.feature]
                yield {**{name: point[name] for name in self.service.spine_columns}, feature: value}

    def _failed(self, point: Row, failed: _Failed, vector: Vector, place: int) -> Iterator[Difference]:
        if all(vector.statuses[name][place] != "INVALID" for name in vector.names):
            served = {name: vector.values[name][place] for name in vector.names}
            yield self._difference("error", vector.names[0], "", point, f"an error: {failed.reason}", served)

    def _of_output(
        self, output: Output, point: Row, trained: Mapping[str, list[Trained]], vector: Vector, place: int
    ) -> Iterator[Difference]:
        name, instance = output.name, output.instance
        dtype = instance.view.feature(output.feature).dtype
        served, status = vector.values[name][place], vector.statuses[name][place]
        first, *_ = plans = trained[instance.name]
        for plan in plans:
            value = plan.rows[point[ROW]][output.feature]
            if status == "INVALID":
                reason = f"an error: {vector.errors[name][place]}"
                yield self._difference("error", name, plan.plan, point, value, reason)
            elif not equal(value, served, dtype, is_tolerant=name in self._tolerant):
                yield self._difference("value", name, plan.plan, point, value, served)
        if status == "INVALID":
            return
        row = first.rows[point[ROW]]
        expected = _status(instance.view, row, row[output.feature], microseconds(point[AT]))
        if status not in expected:
            yield self._difference("status", name, first.plan, point, expected[0], status)
        elif status in ("PRESENT", "NULL_VALUE") and instance.view.kind != "request":
            time = vector.event_timestamps[name][place]
            if time != row[EVENT_TIME]:
                yield self._difference("event timestamp", name, first.plan, point, row[EVENT_TIME], time)

    def _difference(self, what: What, feature: str, plan: str, point: Row, trained: Any, served: Any) -> Difference:
        keys = self.service.key_columns
        return Difference(
            what=what,
            feature=feature,
            plan=plan,
            keys={name: point[name] for name in keys},
            fields={name: point[name] for name in self.service.spine_columns if name not in keys},
            as_of=point[AT],
            trained=trained,
            served=served,
        )


def _broken(point: Row, service: ServicePlan, error: Exception) -> Difference:
    """Training has values where rows cannot be brought into the state."""
    return Difference(
        what="error", feature=service.outputs[0].name, plan="", keys={}, fields={}, as_of=point[AT],
        trained="values", served=f"an error: {error}",
    )  # fmt: skip


def _status(view: FeatureView, row: Row, value: Any, at: int) -> tuple[str, ...]:
    """The statuses that a value may have, by what training says of the rows behind it."""
    has_value = "NULL_VALUE" if value is None else "PRESENT"
    if view.kind == "request":
        return (has_value,)
    if not row[SEEN]:
        return ("NOT_FOUND",)
    moment = at if view.refresh is None else view.refresh.last_tick(at)
    if (
        view.kind == "latest"
        and view.ttl is not None
        and microseconds(row[EVENT_TIME]) < moment - view.ttl.microseconds
    ):
        # Of rows that are too old a retraction of the newer one may leave none.
        forgets = view.refresh is None and view.rows.timing.has_versions
        return ("OUTSIDE_MAX_AGE", *(("NOT_FOUND",) if forgets else ()))
    return (has_value,)
