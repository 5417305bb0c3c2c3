"""Types, asked of DuckDB itself: the view's own SQL is described over empty relations of the declared types."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from skewless.codegen.ctes import Cte, statement
from skewless.codegen.pipeline import rows_name, step_ctes
from skewless.codegen.scan import scan_ctes
from skewless.contract.ir import FeatureView, Field, Pipeline, Scan, SourceTable, Step
from skewless.contract.names import AT, EVENT, MOMENT, REQUEST, aliased, column, identifier, table
from skewless.contract.types import cast
from skewless.dialects.emit import emit
from skewless.dialects.functions import function_name
from skewless.frontend.faults import Abandoned, Faults
from skewless.ground.diagnostics import did_you_mean
from skewless.ground.dtypes import DataType

if TYPE_CHECKING:
    import duckdb

_PREFIX = "probe"
Build = Callable[[Sequence[exp.Expr]], exp.Query]
"""Given expressions, the query that computes them."""
# DuckDB's types that features do not have, and the feature type that holds their values or refuses them by overflow.
_NEAREST = {
    "HUGEINT": "BIGINT",
    "UHUGEINT": "BIGINT",
    "UBIGINT": "BIGINT",
    "UINTEGER": "BIGINT",
    "TINYINT": "INTEGER",
    "SMALLINT": "INTEGER",
    "UTINYINT": "INTEGER",
    "USMALLINT": "INTEGER",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
    "TIMESTAMP_NS": "TIMESTAMP",
    "TIMESTAMP_MS": "TIMESTAMP",
    "TIMESTAMP_S": "TIMESTAMP",
    "UUID": "VARCHAR",
    "JSON": "VARCHAR",
    '"NULL"': "VARCHAR",
    "NULL": "VARCHAR",
}


class Probe:
    """One in-memory DuckDB that is asked for types and never sees a row."""

    def __init__(self) -> None:
        import duckdb

        self._connection: duckdb.DuckDBPyConnection = duckdb.connect(config={"threads": 1})
        self._connection.execute("SET TimeZone = 'UTC'")
        self._error = duckdb.Error
        self._tables: dict[SourceTable, str] = {}
        self._unknown: dict[str, str | None] = {}

    def rows(
        self,
        pipeline: Pipeline,
        columns: Sequence[str],
        keys: Sequence[Field],
        features: Mapping[str, exp.Expr],
        grouped: bool,
        faults: Faults,
    ) -> tuple[Pipeline, tuple[DataType, ...], tuple[DataType, ...]]:
        """(the pipeline, types of its row columns, types of the features) of a latest or aggregate view.

        A row column of a type that is not stored is cast to the nearest one that is, in the pipeline itself: features
        must read the same type in training as from the store.
        """
        wanted = {name: exp.AnyValue(this=column(name, EVENT)) if grouped else column(name, EVENT) for name in columns}
        group = [column(AT, MOMENT), *(column(key.name, MOMENT) for key in keys)] if grouped else []

        def build(expressions: Sequence[exp.Expr], read: Pipeline = pipeline) -> exp.Query:
            return _described([*self._steps(read), _moment(keys)], expressions, group)

        try:
            described = self._describe(build([*features.values(), *wanted.values()]))
        except self._error as error:
            self._check_steps(pipeline, faults)
            self._blame(error, features, faults, build)
            raise Abandoned from error
        kinds, found = _feature_types(features, described[: len(features)], faults), described[len(features) :]
        types = _column_types(columns, found, faults)
        other = {name: dtype for name, dtype, text in zip(columns, types, found, strict=True) if str(dtype) != text}
        if other and not faults.has_errors:
            pipeline = _with_casts(pipeline, other)
            kinds = _feature_types(features, self._describe(build(list(features.values()), pipeline)), faults)
        return pipeline, types, kinds

    def request(
        self,
        fields: Sequence[Field],
        views: Mapping[str, FeatureView],
        features: Mapping[str, exp.Expr],
        faults: Faults,
    ) -> tuple[DataType, ...]:
        """The types of a request view's features; `views` are its dependencies by alias."""

        def build(expressions: Sequence[exp.Expr]) -> exp.Query:
            relations = {REQUEST: list(fields), MOMENT: [Field(name=AT, dtype=DataType(kind="TIMESTAMP"))]}
            for alias, view in views.items():
                features_of = [Field(name=one.name, dtype=one.dtype) for one in view.features]
                relations[alias] = [*view.keys, *features_of]
            ctes = [_empty_cte(f"{_PREFIX}_{name}", columns) for name, columns in relations.items()]
            first, *others = relations
            return statement(
                ctes,
                exp.Select(
                    expressions=[_numbered(one, place) for place, one in enumerate(expressions)],
                    from_=exp.From(this=table(f"{_PREFIX}_{first}", first)),
                    joins=[exp.Join(this=table(f"{_PREFIX}_{name}", name), kind="CROSS") for name in others],
                ),
                "",
            )

        try:
            return _feature_types(features, self._describe(build(list(features.values()))), faults)
        except self._error as error:
            self._blame(error, features, faults, build)
            raise Abandoned from error

    def _steps(self, pipeline: Pipeline) -> tuple[Cte, ...]:
        return step_ctes(pipeline, _PREFIX, {scan.name: self._scanned(scan.source) for scan in pipeline.scans})

    def _scanned(self, source: SourceTable) -> str:
        """An empty table of all that a scan of the source can yield; made once for all sources of the same shape."""
        shape = replace(source, name="", database=None, schema="", identifier="", path=None)
        name = self._tables.get(shape)
        if name is None:
            name = f"probe_scan_{len(self._tables) + 1}"
            every = Scan(
                name=name, source=shape, columns=tuple(field.name for field in source.columns),
                tie_count=len(source.order or ()),
            )  # fmt: skip
            ctes = scan_ctes(every, name, lambda _: exp.Subquery(this=_empty(source.columns)), {})
            query = statement(ctes, exp.Select(expressions=[exp.Star()], from_=exp.From(this=table(name))), "")
            self._connection.execute(f"CREATE TEMP TABLE {name} AS {emit(query, pretty=False, copy=False)}")
            self._tables[shape] = name
        return name

    def _describe(self, query: exp.Expr) -> list[str]:
        relation = self._connection.sql(emit(query, pretty=False, comments=False, copy=False))
        return [str(kind) for kind in relation.types]

    def unknown_function(self, name: str) -> str | None:
        """What to do about a function that DuckDB does not have; None if it has it, with whatever arguments."""
        if name not in self._unknown:
            refusal = self._refusal(exp.Select(expressions=[exp.Anonymous(this=name)]))
            found = _UNKNOWN_FUNCTION.search(str(refusal))
            self._unknown[name] = _instead(name, str(refusal)) if found else None
        return self._unknown[name]

    def _refusal(self, query: exp.Expr) -> Exception | None:
        try:
            self._describe(query)
        except self._error as error:
            return error
        return None

    def _blame(self, error: Exception, features: Mapping[str, exp.Expr], faults: Faults, build: Build) -> None:
        """Describes feature by feature, so that the fault is reported where it is."""
        own = {name: self._refusal(build([expression])) for name, expression in features.items()}
        for name, refusal in own.items():
            if refusal is not None:
                _report(faults, features[name], refusal, name)
        if not any(own.values()):
            _report(faults, None, error)

    def _check_steps(self, pipeline: Pipeline, faults: Faults) -> None:
        """Describes the steps one by one. Raises Abandoned after saying which part of the first bad one is at fault."""
        for number, step in enumerate(pipeline.steps):
            before = replace(pipeline, steps=pipeline.steps[:number])
            refusal = self._refusal(self._read(before, step.query))
            if refusal is not None:
                parts = [(part, self._refusal(self._read(before, alone))) for part, alone in _parts(step.query)]
                for part, own in parts or [(step.query, refusal)]:
                    if own is not None:
                        _report(faults, part, own)
                if not any(own for _, own in parts):
                    _report(faults, step.query, refusal)
                raise Abandoned

    def _read(self, before: Pipeline, query: exp.Query) -> exp.Query:
        """A query of a pipeline that ends with it."""
        step = Step(name="rows", query=query, comment="")
        ctes = self._steps(replace(before, steps=(*before.steps, step)))
        return statement(ctes, exp.Select(expressions=[exp.Star()], from_=exp.From(this=table(rows_name(_PREFIX)))), "")


