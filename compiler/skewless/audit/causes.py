"""Each value that differs to its one cause: the first factor that, changed alone, gives what was served."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skewless.audit.cases import Case, Cause, base_case
from skewless.audit.history import History, Point, history_of
from skewless.audit.recompute import Recomputed, Row, Value
from skewless.audit.rounding import is_rounded
from skewless.audit.search import Explained, search
from skewless.audit.values import Evaluator, Values
from skewless.codegen.history import own_columns
from skewless.contract.instances import Instance, Output, ServicePlan
from skewless.contract.names import EVENT_TIME, KNOWN_AT
from skewless.engines.engine import Engine
from skewless.tasks.evidence import shown_at
from skewless.verify.equality import equal

_AT_ONCE = 200
"""Requests of which the rows are fetched together."""
_SHOWN = 5
"""Rows that a finding shows at most."""
Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One value that differs, and why. `through` is the view whose difference a request view only passes on."""

    row: Row
    output: str
    view: str
    value: Value
    cause: Cause
    through: str | None = None
    lag: dt.timedelta | None = None
    rows: tuple[Mapping[str, Any], ...] = ()
    """Rows of the view that make the difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The case of an instance that gives what was served, and the rows that it is of."""

    instance: Instance
    history: History
    case: Case
    values: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """One definition of a service, and what of it was logged.

    `changed` are views that have another version now, and `is_changed` says whether anything about the service has.
    `most_late` is how late rows may be to be taken for late, `tolerant` the outputs whose last digits may differ.
    """

    engine: Engine
    service: ServicePlan
    recomputed: Recomputed
    changed: frozenset[str]
    is_changed: bool
    most_late: dt.timedelta
    tolerant: frozenset[str]

    def outputs_of(self, instance: Instance) -> list[Output]:
        """What was logged of an instance."""
        return [one for one in self.recomputed.outputs if one.instance is instance]

    def are_served(self, row: Row, instance: Instance, values: Values) -> bool:
        """Whether these values of an instance are what was served, all that was. What cannot be computed was not."""
        outputs = self.outputs_of(instance)
        return bool(values) and all(self._is_served(row.values[one.name], values[one.feature], one) for one in outputs)

    def _is_served(self, value: Value, expected: Any, output: Output) -> bool:
        dtype = output.instance.view.feature(output.feature).dtype
        try:
            return equal(value.served, expected, dtype, is_tolerant=output.name in self.tolerant)
        except TypeError:  # a value of another type
            return False


def find_causes(audited: Audited, told: Told) -> Iterator[Finding]:
    """One finding for each value that differs, request by request; `told` hears how many of how many are done."""
    differing = [row for row in audited.recomputed.rows if row.differs]
    evaluator = Evaluator()
    try:
        for start in range(0, len(differing), _AT_ONCE):
            part = differing[start : start + _AT_ONCE]
            yield from _Part(audited, evaluator, part).findings()
            told(start + len(part), len(differing))
    finally:
        evaluator.close()


