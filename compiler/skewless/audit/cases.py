"""What else could have been served: for each cause, the rows that a value would then be made of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from skewless.audit.history import TICKS, History, Point
from skewless.contract.ir import FeatureView

Cause = Literal[
    "definition",
    "rounding",
    "tie",
    "late",
    "correction",
    "stale",
    "ttl",
    "lost",
    "source",
    "unexplained",
]
CAUSES: dict[Cause, str] = {
    "definition": "changed definition: another version of the view was served",
    "rounding": "type or rounding: the same value, but for its type or its last digits",
    "tie": "tie: rows of equal event time in another order",
    "late": "late data: rows that were not there when they were said to be known",
    "correction": "correction: an event as it was before a later version, or after one",
    "stale": "stale refresh: the values of an earlier tick or run",
    "ttl": "ttl: a row that was too old, or was taken to be",
    "lost": "lost state: nothing was known of an entity that has rows",
    "source": "changed source: the row that was served is not in the source any more",
    "unexplained": "unexplained: nothing above gives what was served; a row overwritten in place would look like this",
}
"""Each cause in words, in the order in which they are tried."""
_FEW, _MOST, _SINGLE = 4, 40, 400
"""Moments until which rows are taken to be known, and rows that are left out one by one: of each at first, of such
moments at all, and of such rows at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One factor changed: a value would be made of these rows of a history, at this moment."""

    cause: Cause
    point: Point
    at: dt.datetime
    rows: tuple[int, ...]
    differ: tuple[int, ...] = ()
    """Rows that are in the case and not in the value, or the other way round."""
    lag: dt.timedelta | None = None
    """How long after they were said to be known rows were still missing, or how long before they were there."""
    is_reversed: bool = False
    """Whether rows of equal event time are in the opposite order."""
    ignores_ttl: bool = False


def base_case(history: History, point: Point) -> Case:
    """The value as it should be."""
    rows = tuple(history.seen(point.number, point.at, point.at))
    return Case(cause="unexplained", point=point, at=point.at, rows=rows)


def rounds_of(
    view: FeatureView, history: History, point: Point, most_late: dt.timedelta, *, by_run: bool
) -> Iterator[list[Case]]:
    """All that is tried, the likelier before the less likely; a round is worth the work if those before found nothing.

    `by_run` says that only `run` brings the state up, so that rows which are missing together are an earlier state.
    """
    seen = history.seen(point.number, point.at, point.at)
    known = _cutoffs(history, point, seen, most_late, stale=by_run)
    young = _young(history, point, seen, most_late)
    first = [*_ties(history, point, seen), *(_ticks(view, history, point) if view.refresh is not None else ())]
    yield [
        *first,
        *known[:_FEW],
        *(_without(history, point, seen, row) for row in young[:_FEW]),
        *_emptied(point, seen),
    ]
    yield [
        *known[_FEW:],
        *(_without(history, point, seen, row) for row in young[_FEW:]),
        *_restored(history, point, seen, most_late),
        *_early(history, point, seen, most_late),
    ]
    yield [*_expired(view, point, seen), *_without_oldest(history, point, seen, most_late)]


def _ties(history: History, point: Point, seen: Sequence[int]) -> Iterator[Case]:
    times = [history.event_time[row] for row in seen]
    if len(set(times)) < len(times):
        yield Case(cause="tie", point=point, at=point.at, rows=tuple(seen), is_reversed=True)


def _ticks(view: FeatureView, history: History, point: Point) -> Iterator[Case]:
    interval = dt.timedelta(microseconds=view.schedule.interval.microseconds)
    for number in range(1, TICKS + 1):
        at = point.at - number * interval
        yield Case(cause="stale", point=point, at=at, rows=tuple(history.seen(point.number, at, at)))


def _emptied(point: Point, seen: Sequence[int]) -> Iterator[Case]:
    if seen:
        yield Case(cause="lost", point=point, at=point.at, rows=())


def _expired(view: FeatureView, point: Point, seen: Sequence[int]) -> Iterator[Case]:
    if view.kind == "latest" and view.ttl is not None:
        yield Case(cause="ttl", point=point, at=point.at, rows=tuple(seen), ignores_ttl=True)


def _cutoffs(
    history: History, point: Point, seen: Sequence[int], most_late: dt.timedelta, *, stale: bool
) -> list[Case]:
    """The state as it was known somewhat earlier, the latest first; and then somewhat later."""
    earliest, latest = point.at - most_late, point.at + most_late
    times = {history.known_from[row] for row in history.of(point.number)}
    times |= {at for row in history.of(point.number) if (at := history.replaced[row]) is not None}
    before = sorted((at for at in times if earliest < at <= point.at), reverse=True)[:_MOST]
    after = sorted(at for at in times if point.at < at <= latest)[:_MOST]
    moments = [*(at - dt.timedelta(microseconds=1) for at in before), *after]
    cases = [_changed(history, point, seen, history.seen(point.number, at, point.at)) for at in moments]
    return [replace(one, cause="stale") if stale and one.cause == "late" else one for one in cases]


def _young(history: History, point: Point, seen: Sequence[int], most_late: dt.timedelta) -> list[int]:
    """Rows that became known shortly before, the last of them first."""
    found = [row for row in seen if history.known_from[row] > point.at - most_late]
    return sorted(found, key=lambda row: history.known_from[row], reverse=True)[:_SINGLE]


def _without(history: History, point: Point, seen: Sequence[int], row: int) -> Case:
    """One row left out; in its place the version before it, if there is one."""
    before = _version_before(history, point, row)
    others = [one for one in seen if one != row]
    return _changed(history, point, seen, sorted([*others, *([] if before is None else [before])]))


def _restored(history: History, point: Point, seen: Sequence[int], most_late: dt.timedelta) -> Iterator[Case]:
    """Each event that was retracted shortly before, as if it had not been."""
    current = {history.event[row] for row in seen}
    for row in history.of(point.number):
        replaced = history.replaced[row]
        if replaced is None or not point.at - most_late < replaced <= point.at or history.event[row] in current:
            continue
        if history.event_time[row] < point.at:
            yield _changed(history, point, seen, sorted([*seen, row]))


def _early(history: History, point: Point, seen: Sequence[int], most_late: dt.timedelta) -> Iterator[Case]:
    """Each row that the sources say was known only after the moment, as if it had been known."""
    for row in history.of(point.number):
        if point.at < history.known_from[row] <= point.at + most_late and history.event_time[row] < point.at:
            others = [one for one in seen if history.event[one] is None or history.event[one] != history.event[row]]
            yield _changed(history, point, seen, sorted([*others, row]))


def _without_oldest(history: History, point: Point, seen: Sequence[int], most_late: dt.timedelta) -> Iterator[Case]:
    """Rows that were dropped too soon, unless all of them are so young that they may have come late."""
    for number in range(1, min(len(seen), _MOST)):
        case = _changed(history, point, seen, seen[number:])
        are_young = all(history.known_from[row] > point.at - most_late for row in seen[:number])
        yield case if are_young else replace(case, cause="ttl", lag=None)


def _changed(history: History, point: Point, seen: Sequence[int], rows: Sequence[int]) -> Case:
    """Late rows, unless all that differs are versions of events that are there either way."""
    missing, added = sorted(set(seen) - set(rows)), sorted(set(rows) - set(seen))
    differ = [*missing, *added]
    in_place = {history.event[row] for row in missing} & {history.event[row] for row in added} - {None}
    retracted = [row for row in added if history.replaced[row] is not None and history.replaced[row] <= point.at]
    others = [row for row in differ if history.event[row] not in in_place and row not in retracted]
    lags = [point.at - history.known_at[row] for row in missing]
    lags += [history.known_at[row] - point.at for row in added if history.known_at[row] >= point.at]
    return Case(
        cause="late" if others or not differ else "correction",
        point=point,
        at=point.at,
        rows=tuple(rows),
        differ=tuple(differ),
        lag=max(lags) if lags else None,
    )


def _version_before(history: History, point: Point, row: int) -> int | None:
    """The version that a row has replaced."""
    if history.event[row] is None:
        return None
    same = (one for one in history.of(point.number) if history.event[one] == history.event[row])
    return next((one for one in same if history.replaced[one] == history.known_from[row]), None)
