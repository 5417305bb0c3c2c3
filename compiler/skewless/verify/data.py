"""Data tests: what YAML and singular SQL files say must be true of sources and of features' values."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp, parse_one

from skewless.codegen.landed import read_part
from skewless.codegen.scan import typed_column, typed_columns
from skewless.contract.arrow import arrow_type
from skewless.contract.instances import service_of_view
from skewless.contract.ir import FeatureView, SourceTable
from skewless.contract.names import EVENT_TIME, column, identifier, table
from skewless.engines.engine import Engine
from skewless.frontend.context import REF_CATALOG, SOURCE_CATALOG
from skewless.frontend.faults import Abandoned, Faults
from skewless.frontend.parse import parse_query
from skewless.frontend.render import Renderer
from skewless.ground.diagnostics import Diagnostic
from skewless.ground.errors import CompileError, DataError, SkewlessError
from skewless.ground.spans import Span
from skewless.project.model import DataTest, Model, SingularTest, data_tests_of
from skewless.tasks.sources import check_landed
from skewless.tasks.train import training_set
from skewless.tasks.workspace import Workspace
from skewless.verify.result import Outcome, TestResult
from skewless.verify.sampling import TIMESTAMP_COLUMN, sampled_rows
from skewless.verify.tables import rows_table
from skewless.verify.told import told

_SHOWN = 5
_SAMPLED = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One data test, ready to run. `failing` selects the rows that fail."""

    name: str
    node: str
    severity: str
    failing: exp.Query


