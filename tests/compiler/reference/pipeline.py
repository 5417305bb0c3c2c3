"""Turns a pipeline, the data and a moment into the pipeline's rows at that moment.

Where the law is silent:

* Rows of a union tie-break by the number of their branch first, then by the branch's own tie-break.
* The right rows of an as-of join are those known (versions resolved) at the first moment at which the left row is
  known: its known_at for an inclusive left source, its known_at + 1 us otherwise. They need not have happened by then.
  Of those whose event time is `<=` (or `<`, by the operator) the left row's, the greatest (event_time, known_at,
  tie_break) wins.
* NULLs in the keys of a static or an as-of join match nothing. NULLs in a window's partition are one partition.
* A window sees all rows of its input, however old: a ttl or an aggregate's window is applied after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from .aggregates import total
from .ordering import ranks
from .specs import (
    AsofJoin,
    Data,
    Filter,
    Lag,
    Pipeline,
    Project,
    RangeCount,
    Row,
    RunningSum,
    Scan,
    StaticJoin,
    UnionAll,
    Window,
)
from .visibility import Event, known, visible


def run(pipeline: Pipeline, data: Data, moment: int) -> list[Event]:
    """The rows of the pipeline that are visible at `moment`, in no order that means anything."""
    return _run(pipeline, data, as_of=moment, known_by=None)


def _run(pipeline: Pipeline, data: Data, *, as_of: int, known_by: int | None) -> list[Event]:
    """`known_by` set: the rows known at that moment, happened or not, as the right side of an as-of join wants them."""
    match pipeline:
        case Scan(source=source):
            rows = data[source.name]
            return visible(source, rows, as_of) if known_by is None else known(source, rows, known_by)
        case Filter(input=source, predicate=predicate):
            events = _run(source, data, as_of=as_of, known_by=known_by)
            return [event for event in events if predicate(event.values, as_of) is True]
        case Project(input=source):
            events = _run(source, data, as_of=as_of, known_by=known_by)
            return [_project(pipeline, event, as_of) for event in events]
        case UnionAll(inputs=branches):
            runs = [_run(branch, data, as_of=as_of, known_by=known_by) for branch in branches]
            return [_of_branch(event, number) for number, events in enumerate(runs) for event in events]
        case StaticJoin(input=source):
            events = _run(source, data, as_of=as_of, known_by=known_by)
            return _join_static(pipeline, events, data[pipeline.source.name])
        case AsofJoin(left=left):
            events = _run(left, data, as_of=as_of, known_by=known_by)
            return _join_asof(pipeline, events, data, as_of)
        case Window(input=source):
            return _add_window(pipeline, _run(source, data, as_of=as_of, known_by=known_by))


def _project(node: Project, event: Event, as_of: int) -> Event:
    return replace(event, values={name: expression(event.values, as_of) for name, expression in node.columns})


def _of_branch(event: Event, number: int) -> Event:
    return replace(event, tie=(number, event.tie))


def _join_static(node: StaticJoin, events: Iterable[Event], rows: Sequence[Row]) -> list[Event]:
    joined = []
    for event in events:
        matches: list[Row | None] = [row for row in rows if keys_match(event.values, row, node.on)]
        if not matches and node.kind == "left":
            matches = [None]
        joined += [_extended(event, node.take, match) for match in matches]
    return joined


def _join_asof(node: AsofJoin, events: Iterable[Event], data: Data, as_of: int) -> list[Event]:
    joined = []
    for event in events:
        candidates = _run(node.right, data, as_of=as_of, known_by=event.knowable_from)
        matches = [right for right in candidates if _asof_match(node, event, right)]
        if matches:
            joined.append(_extended(event, node.take, max(matches, key=lambda right: right.order).values))
        elif node.kind == "left":
            joined.append(_extended(event, node.take, None))
    return joined


def _asof_match(node: AsofJoin, left: Event, right: Event) -> bool:
    in_time = right.event_time < left.event_time
    if node.operator == ">=":
        in_time = in_time or right.event_time == left.event_time
    return in_time and keys_match(left.values, right.values, node.on)


def keys_match(left: Row, right: Row, on: Iterable[tuple[str, str]]) -> bool:
    """Whether each pair of columns is equal; a NULL equals nothing."""
    return all(left[here] is not None and left[here] == right[there] for here, there in on)


def _extended(event: Event, take: Iterable[tuple[str, str]], match: Row | None) -> Event:
    taken = {name: None if match is None else match[column] for column, name in take}
    return replace(event, values={**event.values, **taken})


def _add_window(node: Window, events: Iterable[Event]) -> list[Event]:
    partitions: dict[object, list[Event]] = {}
    for event in sorted(events, key=lambda event: event.order):
        partitions.setdefault(ranks(event.values[column] for column in node.partition_by), []).append(event)
    return [
        replace(event, values={**event.values, node.name: _window_value(node.function, partition, position)})
        for partition in partitions.values()
        for position, event in enumerate(partition)
    ]


def _window_value(function: Lag | RunningSum | RangeCount, partition: Sequence[Event], position: int) -> object:
    match function:
        case Lag(column=column, offset=offset):
            return partition[position - offset].values[column] if position >= offset else None
        case RunningSum(column=column, preceding=preceding):
            frame = partition[max(0, position - preceding) : position + 1]
            return total([(event.values[column],) for event in frame])
        case RangeCount(interval=interval):
            head = partition[position].event_time
            return sum(head - interval <= event.event_time <= head for event in partition)