class _Part:
    """Some requests that differ, and what explains the values of each instance."""

    def __init__(self, audited: Audited, evaluator: Evaluator, rows: Sequence[Row]) -> None:
        self._audited = audited
        self._evaluator = evaluator
        self._rows = rows
        self._histories: dict[str, History] = {}
        self._found: dict[tuple[str, int], _Found] = {}
        """By instance and request; of a request view, the case of a view that it reads."""

    def findings(self) -> Iterator[Finding]:
        for instance in self._audited.service.instances:
            rows = self._open(instance)
            if rows and instance.view.kind == "request":
                self._explain_request(instance, rows)
            elif rows:
                self._explain(instance, rows)
        for row in self._rows:
            for output in self._audited.recomputed.outputs:
                if not row.values[output.name].is_equal:
                    yield self._finding(row, output)

    def _open(self, instance: Instance) -> list[Row]:
        """Requests of which something differs that no other definition explains; what looks rounded may be another."""
        if self._is_changed(instance):
            return []
        outputs = self._audited.outputs_of(instance)
        return [row for row in self._rows if any(not row.values[one.name].is_equal for one in outputs)]

    def _is_changed(self, instance: Instance) -> bool:
        return any(one.view.name in self._audited.changed for one in (instance, *_read_by(instance)))

    def _explain(self, instance: Instance, rows: Sequence[Row]) -> None:
        """Of a view that keeps state: the case of it that gives what was served."""
        by_number = {row.number: row for row in rows}

        def served(cases: Sequence[Case], values: Sequence[Values]) -> list[bool]:
            return [
                self._audited.are_served(by_number[case.point.number], instance, own)
                for case, own in zip(cases, values, strict=True)
            ]

        points = [_point(instance, row) for row in rows]
        history = self._histories[instance.name] = self._history(instance, points)
        found = search(self._evaluator, instance.view, history, points, self._audited.most_late, served)
        for number, one in found.items():
            self._found[instance.name, number] = _found(instance, history, one)

    def _explain_request(self, instance: Instance, rows: Sequence[Row]) -> None:
        """Of a request view: what explains the views that it reads, or a case of one of them."""
        read = [one for one in _read_by(instance) if one.view.kind != "request"]
        histories = {one.name: self._history(one, [_point(one, row) for row in rows]) for one in read}
        known = {one.name: self._values(one, histories[one.name], rows) for one in read}
        values = self._requests(instance, rows, known)
        left = []
        for row, own in zip(rows, values, strict=True):
            through = next((found for one in read if (found := self._found.get((one.name, row.number)))), None)
            if through is not None and self._audited.are_served(row, instance, own):
                self._found[instance.name, row.number] = through
            else:
                left.append(row)
        for one in read:
            left = self._search_through(instance, one, histories[one.name], known, rows, left)

    def _search_through(
        self,
        instance: Instance,
        read: Instance,
        history: History,
        known: Mapping[str, Sequence[Values]],
        rows: Sequence[Row],
        left: Sequence[Row],
    ) -> list[Row]:
        """Tries the cases of one view that a request view reads; the requests that none of them explains."""
        places = {row.number: place for place, row in enumerate(rows)}

        def served(cases: Sequence[Case], values: Sequence[Values]) -> list[bool]:
            chosen = [rows[places[case.point.number]] for case in cases]
            others = {name: [own[places[case.point.number]] for case in cases] for name, own in known.items()}
            found = self._requests(instance, chosen, {**others, read.name: values})
            return [self._audited.are_served(row, instance, one) for row, one in zip(chosen, found, strict=True)]

        points = [_point(read, row) for row in left]
        found = search(self._evaluator, read.view, history, points, self._audited.most_late, served)
        for number, one in found.items():
            self._found[instance.name, number] = _found(read, history, one)
        return [row for row in left if row.number not in found]

    def _history(self, instance: Instance, points: Sequence[Point]) -> History:
        return history_of(self._audited.engine, instance.view, points, self._audited.most_late)

    def _values(self, instance: Instance, history: History, rows: Sequence[Row]) -> list[Values]:
        """What an instance's values were: as they are explained, or as they should be."""
        cases = [base_case(history, _point(instance, row)) for row in rows]
        values = self._evaluator.of_cases(instance.view, history, cases)
        found = [self._found.get((instance.name, row.number)) for row in rows]
        return [own if one is None else one.values for own, one in zip(values, found, strict=True)]

    def _requests(self, instance: Instance, rows: Sequence[Row], known: Mapping[str, Sequence[Values]]) -> list[Values]:
        if not rows:
            return []
        instances = self._audited.service.instances
        fields, moments = [row.fields for row in rows], [row.at for row in rows]
        return self._evaluator.of_requests(instances, instance, fields, moments, known)

    def _finding(self, row: Row, output: Output) -> Finding:
        value, instance = row.values[output.name], output.instance
        if self._is_changed(instance):
            return _named(row, output, "definition")
        found = self._found.get((instance.name, row.number))
        if found is None:
            is_cut = is_rounded(value.served, value.expected)
            return _named(row, output, "rounding" if is_cut else self._otherwise(row, output))
        statuses = {row.values[one.name].status for one in self._audited.outputs_of(found.instance)}
        return Finding(
            row=row,
            output=output.name,
            view=instance.view.name,
            value=value,
            cause=_cause(found, statuses, self._audited.most_late),
            through=None if found.instance is instance else found.instance.view.name,
            lag=found.case.lag,
            rows=tuple(_shown(found)),
        )

    def _otherwise(self, row: Row, output: Output) -> Cause:
        """The service may be another one; numbers may be cut to whole ones; or a row was served that is gone."""
        if self._audited.is_changed and output.instance.view.kind == "request":
            return "definition"
        if is_rounded(row.values[output.name].served, row.values[output.name].expected, digits=0):
            return "rounding"
        history, event_time = self._histories.get(output.instance.name), row.values[output.name].event_time
        if history is None or event_time is None:
            return "unexplained"
        times = {history.event_time[one] for one in history.of(row.number)}
        return "unexplained" if event_time in times else "source"


def _read_by(instance: Instance) -> Iterator[Instance]:
    """The instances that a request view reads, at any depth."""
    for _, one in instance.dependencies:
        yield one
        yield from _read_by(one)


def _point(instance: Instance, row: Row) -> Point:
    """Values of a refreshed view are those of its tick."""
    view = instance.view
    keys = {key.name: row.fields[instance.column(key.name)] for key in view.keys}
    return Point(number=row.number, keys=keys, at=shown_at(view, row.at))


def _found(instance: Instance, history: History, one: Explained) -> _Found:
    return _Found(instance=instance, history=history, case=one.case, values=one.values)


def _named(row: Row, output: Output, cause: Cause) -> Finding:
    value = row.values[output.name]
    return Finding(row=row, output=output.name, view=output.instance.view.name, value=value, cause=cause)


def _cause(found: _Found, statuses: set[str], most_late: dt.timedelta) -> Cause:
    """What it means that no row was served depends on what was said of it, and on how old the rows are."""
    case = found.case
    if case.cause != "lost":
        return case.cause
    if "OUTSIDE_MAX_AGE" in statuses:
        return "ttl"
    seen = base_case(found.history, case.point).rows
    are_young = all(found.history.known_from[row] > case.point.at - most_late for row in seen)
    return "late" if are_young else "lost"


def _shown(found: _Found) -> Iterator[Mapping[str, Any]]:
    """Some of the rows that make the difference."""
    names = [EVENT_TIME, KNOWN_AT, *(column.name for column in own_columns(found.instance.view))]
    for number in found.case.differ[:_SHOWN]:
        [row] = found.history.table.slice(number, 1).to_pylist()
        yield {name.lstrip("_") if name in (EVENT_TIME, KNOWN_AT) else name: row[name] for name in names}
