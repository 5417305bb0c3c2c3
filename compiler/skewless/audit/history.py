"""The rows of the entities of some requests, as sources have them now, and which of them a moment sees."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from skewless.codegen.history import Reach, history_query
from skewless.codegen.state import POINTS
from skewless.contract.arrow import arrow_type
from skewless.contract.ir import FeatureView
from skewless.contract.names import (
    AT,
    EVENT_TIME,
    ID,
    KNOWN_AT,
    KNOWN_FROM,
    ROW,
    VISIBLE_TO,
)
from skewless.engines.engine import Engine
from skewless.ground.durations import Duration
from skewless.tasks.sources import sources_of

if TYPE_CHECKING:
    import pyarrow as pa

NEWEST = 20_000
"""Rows of an entity that are looked at for one request, the newest."""
TICKS = 5
"""Ticks before the one that should have been shown, of which one may have been."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One request of one view: its number, the keys, and the moment at which its values are computed."""

    number: int
    keys: Mapping[str, Any]
    at: dt.datetime


class History:
    """Rows by number, oldest first in the total order for each point."""

    def __init__(self, table: pa.Table, points: Iterable[Point]) -> None:
        self.table = table
        self.points = {point.number: point for point in points}
        owners = table.column(ROW).to_pylist()
        self._rows: dict[int, list[int]] = {}
        for number, owner in enumerate(owners):
            self._rows.setdefault(owner, []).append(number)

    def of(self, point: int) -> Sequence[int]:
        """All rows of a point's entity, whatever its moment sees of them."""
        return self._rows.get(point, ())

    def seen(self, point: int, known_until: dt.datetime, at: dt.datetime) -> list[int]:
        """Rows that were known and current at one moment, and had happened at another."""
        return [
            row
            for row in self.of(point)
            if self.known_from[row] <= known_until
            and not (self.replaced[row] is not None and self.replaced[row] <= known_until)
            and self.event_time[row] + (self.known_from[row] - self.known_at[row]) <= at
        ]

    @cached_property
    def event_time(self) -> list[dt.datetime]:
        return self._column(EVENT_TIME)

    @cached_property
    def known_at(self) -> list[dt.datetime]:
        return self._column(KNOWN_AT)

    @cached_property
    def known_from(self) -> list[dt.datetime]:
        """The first moment at which each row is known."""
        return self._column(KNOWN_FROM)

    @cached_property
    def replaced(self) -> list[Any]:
        """The first moment at which a later version has replaced it; None if none has."""
        return self._column(VISIBLE_TO)

    @cached_property
    def event(self) -> list[str | None]:
        """Which event each row is of; None where no primary key tells."""
        return self._column(ID)

    def _column(self, name: str) -> list[Any]:
        found: list[Any] = self.table.column(name).to_pylist()
        return found


def history_of(engine: Engine, view: FeatureView, points: Sequence[Point], after: dt.timedelta) -> History:
    """The rows of each point's entity that some window of it reaches, also at earlier ticks, and those that were known
    so long after it at most."""
    engine.register(POINTS, _table(view, points))
    reach = Reach(before=_before(view), after=Duration(round(after.total_seconds() * 1_000_000)), newest=NEWEST)
    return History(engine.arrow(history_query(view, sources_of(engine, view), reach)), points)


def _before(view: FeatureView) -> Duration | None:
    """A latest row is looked for however old it is: it may have been served after its time."""
    if view.horizon is None or view.kind == "latest":
        return None
    ticks = 0 if view.refresh is None else TICKS * view.refresh.interval.microseconds
    return Duration(view.horizon.microseconds + ticks)


def _table(view: FeatureView, points: Sequence[Point]) -> pa.Table:
    import pyarrow as pa

    columns = {
        key.name: pa.array([point.keys[key.name] for point in points], arrow_type(key.dtype)) for key in view.keys
    }
    numbers = pa.array([point.number for point in points], pa.int64())
    return pa.table({ROW: numbers, **columns, AT: pa.array([point.at for point in points], pa.timestamp("us"))})
