"""Turns a source's rows and a moment into the events that are visible then: known, then version, then happened.

Where the law is silent:

* `inclusive` turns the two visibility comparisons from `<` into `<=`, and nothing else: neither `as_of()` nor a
  window's tail moves.
* A NULL `known_at` (or, where known_at is derived, a NULL event time) is never known. A NULL event time never happens,
  but such a row is still a version: once known, it hides the versions before it.
* NULL primary key values are equal to each other, so rows with a NULL key are versions of one event.
* Among versions, a NULL tie-break value is smaller than any value. Of versions that also tie on the tie-break, a
  retraction wins; then the remaining declared columns decide in declared order, the greatest wins, NULL smallest. So
  an exact duplicate counts once.
* `deleted` retracts when it is true; NULL is false. Without a primary key each row is the only version of itself, so a
  deleted row is simply not there.
* Rows that tie on (event_time, known_at, tie_break) though they are different events are ordered by primary key, then
  by the remaining columns. This only makes the oracle deterministic: legal test cases do not depend on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .ordering import ranks
from .specs import Row, SourceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A row on its way through a pipeline, with what travels with it unseen.

    `knowable_from` is the first moment at which the row is known.
    """

    values: Row
    event_time: int
    known_at: int
    knowable_from: int
    tie: tuple[object, ...]

    @property
    def order(self) -> tuple[object, ...]:
        """The total order: (event_time, known_at, tie_break)."""
        return (self.event_time, self.known_at, self.tie)


def visible(source: SourceSpec, rows: Sequence[Row], moment: int) -> list[Event]:
    """The events that are known and have happened at `moment`."""
    return [event for event in known(source, rows, moment) if precedes(source, event.event_time, moment)]


def known(source: SourceSpec, rows: Sequence[Row], moment: int) -> list[Event]:
    """The current version of every event that is known at `moment`, whether or not it has happened."""
    if source.static:
        raise ValueError(f"source {source.name!r} is static: it has no events, join it")
    versions: dict[object, Row] = {}
    for position, row in enumerate(rows):
        if not is_known(source, row, moment):
            continue
        identity = event_identity(source, row, position)
        rival = versions.get(identity)
        if rival is None or version_order(source, row) > version_order(source, rival):
            versions[identity] = row
    return [to_event(source, row) for row in versions.values() if survives(source, row)]


def precedes(source: SourceSpec, time: int, moment: int) -> bool:
    """Whether something at `time` is visible at `moment`."""
    return time <= moment if source.inclusive else time < moment


def is_known(source: SourceSpec, row: Row, moment: int) -> bool:
    """Step 1: the row's known time lies before the moment."""
    known_at = known_time(source, row)
    return known_at is not None and precedes(source, known_at, moment)


def known_time(source: SourceSpec, row: Row) -> int | None:
    """When the row became known, or None for never."""
    if source.known_at is not None:
        return _time(row[source.known_at])
    event_time = event_time_of(source, row)
    return None if event_time is None else event_time + source.delay


def event_time_of(source: SourceSpec, row: Row) -> int | None:
    """When the row happened, or None for never."""
    if source.event_time is None:
        raise ValueError(f"source {source.name!r} has no event_time")
    return _time(row[source.event_time])


def event_identity(source: SourceSpec, row: Row, position: int) -> object:
    """What versions of one event share: the primary key, or without one the row's own position."""
    if source.primary_key:
        return ranks(row[column] for column in source.primary_key)
    return position


def version_order(source: SourceSpec, row: Row) -> tuple[object, ...]:
    """Step 2: the version with the greatest of these is the event."""
    return (
        known_time(source, row),
        ranks(row[column] for column in source.ordering_columns),
        is_deleted(source, row),
        ranks(row[column] for column in remaining_columns(source)),
    )


def is_deleted(source: SourceSpec, row: Row) -> bool:
    """Whether this version retracts its event."""
    return source.deleted is not None and row[source.deleted] is True


def survives(source: SourceSpec, row: Row) -> bool:
    """Whether the current version of an event leaves something to see."""
    return not is_deleted(source, row) and event_time_of(source, row) is not None


def remaining_columns(source: SourceSpec) -> list[str]:
    """The declared columns that the version order has not used yet, in declared order."""
    used = {source.known_at, source.deleted, *source.primary_key, *source.tie_break}
    return [column.name for column in source.columns if column.name not in used]


def to_event(source: SourceSpec, row: Row) -> Event:
    """The row with its times and its place among rows of equal times."""
    event_time, known_at = event_time_of(source, row), known_time(source, row)
    if event_time is None or known_at is None:
        raise ValueError("only a known row with an event time is an event")
    columns = [*source.ordering_columns, *source.primary_key, *remaining_columns(source)]
    return Event(
        values=row,
        event_time=event_time,
        known_at=known_at,
        knowable_from=known_at if source.inclusive else known_at + 1,
        tie=ranks(row[column] for column in columns),
    )


def _time(value: object) -> int | None:
    if value is None or isinstance(value, int):
        return value
    raise TypeError(f"a timestamp is an integer of microseconds, not {value!r}")
