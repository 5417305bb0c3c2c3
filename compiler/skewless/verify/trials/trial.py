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
from skewless.contract.instances import ServicePlan
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
    """The training plan, and on which engine unless that is DuckDB."""
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
class Failed:
    """Training ends in an error."""

    reason: str


Point = Mapping[str, Sequence[Trained]] | Failed
"""What training gives for a row of the spine: by instance what each plan does."""


@dataclass(frozen=True, slots=True)
class Served:
    """The answer that holds a point's vector, and its place there."""

    vector: Vector
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What came of an example: the points that were asked for, the answers by a point's number, what differs."""

    example: Example
    """Without rows that a push refuses."""
    spine: Sequence[Row]
    is_computed: bool
    """Whether training on DuckDB has values for every point."""
    served: Mapping[int, Served]
    """Of moments that the state can still be asked for."""
    differences: tuple[Difference, ...]


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

    def close(self) -> None:
        self._online.close()

    def observe(self, example: Example) -> Observed:
        """Brings the example into the state, asks, and compares with training on DuckDB. Raises Incomparable."""
        example = self._replay.admitted(example)
        spine = self._spine(example)
        trained = self._trained(spine)
        if all(isinstance(point, Failed) for point in trained):
            raise Incomparable
        is_computed = not any(isinstance(point, Failed) for point in trained)
        served: dict[int, Served] = {}
        try:
            served = self._served(spine, self._replay.begin(example))
            found = tuple(self._compared(spine, trained, served))
        except EngineError as error:
            if not is_computed:
                raise Incomparable from error
            found = (_broken(spine[0], self.service, error),)
        return Observed(example=example, spine=spine, is_computed=is_computed, served=served, differences=found)

    def compared(self, observed: Observed, trained: Point) -> tuple[Difference, ...]:
        """What another engine's training says differently of the values that were served."""
        return tuple(
            found for point in observed.spine if (served := observed.served.get(point[ROW])) is not None
            for found in self._values(point, trained, served)
        )  # fmt: skip

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

    def _trained(self, spine: Sequence[Row]) -> Sequence[Point]:
        """What training gives for each point; if it fails, each is asked for by itself."""
        try:
            return [self._training.ask(spine)] * len(spine)
        except EngineError:
            return [self._alone(point) for point in spine]

    def _alone(self, point: Row) -> Point:
        try:
            return self._training.ask([point])
        except EngineError as error:
            return Failed(error.message)

    def _served(self, spine: Sequence[Row], state: State) -> dict[int, Served]:
        found: dict[int, Served] = {}
        for moment, together in groupby(spine, itemgetter(AT)):
            points = list(together)
            if microseconds(moment) < state.floor:
                continue
            state.hold(microseconds(moment))
            asked = [{name: point[name] for name in self.service.spine_columns} for point in points]
            vector = self._server.get(asked, as_of=moment, partial=True)
            found |= {point[ROW]: Served(vector, place) for place, point in enumerate(points)}
        return found

    def _compared(
        self, spine: Sequence[Row], trained: Sequence[Point], served: Mapping[int, Served]
    ) -> Iterator[Difference]:
        for point in spine:
            if (answer := served.get(point[ROW])) is None:
                continue
            others = [one for one in spine if one is not point and one[AT] == point[AT]]
            own = trained[point[ROW]]
            for found in (*self._values(point, own, answer), *self._explained(point, own, answer)):
                yield replace(found, beside=tuple(self._beside(found.feature, others, trained)))

    def _beside(self, feature: str, points: Sequence[Row], trained: Sequence[Point]) -> Iterator[Row]:
        output = next(one for one in self.service.outputs if one.name == feature)
        for point in points:
            own = trained[point[ROW]]
            if not isinstance(own, Failed):
                value = own[output.instance.name][0].rows[point[ROW]][output.feature]
                yield {**{name: point[name] for name in self.service.spine_columns}, feature: value}

    def _values(self, point: Row, trained: Point, served: Served) -> Iterator[Difference]:
        """Values that are not the same, or an error of one path."""
        if isinstance(trained, Failed):
            yield from self._failed(point, trained, served)
            return
        vector, place = served.vector, served.place
        for output in self.service.outputs:
            name, dtype = output.name, output.instance.view.feature(output.feature).dtype
            for plan in trained[output.instance.name]:
                value = plan.rows[point[ROW]][output.feature]
                if vector.statuses[name][place] == "INVALID":
                    reason = f"an error: {vector.errors[name][place]}"
                    yield self._difference("error", name, plan.plan, point, value, reason)
                elif not equal(value, vector.values[name][place], dtype, is_tolerant=name in self._tolerant):
                    yield self._difference("value", name, plan.plan, point, value, vector.values[name][place])

    def _failed(self, point: Row, failed: Failed, served: Served) -> Iterator[Difference]:
        vector, place = served.vector, served.place
        if all(vector.statuses[name][place] != "INVALID" for name in vector.names):
            given = {name: vector.values[name][place] for name in vector.names}
            yield self._difference("error", vector.names[0], "", point, f"an error: {failed.reason}", given)

    def _explained(self, point: Row, trained: Point, served: Served) -> Iterator[Difference]:
        """Statuses and event timestamps that are not what the first plan says of the rows behind a value."""
        if isinstance(trained, Failed):
            return
        vector, place = served.vector, served.place
        for output in self.service.outputs:
            name, view, status = output.name, output.instance.view, vector.statuses[output.name][place]
            if status == "INVALID":
                continue
            first = trained[output.instance.name][0]
            row = first.rows[point[ROW]]
            expected = _status(view, row, row[output.feature], microseconds(point[AT]))
            if status not in expected:
                yield self._difference("status", name, first.plan, point, expected[0], status)
            elif status in ("PRESENT", "NULL_VALUE") and view.kind != "request":
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
