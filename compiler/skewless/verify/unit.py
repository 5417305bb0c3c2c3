"""dbt's unit tests, each case through both paths: the training SQL, and serving, of a state that is loaded as of the
moment that is asked for, and of one that the rows were written to."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlglot import exp

from skewless.codegen.meaning import fingerprints
from skewless.contract.instances import ServicePlan, service_of_view
from skewless.contract.ir import FeatureView, Field, SourceTable
from skewless.contract.names import AT, table
from skewless.engines.duckdb import DuckDB
from skewless.ground.codes import Code
from skewless.ground.diagnostics import did_you_mean
from skewless.ground.dtypes import TIMESTAMP, VARCHAR, DataType
from skewless.ground.errors import SkewlessError
from skewless.ground.moments import utc
from skewless.project.model import Delivery, Given, UnitTest
from skewless.serve.server import FeatureServer
from skewless.tasks.train import training_set
from skewless.tasks.workspace import Workspace
from skewless.verify.equality import equal, tolerant_outputs
from skewless.verify.given import (
    NO_ROWS,
    check_distinct,
    create_table,
    fault,
    is_mocked,
    mocked_columns,
    mocked_name,
    mocked_rows,
    mocked_view,
    rows_of,
)
from skewless.verify.parity import serve_spine
from skewless.verify.result import Outcome, TestResult
from skewless.verify.tables import differences_table
from skewless.verify.told import told
from skewless.verify.written import Arrivals, serve_written

_AS_OF = "as_of"
_STATUS, _TIME = ".status", ".event_timestamp"
"""After the name of a feature: what serving tells of it, and training does not."""
_ANY_MOMENT = dt.datetime(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class _Case:
    """A unit test made ready: what to evaluate, where, and what should come out."""

    service: ServicePlan
    spine: list[dict[str, Any]]
    expected: list[dict[str, Any]]
    types: Mapping[str, DataType]
    tolerant: frozenset[str]
    """Features of which the last digits do not count."""
    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    """Given rows by source."""
    delivered: tuple[Delivery, Arrivals] | None


def run_unit_test(workspace: Workspace, test: UnitTest) -> TestResult:
    """One unit test. A fault of the test itself is the result `error`, a difference the result `fail`."""
    since = time.perf_counter()
    try:
        message, detail, failures = _run(workspace, test)
        status: Outcome = "fail" if failures else "pass"
    except SkewlessError as error:
        message, detail, failures, status = *told(error, workspace.read_text), 0, "error"
    return TestResult(
        name=test.name, kind="unit", node=test.model, status=status, seconds=time.perf_counter() - since,
        message=message, detail=detail, failures=failures,
    )  # fmt: skip


def _run(workspace: Workspace, test: UnitTest) -> tuple[str, str, int]:
    if test.variables:
        workspace = _with_variables(workspace, test)
    given: dict[str, str] = {}
    with _GivenEngine(workspace, given) as engine:
        case = _prepare(workspace, engine, test, given)
        trained = training_set(engine, case.service, _arrow(case), _AS_OF).to_pylist()
        versions = fingerprints({one.view.name: one.view for one in case.service.instances})
        served = serve_spine(engine, case.service, versions, ask=_vector)
    spine = [{**row, AT: row[_AS_OF]} for row in case.spine]
    written = serve_written(case.service, case.rows, spine, _vectors, case.delivered)
    loaded = [served.get(row, {}) for row in range(len(case.spine))]
    paths = {
        "training": trained,
        "serving": loaded,
        "write": [written.get(row, loaded[row]) for row in range(len(spine))],
    }
    wrong = {path: rows for path, rows in paths.items() if _failures(case, rows)}
    if wrong.get("write") == loaded:  # then it tells nothing new
        del wrong["write"]
    if not wrong:
        return f"{len(case.expected)} rows on both paths", "", 0
    details = [
        differences_table(f"{path} path", case.expected, rows, _cells(case, rows)) for path, rows in wrong.items()
    ]
    count = sum(len(_failures(case, rows)) for rows in wrong.values())
    return f"{count} values differ on the {' and the '.join(wrong)} path", "\n\n".join(details), count


def _vector(server: FeatureServer, fields: Mapping[str, Any], at: dt.datetime) -> Mapping[str, Any]:
    """The features of one row, their statuses and their times."""
    return _vectors(server, [fields], at)[0]


def _vectors(server: FeatureServer, rows: Sequence[Mapping[str, Any]], at: dt.datetime) -> list[Mapping[str, Any]]:
    found = server.get(rows, as_of=at)
    columns: dict[str, Sequence[Any]] = {**found.values}
    columns |= {f"{name}{_STATUS}": own for name, own in found.statuses.items()}
    columns |= {f"{name}{_TIME}": own for name, own in found.event_timestamps.items()}
    return [{name: own[place] for name, own in columns.items()} for place in range(len(rows))]


class _GivenEngine(DuckDB):
    """DuckDB whose sources are the rows of one test. A source that is not given has no rows."""

    def __init__(self, workspace: Workspace, given: dict[str, str]) -> None:
        super().__init__(root=workspace.root, settings={}, threads=1)
        self._given = given

    def physical(self, sources: Iterable[SourceTable]) -> dict[str, dict[str, str]]:
        """The tables of given rows have the declared types, whatever the source is read from elsewhere."""
        return {source.name: {one.name: str(one.dtype) for one in source.columns} for source in sources}

    def relation(self, source: SourceTable) -> Any:
        if is_mocked(source):
            return table(source.identifier)
        if source.name not in self._given:
            name = f"given_source_{len(self._given) + 1}"
            create_table(self, name, source.columns, [], NO_ROWS)
            self._given[source.name] = name
        return table(self._given[source.name])


def _with_variables(workspace: Workspace, test: UnitTest) -> Workspace:
    variables = {**workspace.files.variables, **test.variables}
    files = dataclasses.replace(workspace.files, variables=variables)
    changed = Workspace(
        read=dataclasses.replace(workspace.read, files=files),
        target=workspace.target,
        environment=workspace.environment,
        options=workspace.options,
    )
    changed.check()
    return changed


def _prepare(workspace: Workspace, engine: DuckDB, test: UnitTest, given: dict[str, str]) -> _Case:
    view, views = workspace.view(test.model), _with_mocked(workspace, test)
    service = service_of_view(view, views)
    _check_read(service, view, test)
    requests: list[dict[str, Any]] = []
    held: dict[str, list[dict[str, Any]]] = {}
    for number, one in enumerate(test.given, start=1):
        rows, name = rows_of(engine, one.rows), f"given_{number}"
        if one.input == "request()":
            requests = create_table(engine, name, _named_once(view.keys, view.requests), rows, one.rows)
            check_distinct(requests, view.keys, one)
        elif one.input.startswith("ref("):
            other = views[_name(one)]
            held[mocked_name(other)] = create_table(engine, name, mocked_columns(other), mocked_rows(rows), one.rows)
            check_distinct(held[mocked_name(other)], other.keys, one)
        else:
            source = workspace.sources[_name(one)]
            held[source.name] = create_table(engine, name, source.columns, rows, one.rows)
            given[source.name] = name
    return _case(service, view, engine, test, requests, held)


def _delivered(test: UnitTest, held: Mapping[str, Sequence[Any]]) -> tuple[Delivery, Arrivals] | None:
    """How the rows come. Raises CompileError where that is said of other rows than there are."""
    arrivals: dict[str, tuple[tuple[int, ...], ...]] = {}
    for one in test.given:
        if one.comes and test.delivered is None:
            raise fault("invalid-value", "'comes' needs a `delivered`, whose steps it counts", one.rows)
        if one.comes and len(one.comes) != len(held.get(_name(one), ())):
            message = f"'comes' is said of {len(one.comes)} rows, and {one.input} has {len(held.get(_name(one), ()))}"
            raise fault("invalid-value", message, one.rows, help="give each row its steps; 0 is before the load")
        if one.comes:
            arrivals[_name(one)] = one.comes
    return None if test.delivered is None else (test.delivered, arrivals)


def _with_mocked(workspace: Workspace, test: UnitTest) -> dict[str, FeatureView]:
    """All views; in place of those that the test gives, views over the tables of given values."""
    views = dict(workspace.views)
    for number, one in enumerate(test.given, start=1):
        if one.input.startswith("ref("):
            other = _named(views, one, "unknown-view")
            views[other.name] = mocked_view(other, f"given_{number}")
        elif one.input != "request()":
            _named(workspace.sources, one, "unknown-source")
    return views


def _named(known: Mapping[str, Any], given: Given, code: Code) -> Any:
    """What the input names."""
    name = _name(given)
    if name not in known:
        raise fault(code, f"there is no '{name}'", given.rows, help=did_you_mean(name, known))
    return known[name]


def _name(given: Given) -> str:
    """`a.b` of `source('a', 'b')`, `view` of `ref('view')`."""
    text = given.input
    return ".".join(part.strip(" '\"") for part in text[text.index("(") + 1 : text.rindex(")")].split(","))


def _check_read(service: ServicePlan, view: FeatureView, test: UnitTest) -> None:
    """Raises CompileError for an input that cannot change what is expected."""
    pipelines = [one.view.pipeline for one in service.instances if one.view.pipeline is not None]
    sources = {scan.source.name for pipeline in pipelines for scan in pipeline.scans if not is_mocked(scan.source)}
    read = sources | {one.view.name for one in service.instances if one.view is not view}
    for one in test.given:
        is_read = view.kind == "request" if one.input == "request()" else _name(one) in read
        if not is_read:
            help_line = f"it reads: {', '.join(sorted(read)) or 'the request only'}"
            raise fault("invalid-value", f"'{view.name}' does not read {one.input}", one.rows, help=help_line)


def _case(
    service: ServicePlan,
    view: FeatureView,
    engine: DuckDB,
    test: UnitTest,
    requests: Sequence[Mapping[str, Any]],
    held: Mapping[str, Sequence[Mapping[str, Any]]],
) -> _Case:
    rows = rows_of(engine, test.expect)
    if not rows:
        help_line = "write a row for an entity and a moment"
        raise fault("invalid-value", "a test that expects no rows tests nothing", test.expect, help=help_line)
    features = tuple(Field(name=one.name, dtype=one.dtype) for one in view.features)
    columns = _named_once(view.keys, features, view.requests, [Field(name=_AS_OF, dtype=TIMESTAMP)])
    told_types = {f"{one.name}{_STATUS}": VARCHAR for one in features}
    told_types |= {f"{one.name}{_TIME}": TIMESTAMP for one in features}
    told = [{name: value for name, value in row.items() if name in told_types} for row in rows]
    rows = [_without(row, told_types.keys()) for row in rows]
    typed = create_table(engine, "expected", columns, rows, test.expect)
    written = [{str(name).lower() for name in row} for row in rows]
    expected = [
        {name: value for name, value in row.items() if name.lower() in own}
        | {name: utc(value) if name.endswith(_TIME) and value is not None else value for name, value in beside.items()}
        for row, own, beside in zip(typed, written, told, strict=True)
    ]
    _check_complete(expected, view, test, needs_moment=_needs_moment(service))
    spine = [_asked(view, row, requests, test, number) for number, row in enumerate(expected)]
    types = {one.name: one.dtype for one in view.features} | told_types
    return _Case(service, spine, expected, types, tolerant_outputs(service), held, _delivered(test, held))


def _named_once(*fields: Iterable[Field]) -> list[Field]:
    """The fields in order; of those that share a name, the first."""
    found: dict[str, Field] = {}
    for one in chain.from_iterable(fields):
        found.setdefault(one.name, one)
    return list(found.values())


def _needs_moment(service: ServicePlan) -> bool:
    """Whether any value can differ from moment to moment: rows that are given with `ref()` hold at every one."""
    views = [one.view for one in service.instances]
    if any(not is_mocked(scan.source) for view in views if view.pipeline for scan in view.pipeline.scans):
        return True
    expressions = [feature.expression for view in views for feature in view.features]
    return any(found.name == AT for one in expressions for found in one.find_all(exp.Column))


def _check_complete(
    expected: Sequence[Mapping[str, Any]], view: FeatureView, test: UnitTest, *, needs_moment: bool
) -> None:
    for number, row in enumerate(expected):
        missing = [key.name for key in view.keys if key.name not in row]
        if missing:
            raise fault("missing-key", f"an expected row needs the key '{missing[0]}'", test.expect, number)
        if row.keys().isdisjoint(f"{one.name}{what}" for one in view.features for what in ("", _STATUS, _TIME)):
            raise fault("invalid-value", "a row that expects no feature tests nothing", test.expect, number)
        if needs_moment and row.get(_AS_OF) is None:
            help_line = "write as_of: 2026-06-12 10:00:00"
            message = "an expected row needs 'as_of', the moment at which it is expected"
            raise fault("missing-key", message, test.expect, number, help=help_line)


def _without(row: Mapping[str, Any], names: Set[str]) -> Mapping[str, Any]:
    """The row as it is if it has none of the names: it may know where it is written."""
    return row if names.isdisjoint(row) else {name: value for name, value in row.items() if name not in names}


def _asked(
    view: FeatureView, row: Mapping[str, Any], requests: Sequence[Mapping[str, Any]], test: UnitTest, number: int
) -> dict[str, Any]:
    """The row of the spine for an expected row: its keys, its moment, and the request that has its keys."""
    keys = {key.name: row[key.name] for key in view.keys}
    moment = {_AS_OF: row.get(_AS_OF) or _ANY_MOMENT}
    if view.kind != "request":
        return keys | moment
    for asked in requests:
        if all(asked[name] == value for name, value in keys.items()):
            return {**asked, **moment}
    help_line = "give a request() row with these keys"
    raise fault("invalid-value", "no request() row has the keys of this row", test.expect, number, help=help_line)


def _arrow(case: _Case) -> Any:
    import pyarrow as pa

    from skewless.contract.arrow import arrow_type

    types = {name: arrow_type(DataType.parse(dtype)) for name, dtype in case.service.spine_columns.items()}
    types[_AS_OF] = pa.timestamp("us")
    return pa.table({name: pa.array([row.get(name) for row in case.spine], kind) for name, kind in types.items()})


def _failures(case: _Case, rows: Sequence[Mapping[str, Any]]) -> list[tuple[int, str]]:
    """(row, feature) of every expected value that is another."""
    return sorted(_cells(case, rows))


def _cells(case: _Case, rows: Sequence[Mapping[str, Any]]) -> set[tuple[int, str]]:
    return {
        (number, name)
        for number, (expected, actual) in enumerate(zip(case.expected, rows, strict=True))
        for name, dtype in case.types.items()
        if name in expected
        and not (name.endswith((_STATUS, _TIME)) and name not in actual)
        and not equal(expected[name], actual.get(name), dtype, is_tolerant=name in case.tolerant)
    }
