"""Turns a view, an entity, a moment and the data into feature values and their statuses, by plain loops.

The oracle of the tests: written from `semantics.md` alone, it shares no code and no idea with the product. It
recomputes everything for each entity and moment and is meant for some dozens of rows.

Where the law is silent:

* A refreshed view is evaluated, value and status, as a fresh view would be at the tick; the rule `tick + lag < T` does
  not become `<=` for an inclusive source.
* The ttl of a latest view keeps rows with `event_time >= T - ttl`; an aggregate's window keeps `event_time >= T - W`.
  Both heads are the visibility rule, so a row at exactly T of an inclusive source is inside.
* An aggregate's own window stands as it is written, also where it is longer than the view's ttl.
* NOT_FOUND: for a latest view, no visible row at all; for an aggregate view, no visible row within the view's largest
  window (the largest any of its aggregates uses), whatever the aggregates' own filters, and its count is still 0.
* OUTSIDE_MAX_AGE, for latest views only: there is a visible row, and it is older than the ttl.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from .aggregates import AGGREGATES, joined
from .pipeline import run
from .specs import Aggregate, AggregateView, Data, LatestView, Refresh, View
from .visibility import Event


class Status(StrEnum):
    """What a value of a feature vector says of itself."""

    PRESENT = "PRESENT"
    NULL_VALUE = "NULL_VALUE"
    NOT_FOUND = "NOT_FOUND"
    OUTSIDE_MAX_AGE = "OUTSIDE_MAX_AGE"


def evaluate(view: View, data: Data, key: Sequence[object], moment: int) -> dict[str, object]:
    """The value of each feature of the entity `key` (in the order of `view.keys`) at `moment`."""
    moment = effective_moment(view.refresh, moment)
    events = events_of_entity(view, data, key, moment)
    match view:
        case LatestView():
            return latest_values(view, events, moment)
        case AggregateView():
            return {
                each.name: aggregate_value(each, events, window_start(view, each, moment), moment)
                for each in view.features
            }


def status(view: View, data: Data, key: Sequence[object], moment: int) -> dict[str, Status]:
    """The status of each feature of the entity `key` at `moment`."""
    values = evaluate(view, data, key, moment)
    moment = effective_moment(view.refresh, moment)
    absence = reason_of_absence(view, events_of_entity(view, data, key, moment), moment)
    return {name: absence or (Status.NULL_VALUE if value is None else Status.PRESENT) for name, value in values.items()}


def effective_moment(refresh: Refresh | None, moment: int) -> int:
    """The last tick whose `tick + lag < moment`; for a fresh view the moment itself."""
    if refresh is None:
        return moment
    last_published = moment - refresh.lag - 1
    return last_published - (last_published - refresh.offset) % refresh.interval


def events_of_entity(view: View, data: Data, key: Sequence[object], moment: int) -> list[Event]:
    """The entity's visible rows in the total order, ascending. A NULL in the key matches nothing."""
    if any(value is None for value in key):
        return []
    wanted = list(zip(view.keys, key, strict=True))
    events = run(view.pipeline, data, moment)
    mine = [event for event in events if all(event.values[name] == value for name, value in wanted)]
    return sorted(mine, key=lambda event: event.order)


def latest_values(view: LatestView, events: Sequence[Event], moment: int) -> dict[str, object]:
    """The features of the greatest row within the ttl; without one all are NULL, whatever their expressions."""
    fresh = since(events, None if view.ttl is None else moment - view.ttl)
    if not fresh:
        return {feature.name: None for feature in view.features}
    return {feature.name: feature.expression(fresh[-1].values, moment) for feature in view.features}


def aggregate_value(aggregate: Aggregate, events: Iterable[Event], start: int, moment: int) -> object:
    """The aggregate over the rows of its window that pass its filter."""
    where = aggregate.where
    rows = [event.values for event in since(events, start) if where is None or where(event.values, moment) is True]
    arguments = [tuple(row[column] for column in aggregate.arguments) for row in rows]
    if aggregate.function == "string_agg":
        return joined(arguments, aggregate.separator)
    return AGGREGATES[aggregate.function](arguments)


def since(events: Iterable[Event], start: int | None) -> list[Event]:
    """The events at or after `start`: the tail of a window is inclusive."""
    return [event for event in events if start is None or event.event_time >= start]


def window_start(view: AggregateView, aggregate: Aggregate, moment: int) -> int:
    """Where the aggregate's window begins: its own length, or the view's ttl, before the moment."""
    window = view.ttl if aggregate.window is None else aggregate.window
    if window is None:
        raise ValueError(f"unbounded-window: aggregate {aggregate.name!r} has no window and its view no ttl")
    return moment - window


def reason_of_absence(view: View, events: Sequence[Event], moment: int) -> Status | None:
    """Why the entity has no row to take values from, or None when it has one."""
    if not events:
        return Status.NOT_FOUND
    match view:
        case LatestView(ttl=ttl):
            return Status.OUTSIDE_MAX_AGE if ttl is not None and not since(events, moment - ttl) else None
        case AggregateView():
            start = min(window_start(view, each, moment) for each in view.features)
            return None if since(events, start) else Status.NOT_FOUND