_HELP = "check the declared data_type of the columns, or write an explicit CAST"
_UNKNOWN_FUNCTION = re.compile(r"Function with name \"?(\w+)\"? does not exist")
_NOISE = re.compile(r'"|, /| -> .*')
_FEW = 8
_UNFIT_FUNCTION = re.compile(r"argument types '(\w+)\(")
_NEAR = re.compile(r'Did you mean "(?:\w+\.)*([\w ]+)"')


def _report(faults: Faults, where: exp.Expr | None, error: Exception, name: str = "") -> None:
    """DuckDB's own sentence; a feature's name before it, when the fault is in one."""
    if unknown := _UNKNOWN_FUNCTION.search(str(error)):
        name = unknown[1].lower()
        message = f"there is no function '{name}'"
        faults.report("unknown-function", _call_of(name, where), message, _instead(name, str(error)))
        return
    if unfit := _UNFIT_FUNCTION.search(str(error)):
        where = _call_of(unfit[1], where)
    sentence = str(error).split("\n")[0].split(": ", 1)[-1].rstrip(".!")
    sentence = sentence.removesuffix(". You might need to add explicit type casts")
    sentence = sentence.replace("STRING_LITERAL", "VARCHAR").replace("INTEGER_LITERAL", "INTEGER")
    sentence = sentence[:1].lower() + sentence[1:]
    faults.report("type-mismatch", where, f"{name}: {sentence}" if name else sentence, _candidates(error) or _HELP)