class DataTests:
    """Runs data tests on one connection. Values of a view are those at sampled moments, computed once."""

    def __init__(self, workspace: Workspace, engine: Engine, seed: int) -> None:
        self._workspace = workspace
        self._engine = engine
        self._seed = seed
        self._values: dict[str, str] = {}

    def run(self, names: frozenset[str]) -> Iterator[TestResult]:
        """The tests of the named sources and views, and every singular test that reads one of them."""
        for source in self._workspace.files.sources:
            if source.full_name in names:
                yield from self._of_source(source.full_name)
        for properties in self._workspace.files.properties:
            if properties.name in names and properties.name in self._workspace.views:
                yield from self._of_view(self._workspace.views[properties.name])
        for singular in self._workspace.files.singular_tests:
            result = self._of_singular(singular, names)
            if result is not None:
                yield result

    def _of_source(self, name: str) -> Iterator[TestResult]:
        source = next(one for one in self._workspace.files.sources if one.full_name == name)
        for where, test in data_tests_of(source):
            yield self._result(name, where, test, self._workspace.sources[name])

    def _of_view(self, view: FeatureView) -> Iterator[TestResult]:
        properties = next(one for one in self._workspace.files.properties if one.name == view.name)
        for where, test in data_tests_of(properties):
            if view.kind == "request":
                yield _skipped(view.name, where, test)
            else:
                yield self._result(view.name, where, test, view)

    def _result(
        self,
        node: str,
        where: str | None,
        test: DataTest,
        tested: SourceTable | FeatureView,
    ) -> TestResult:
        since = time.perf_counter()
        name = _test_name(node, where, test)
        try:
            read = table(self._values_of(tested)) if isinstance(tested, FeatureView) else self._typed(tested)
            check = Check(name=name, node=node, severity=test.severity, failing=self._failing(test, where, read))
            return self._checked(check, since)
        except SkewlessError as error:
            return self._error(name, node, error, since)

    def _failing(self, test: DataTest, where: str | None, relation: exp.Expr) -> exp.Query:
        arguments = dict(test.arguments)
        name = str(arguments.pop("column_name", where) or "")
        value = column(name)
        conditions: dict[str, Callable[[], exp.Expr]] = {
            "not_null": lambda: exp.Is(this=value, expression=exp.Null()),
            "accepted_values": lambda: _not_among(value, arguments),
            "accepted_range": lambda: _outside(value, arguments),
            "relationships": lambda: self._orphaned(value, arguments),
        }
        rows = exp.Select(expressions=[exp.Star()], from_=exp.From(this=relation.copy()))
        if (only := arguments.get("where")) is not None:
            rows.set("where", exp.Where(this=parse_one(str(only), dialect="duckdb")))
        read = exp.Subquery(this=rows, alias=exp.TableAlias(this=identifier("tested")))
        if test.name == "unique":
            return _repeated(value, read)
        if test.name not in conditions:
            raise DataError(f"{test.span}: there is no data test '{test.name}'")
        return exp.Select(
            expressions=[exp.Star()], from_=exp.From(this=read), where=exp.Where(this=conditions[test.name]())
        )

    def _orphaned(self, value: exp.Expr, arguments: Mapping[str, Any]) -> exp.Expr:
        target = self._relation_named(str(arguments["to"]))
        field = column(str(arguments["field"]))
        # One NULL among the known values, and NOT IN would be NULL for every other.
        known = exp.Select(
            expressions=[field], from_=exp.From(this=target),
            where=exp.Where(this=exp.Not(this=exp.Is(this=field.copy(), expression=exp.Null()))),
        )  # fmt: skip
        present = exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))
        return exp.and_(present, exp.Not(this=exp.In(this=value, query=exp.Subquery(this=known))))

    def _relation_named(self, text: str) -> exp.Expr:
        """What `source('a', 'b')` or `ref('view')` reads."""
        name = ".".join(part.strip(" '\"") for part in text[text.find("(") + 1 : text.rfind(")")].split(","))
        if name in self._workspace.sources:
            return self._typed(self._workspace.sources[name])
        return table(self._values_of(self._workspace.view(name)))

    def _typed(self, source: SourceTable) -> exp.Expr:
        """The source with its columns in their declared types, as features read them."""
        check_landed(source, self._engine.dialect)
        physical = self._engine.physical([source])
        if read_part(source, physical) is not None:  # the landed files have the declared columns, and no others
            names = tuple(field.name for field in source.columns)
            return exp.Subquery(this=typed_columns(source, names, self._engine.relation, physical))
        found = physical[source.name]
        typed = [
            exp.Alias(this=typed_column(source, field.name, found[field.name]), alias=identifier(field.name))
            for field in source.columns
        ]
        rows = exp.Select(expressions=[exp.Star(replace=typed)], from_=exp.From(this=self._engine.relation(source)))
        return exp.Subquery(this=rows)

    def _of_singular(self, test: SingularTest, names: frozenset[str]) -> TestResult | None:
        since = time.perf_counter()
        try:
            query = self._rendered(test)
            read = {f"{one.db}.{one.name}" if one.catalog == SOURCE_CATALOG else one.name
                    for one in query.find_all(exp.Table) if one.catalog}  # fmt: skip
            if read and not read & names:
                return None
            for one in list(query.find_all(exp.Table)):
                if one.catalog in (SOURCE_CATALOG, REF_CATALOG):
                    one.replace(self._bound(one))
            return self._checked(Check(name=test.name, node=test.path, severity="error", failing=query), since)
        except SkewlessError as error:
            return self._error(test.name, test.path, error, since)

    def _rendered(self, test: SingularTest) -> exp.Query:
        renderer, _ = Renderer.of(self._workspace.files.macros, self._workspace.template_environment)
        rendered = renderer.render(Model(name=test.name, path=test.path, text=test.text, config={}), {})
        if isinstance(rendered, Diagnostic):
            raise CompileError((rendered,))
        faults = Faults(rendered.source_map, Span.at(test.path), rendered.text)
        try:
            return parse_query(rendered, faults)
        except Abandoned as error:
            raise CompileError(tuple(faults.found)) from error

    def _bound(self, one: exp.Table) -> exp.Expr:
        if one.catalog == SOURCE_CATALOG:
            name = f"{one.db}.{one.name}"
            if name not in self._workspace.sources:
                raise DataError(f"there is no source '{name}'")
            read = self._typed(self._workspace.sources[name])
        else:
            read = table(self._values_of(self._workspace.view(one.name)))
        read.set("alias", exp.TableAlias(this=identifier(one.alias or one.name)))
        return read

    def _checked(self, check: Check, since: float) -> TestResult:
        found = exp.Subquery(this=check.failing.copy(), alias=exp.TableAlias(this=identifier("failing")))
        counted = exp.Select(expressions=[exp.Count(this=exp.Star())], from_=exp.From(this=found))
        failures = int(self._engine.rows(counted)[0][0])
        detail, status, message = "", "pass", "no failing rows"
        if failures:
            limit = exp.Limit(expression=exp.Literal.number(_SHOWN))
            some = exp.Select(expressions=[exp.Star()], from_=exp.From(this=found.copy()), limit=limit)
            detail = rows_table(
                f"{min(failures, _SHOWN)} of {_failing_rows(failures)}:", self._engine.arrow(some).to_pylist()
            )
            status, message = ("warn" if check.severity == "warn" else "fail"), _failing_rows(failures)
        outcome: Outcome = status  # type: ignore[assignment]
        return TestResult(
            name=check.name, kind="data", node=check.node, status=outcome, seconds=time.perf_counter() - since,
            message=message, detail=detail, failures=failures,
        )  # fmt: skip

    def _error(self, name: str, node: str, error: SkewlessError, since: float) -> TestResult:
        message, detail = told(error, self._workspace.read_text)
        return TestResult(
            name=name, kind="data", node=node, status="error", seconds=time.perf_counter() - since,
            message=message, detail=detail,
        )  # fmt: skip

    def _values_of(self, view: FeatureView) -> str:
        """A table of the view's values just after sampled rows: what a request would have been answered."""
        import pyarrow as pa

        if view.name not in self._values:
            name = f"values_of_{view.name}"
            drawn = sampled_rows(self._engine, view, _SAMPLED, self._seed)
            spine = pa.table(
                {key.name: pa.array([row[key.name] for row in drawn], arrow_type(key.dtype)) for key in view.keys}
                | {TIMESTAMP_COLUMN: _just_after(view, drawn)}
            )
            service = service_of_view(view, self._workspace.views)
            self._engine.register(name, training_set(self._engine, service, spine, TIMESTAMP_COLUMN))
            self._values[view.name] = name
        return self._values[view.name]


