"""What features are worth in many cases, computed in an embedded DuckDB by the expressions of training."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skewless.audit.cases import Case
from skewless.audit.history import History
from skewless.codegen.cases import CASE, CASE_ROWS, CASES, cases_query
from skewless.codegen.training.assemble import SPINE, request_query
from skewless.contract.arrow import arrow_type
from skewless.contract.instances import Instance
from skewless.contract.ir import FeatureView
from skewless.contract.names import AT, EVENT_TIME, KNOWN_AT, ROW
from skewless.engines.duckdb import DuckDB
from skewless.ground.dtypes import DataType
from skewless.ground.errors import EngineError
from skewless.serve.sieve import value_errors

if TYPE_CHECKING:
    import pyarrow as pa

_AT_ONCE = 1_000_000
"""Rows of cases in one query."""
Values = Mapping[str, Any]
"""By feature; empty where they cannot be computed, as when a sum overflows."""


class Evaluator:
    """Holds the embedded DuckDB; `close` ends it."""

    def __init__(self) -> None:
        self._engine = DuckDB(root=Path(), settings={}, threads=0)

    def close(self) -> None:
        self._engine.close()

    def of_cases(self, view: FeatureView, history: History, cases: Sequence[Case]) -> list[Values]:
        """The features of a view in each case."""
        found: list[Values | None] = [None] * len(cases)
        for ignores_ttl in (False, True):
            own = [number for number, case in enumerate(cases) if case.ignores_ttl is ignores_ttl]
            for part in _parts(own, cases):
                values = _sieved(lambda chosen: self._of_cases(view, history, [cases[one] for one in chosen]), part)
                for number, row in zip(part, values, strict=True):
                    found[number] = row
        return [one for one in found if one is not None]

    def _of_cases(self, view: FeatureView, history: History, cases: Sequence[Case]) -> list[Values]:
        self._engine.register(CASES, _cases(view, cases))
        self._engine.register(CASE_ROWS, _case_rows(view, history, cases))
        rows = self._engine.arrow(cases_query(view, ignores_ttl=cases[0].ignores_ttl)).to_pylist()
        return [{feature.name: row[feature.name] for feature in view.features} for row in rows]

    def of_requests(
        self,
        instances: Sequence[Instance],
        wanted: Instance,
        requests: Sequence[Values],
        moments: Sequence[dt.datetime],
        known: Mapping[str, Sequence[Values]],
    ) -> list[Values]:
        """The features of a request view for requests at moments, from the values of the instances that it reads.

        `instances` are all of the service, each after those that it reads; `known` are the values of those that keep
        state, one for each request. A request without one of these has no values.
        """
        able = [number for number in range(len(requests)) if all(own[number] for own in known.values())]

        def computed(chosen: Sequence[int]) -> list[Values]:
            own = {name: [values[number] for number in chosen] for name, values in known.items()}
            asked, at = [requests[number] for number in chosen], [moments[number] for number in chosen]
            return self._of_requests(instances, wanted, asked, at, own)

        found = dict(zip(able, _sieved(computed, able), strict=True))
        return [found.get(number, {}) for number in range(len(requests))]

    def _of_requests(
        self,
        instances: Sequence[Instance],
        wanted: Instance,
        requests: Sequence[Values],
        moments: Sequence[dt.datetime],
        known: Mapping[str, Sequence[Values]],
    ) -> list[Values]:
        self._engine.register(SPINE, _spine(instances, requests, moments))
        for one in takewhile(lambda instance: instance is not wanted, instances):
            if one.view.kind == "request":
                self._engine.create(one.name, request_query(one))
            elif one.name in known:
                self._engine.register(one.name, _instance_table(one.view, known[one.name]))
        rows = self._engine.arrow(request_query(wanted)).to_pylist()
        by_row = {row[ROW]: row for row in rows}
        return [
            {feature.name: by_row[number][feature.name] for feature in wanted.view.features}
            for number in range(len(requests))
        ]


def _sieved(compute: Callable[[Sequence[int]], list[Values]], numbers: Sequence[int]) -> list[Values]:
    """What is computed of some numbers; one that makes it fail by a value is found by halves, and has no values."""
    if not numbers:
        return []
    try:
        return compute(numbers)
    except EngineError as error:
        if not isinstance(error.__cause__, value_errors()):
            raise
    if len(numbers) == 1:
        return [{}]
    half = len(numbers) // 2
    return [*_sieved(compute, numbers[:half]), *_sieved(compute, numbers[half:])]


def _parts(numbers: Sequence[int], cases: Sequence[Case]) -> Iterator[list[int]]:
    """Some cases at a time, so that their rows fit."""
    part: list[int] = []
    rows = 0
    for number in numbers:
        size = len(cases[number].rows)
        if part and rows + size > _AT_ONCE:
            yield part
            part, rows = [], 0
        part.append(number)
        rows += size
    if part:
        yield part


def _cases(view: FeatureView, cases: Sequence[Case]) -> pa.Table:
    import pyarrow as pa

    columns = {
        key.name: pa.array([case.point.keys[key.name] for case in cases], arrow_type(key.dtype)) for key in view.keys
    }
    moments = pa.array([case.at for case in cases], pa.timestamp("us"))
    return pa.table({CASE: pa.array(range(len(cases)), pa.int64()), **columns, AT: moments})


def _case_rows(view: FeatureView, history: History, cases: Sequence[Case]) -> pa.Table:
    """The rows of all cases. Where the order is reversed, a row takes the place of another of equal event time."""
    import pyarrow as pa

    rows = pa.array(chain.from_iterable(case.rows for case in cases), pa.int64())
    ordering = pa.array(chain.from_iterable(_ordering(history, case) for case in cases), pa.int64())
    owners = pa.array([number for number, case in enumerate(cases) for _ in case.rows], pa.int64())
    order = {KNOWN_AT, *view.rows.order} - {EVENT_TIME}
    columns = {CASE: owners}
    for key in view.keys:
        values = pa.array([case.point.keys[key.name] for case in cases], arrow_type(key.dtype))
        columns[key.name] = values.take(owners)
    names = [EVENT_TIME, *order, *(one.name for one in view.rows.columns)]
    for name in dict.fromkeys(names):
        if name not in columns:
            columns[name] = history.table.column(name).take(ordering if name in order else rows)
    return pa.table(columns)


def _ordering(history: History, case: Case) -> Sequence[int]:
    """For each row of a case, the row whose place in the total order it takes."""
    if not case.is_reversed:
        return case.rows
    found: list[int] = []
    group: list[int] = []
    for row in case.rows:
        if group and history.event_time[row] != history.event_time[group[0]]:
            found += reversed(group)
            group = []
        group.append(row)
    return [*found, *reversed(group)]


def _spine(instances: Sequence[Instance], requests: Sequence[Values], moments: Sequence[dt.datetime]) -> pa.Table:
    import pyarrow as pa

    types: dict[str, DataType] = {
        one.column(field.name): field.dtype for one in instances for field in (*one.view.keys, *one.view.requests)
    }
    columns = {name: pa.array([row.get(name) for row in requests], arrow_type(dtype)) for name, dtype in types.items()}
    numbers = pa.array(range(len(requests)), pa.int64())
    return pa.table({**columns, ROW: numbers, AT: pa.array(moments, pa.timestamp("us"))})


def _instance_table(view: FeatureView, values: Sequence[Values]) -> pa.Table:
    import pyarrow as pa

    columns = {
        feature.name: pa.array([one[feature.name] for one in values], arrow_type(feature.dtype))
        for feature in view.features
    }
    return pa.table({ROW: pa.array(range(len(values)), pa.int64()), **columns})