def _call_of(name: str, where: exp.Expr | None) -> exp.Expr | None:
    """The only call of the function in the tree; the whole tree when there are others."""
    calls = [call for call in where.find_all(exp.Func) if function_name(call) == name] if where is not None else []
    return calls[0] if len(calls) == 1 else where


def _instead(name: str, error: str) -> str:
    """What could be meant by a function that is not there."""
    near = _NEAR.search(error)
    known = ("as_of", "event_time", *([near[1]] if near else []))
    return did_you_mean(name, known) or "models are written in DuckDB's dialect, with its functions"


def _candidates(error: Exception) -> str | None:
    """The forms of a function that DuckDB has, from the further lines of its message; nothing of more than a few."""
    _, _, listed = str(error).partition("Candidate ")
    lines = (line.strip() for line in listed.partition(":")[2].split("\n"))
    forms = [_NOISE.sub("", line) for line in lines if line]
    return f"DuckDB has {', '.join(forms)}; {_HELP}" if 0 < len(forms) <= _FEW else None


def _with_casts(pipeline: Pipeline, types: Mapping[str, DataType]) -> Pipeline:
    """The pipeline whose last step casts the named columns."""
    last = pipeline.steps[-1]
    query = last.query.copy()
    for item in list(query.expressions):
        if (dtype := types.get(item.alias_or_name)) is not None:
            item.replace(aliased(cast(item.unalias().copy(), dtype), item.alias_or_name))
    return replace(pipeline, steps=(*pipeline.steps[:-1], replace(last, query=query)))


def _parts(query: exp.Query) -> Iterator[tuple[exp.Expr, exp.Query]]:
    """What a step computes, and for each part the step that computes nothing else."""
    if not isinstance(query, exp.Select):
        return
    bare = query.copy()
    bare.set("where", None)
    bare.set("qualify", None)
    conditions = [query.args[clause].this for clause in ("where", "qualify") if query.args.get(clause)]
    for part in [*query.expressions, *conditions]:
        alone = bare.copy()
        alone.set("expressions", [exp.Alias(this=part.unalias().copy(), alias=identifier("part"))])
        yield part, alone


def _empty(fields: Sequence[Field]) -> exp.Select:
    projections = [aliased(cast(exp.Null(), field.dtype), field.name) for field in fields]
    return exp.Select(expressions=projections, where=exp.Where(this=exp.false()))


def _empty_cte(name: str, fields: Sequence[Field]) -> Cte:
    return Cte(name=name, query=_empty(fields), comment="")


def _moment(keys: Sequence[Field]) -> Cte:
    return _empty_cte("probe_moment", [*keys, Field(name=AT, dtype=DataType(kind="TIMESTAMP"))])


def _described(ctes: Sequence[Cte], expressions: Sequence[exp.Expr], group: Sequence[exp.Column]) -> exp.Query:
    query = exp.Select(
        expressions=[_numbered(expression, place) for place, expression in enumerate(expressions)] or [exp.null()],
        from_=exp.From(this=table("probe_moment", MOMENT)),
        joins=[exp.Join(this=table(rows_name(_PREFIX), EVENT), kind="CROSS")],
    )
    if group:
        query.set("group", exp.Group(expressions=[name.copy() for name in group]))
    return statement(ctes, query, "")


def _numbered(expression: exp.Expr, place: int) -> exp.Expr:
    return exp.Alias(this=expression.copy(), alias=exp.to_identifier(f"c{place}"))


def _feature_types(features: Mapping[str, exp.Expr], described: Sequence[str], faults: Faults) -> tuple[DataType, ...]:
    found = zip(features.items(), described, strict=True)
    return tuple(_checked_type(name, text, expression, faults) for (name, expression), text in found)


def _column_types(columns: Sequence[str], described: Sequence[str], faults: Faults) -> tuple[DataType, ...]:
    """The types of what is stored of each row; where a feature of such a type is at fault, that says it all."""
    if faults.has_errors:
        raise Abandoned
    found = zip(columns, described, strict=True)
    return tuple(_checked_type(f"the column '{name}'", text, None, faults) for name, text in found)


def _checked_type(name: str, text: str, where: exp.Expr | None, faults: Faults) -> DataType:
    try:
        return _parsed(text)
    except ValueError:
        faults.report(
            "type-mismatch",
            where,
            f"{name} has the type {text}, which no feature and no stored row can have",
            "cast it to boolean, integer, bigint, double, decimal, varchar, date, timestamp or a list of these",
        )
        return DataType(kind="VARCHAR")


def _parsed(text: str) -> DataType:
    if text.endswith("[]"):
        return DataType(kind="LIST", element=_parsed(text[:-2]))
    return DataType.parse(_NEAREST.get(text, text))