def _just_after(view: FeatureView, drawn: Sequence[Mapping[str, Any]]) -> Any:
    import datetime as dt

    import pyarrow as pa

    delay = view.rows.timing.delay
    after = dt.timedelta(microseconds=1 + (delay.microseconds if delay is not None else 0))
    if view.refresh is not None:
        after += dt.timedelta(microseconds=view.refresh.interval.microseconds + view.refresh.lag.microseconds)
    return pa.array([row[EVENT_TIME] + after for row in drawn], pa.timestamp("us"))


def _not_among(value: exp.Expr, arguments: Mapping[str, Any]) -> exp.Expr:
    literals = [exp.convert(item) for item in arguments.get("values", [])]
    return exp.and_(
        exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null())),
        exp.Not(this=exp.In(this=value, expressions=literals)),
    )


def _outside(value: exp.Expr, arguments: Mapping[str, Any]) -> exp.Expr:
    inclusive = arguments.get("inclusive", True)
    below, above = (exp.LT, exp.GT) if inclusive else (exp.LTE, exp.GTE)
    sides = [
        kind(this=value.copy(), expression=exp.convert(arguments[name]))
        for name, kind in (("min_value", below), ("min", below), ("max_value", above), ("max", above))
        if arguments.get(name) is not None
    ]
    return exp.or_(*sides) if sides else exp.false()


def _repeated(value: exp.Expr, read: exp.Expr) -> exp.Query:
    count = exp.Count(this=exp.Star())
    return exp.Select(
        expressions=[value, exp.Alias(this=count, alias=identifier("occurrences"))],
        from_=exp.From(this=read),
        where=exp.Where(this=exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))),
        group=exp.Group(expressions=[value.copy()]),
        having=exp.Having(this=exp.GT(this=count.copy(), expression=exp.Literal.number(1))),
    )


def _test_name(node: str, where: str | None, test: DataTest) -> str:
    parts = [test.name, node.replace(".", "_"), *([where] if where else [])]
    return "_".join(parts)


def _skipped(node: str, where: str | None, test: DataTest) -> TestResult:
    return TestResult(
        name=_test_name(node, where, test), kind="data", node=node, status="skip", seconds=0.0,
        message="a request view has values only for requests; its unit tests give them",
    )  # fmt: skip


def _failing_rows(count: int) -> str:
    return f"{count:,} failing row{'' if count == 1 else 's'}"
