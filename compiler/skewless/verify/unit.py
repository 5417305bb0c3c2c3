"""dbt's unit tests, each case through both paths: the training SQL, and a state that is written and served."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skewless.contract.instances import ServicePlan, service_of_view
from skewless.contract.ir import FeatureView, Field, SourceTable
from skewless.contract.names import is_reserved, table
from skewless.engines.duckdb import DuckDB
from skewless.ground.diagnostics import did_you_mean
from skewless.ground.dtypes import TIMESTAMP, DataType
from skewless.ground.errors import DataError, SkewlessError
from skewless.project.model import UnitTest
from skewless.tasks.train import training_set
from skewless.tasks.versions import view_version
from skewless.tasks.workspace import Workspace
from skewless.verify.given import create_table, mocked_columns, mocked_rows, mocked_view, rows_of
from skewless.verify.parity import equal, serve_spine
from skewless.verify.result import Outcome, TestResult
from skewless.verify.tables import differences_table

_AS_OF = "as_of"
_WITHOUT_AS_OF = dt.datetime(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class _Case:
    """A unit test made ready: what to evaluate, where, and what should come out."""

    service: ServicePlan
    spine: list[dict[str, Any]]
    expected: list[dict[str, Any]]
    types: Mapping[str, DataType]


def run_unit_test(workspace: Workspace, test: UnitTest) -> TestResult:
    """One unit test. A fault of the test itself is the result `error`, a difference the result `fail`."""
    since = time.perf_counter()
    try:
        message, detail, failures = _run(workspace, test)
        status: Outcome = "fail" if failures else "pass"
    except SkewlessError as error:
        message, detail, failures, status = error.message, error.help or "", 0, "error"
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
        versions = {
            one.view.name: view_version(one.view) for one in case.service.instances if one.view.kind != "request"
        }
        served = serve_spine(engine, case.service, versions)
    paths = {"training": trained, "serving": [served.get(row, {}) for row in range(len(case.spine))]}
    wrong = {path: rows for path, rows in paths.items() if _failures(case, rows)}
    if not wrong:
        return f"{len(case.expected)} rows on both paths", "", 0
    details = [
        differences_table(f"{path} path", case.expected, rows, _cells(case, rows)) for path, rows in wrong.items()
    ]
    count = sum(len(_failures(case, rows)) for rows in wrong.values())
    return f"{count} values differ on the {' and the '.join(wrong)} path", "\n\n".join(details), count


class _GivenEngine(DuckDB):
    """DuckDB whose sources are the rows of one test. A source that is not given has no rows."""

    def __init__(self, workspace: Workspace, given: dict[str, str]) -> None:
        super().__init__(root=workspace.root, settings={}, threads=1)
        self._given = given

    def relation(self, source: SourceTable) -> Any:
        if source.schema == "main" and source.name.startswith("given."):
            return table(source.identifier)
        if source.name not in self._given:
            name = f"given_source_{len(self._given) + 1}"
            create_table(self, name, source.columns, [], source.name)
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
    views = dict(workspace.views)
    view = workspace.view(test.model)
    requests: list[dict[str, Any]] = []
    for number, one in enumerate(test.given, start=1):
        rows, name = rows_of(engine, one.rows), f"given_{number}"
        where = f"{one.rows.span} (given {one.input})"
        if one.input == "request()":
            requests = rows
        elif one.input.startswith("ref("):
            other = _named(views, one.input, where)
            create_table(engine, name, mocked_columns(other), mocked_rows(rows), where)
            views[other.name] = mocked_view(other, name)
        else:
            source = _named(workspace.sources, one.input, where)
            create_table(engine, name, source.columns, rows, where)
            given[source.name] = name
    return _case(service_of_view(view, views), view, engine, test, requests)


def _named(known: Mapping[str, Any], text: str, where: str) -> Any:
    """What `source('a', 'b')` or `ref('view')` names."""
    name = ".".join(part.strip(" '\"") for part in text[text.index("(") + 1 : text.rindex(")")].split(","))
    if name not in known:
        raise DataError(f"{where}: there is no '{name}'", help=did_you_mean(name, known))
    return known[name]


def _case(
    service: ServicePlan, view: FeatureView, engine: DuckDB, test: UnitTest, requests: Sequence[Mapping[str, Any]]
) -> _Case:
    fields = [
        *view.keys,
        *(Field(name=one.name, dtype=one.dtype) for one in view.features),
        *(one for one in view.requests if one.name not in {feature.name for feature in view.features}),
        Field(name=_AS_OF, dtype=TIMESTAMP),
    ]
    unique = list({field.name: field for field in fields}.values())
    where = f"{test.expect.span} (expect)"
    rows = rows_of(engine, test.expect)
    create_table(engine, "expected", unique, rows, where)
    expected = engine.arrow("SELECT * FROM expected").to_pylist()
    named = [_lower(row) for row in rows]
    for row, own in zip(expected, named, strict=True):
        for name in [name for name in row if name.lower() not in own]:
            del row[name]
        row.setdefault(_AS_OF, _WITHOUT_AS_OF)
        missing = [key.name for key in view.keys if key.name not in row]
        if missing:
            raise DataError(f"{where}: a row lacks the key '{missing[0]}'")
    spine = [_moment(view, row, requests, engine, where) for row in expected]
    return _Case(service, spine, expected, {one.name: one.dtype for one in view.features})


def _moment(
    view: FeatureView, row: Mapping[str, Any], requests: Sequence[Mapping[str, Any]], engine: DuckDB, where: str
) -> dict[str, Any]:
    """The row of the spine for an expected row: its keys, its moment, and the request that has its keys."""
    moment = {key.name: row[key.name] for key in view.keys} | {_AS_OF: row[_AS_OF]}
    if view.kind != "request":
        return moment
    fields = [*view.keys, *view.requests]
    create_table(
        engine,
        "asked",
        list({one.name: one for one in fields}.values()),
        [_known(one, fields) for one in requests],
        where,
    )
    for asked in engine.arrow("SELECT * FROM asked").to_pylist():
        if all(asked[key.name] == row[key.name] for key in view.keys):
            return {**asked, _AS_OF: row[_AS_OF]}
    raise DataError(
        f"{where}: no request() row has the keys {dict(moment)}", help="give request() rows with these keys"
    )


def _known(row: Mapping[str, Any], fields: Sequence[Field]) -> dict[str, Any]:
    names = {one.name.lower() for one in fields}
    return {name: value for name, value in row.items() if name.lower() in names or not is_reserved(name)}


def _lower(row: Mapping[str, Any]) -> set[str]:
    return {str(name).lower() for name in row}


def _arrow(case: _Case) -> Any:
    import pyarrow as pa

    from skewless.stores.codec import arrow_type

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
        if name in expected and not equal(expected[name], actual.get(name), dtype)
    }
