"""Types, asked of DuckDB itself: the view's own SQL is described over empty relations of the declared types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from skewless.codegen.ctes import Cte, statement
from skewless.codegen.pipeline import Sources, pipeline_ctes, rows_name
from skewless.contract.ir import FeatureView, Field, Pipeline, SourceTable
from skewless.contract.names import AT, EVENT, MOMENT, REQUEST, column, identifier, table
from skewless.dialects.emit import emit
from skewless.frontend.faults import Abandoned, Faults
from skewless.ground.dtypes import DataType

if TYPE_CHECKING:
    import duckdb

_PREFIX = "probe"
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
    "\"NULL\"": "VARCHAR",
    "NULL": "VARCHAR",
}


class Probe:
    """One in-memory DuckDB that is asked for types and never sees a row."""

    def __init__(self) -> None:
        import duckdb

        self._connection: duckdb.DuckDBPyConnection = duckdb.connect(config={"threads": 1})
        self._connection.execute("SET TimeZone = 'UTC'")

    def rows(
        self,
        pipeline: Pipeline,
        columns: Sequence[str],
        keys: Sequence[Field],
        features: Mapping[str, exp.Expression],
        grouped: bool,
        faults: Faults,
    ) -> tuple[tuple[DataType, ...], tuple[DataType, ...]]:
        """(types of the row columns, types of the features) of a latest or aggregate view."""
        wanted = {name: exp.AnyValue(this=column(name, EVENT)) if grouped else column(name, EVENT) for name in columns}
        expressions = [*wanted.values(), *features.values()]
        ctes = [*pipeline_ctes(pipeline, _PREFIX, _EMPTY), _moment(keys)]
        group = [column(AT, MOMENT), *(column(key.name, MOMENT) for key in keys)] if grouped else []
        query = _described(ctes, expressions, group)
        names = list(columns) + list(features)
        types = self._types(query, names, dict(features), faults, lambda one: _described(
            [*pipeline_ctes(pipeline, _PREFIX, _EMPTY), _moment(keys)], one, group))  # fmt: skip
        return types[: len(columns)], types[len(columns) :]

    def request(
        self,
        fields: Sequence[Field],
        views: Mapping[str, FeatureView],
        features: Mapping[str, exp.Expression],
        faults: Faults,
    ) -> tuple[DataType, ...]:
        """The types of a request view's features; `views` are its dependencies by alias."""

        def build(expressions: Sequence[exp.Expression]) -> exp.Query:
            relations = {REQUEST: list(fields), MOMENT: [Field(name=AT, dtype=DataType(kind="TIMESTAMP"))]}
            for alias, view in views.items():
                relations[alias] = [Field(name=one.name, dtype=one.dtype) for one in (*view.keys, *view.features)]
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

        return self._types(build(list(features.values())), list(features), dict(features), faults, build)

    def _types(self, query, names, features, faults, again) -> tuple[DataType, ...]:  # type: ignore[no-untyped-def]
        import duckdb

        try:
            described = self._describe(query)
        except duckdb.Error as error:
            self._blame(error, features, faults, again)
            raise Abandoned from error
        return tuple(_feature_type(name, text, features.get(name), faults) for name, text in zip(names, described, strict=True))

    def _describe(self, query: exp.Query) -> list[str]:
        relation = self._connection.sql(emit(query, pretty=False))
        return [str(kind) for kind in relation.types]

    def _blame(self, error, features, faults, again) -> None:  # type: ignore[no-untyped-def]
        """Describes feature by feature, so that the fault is reported where it is."""
        import duckdb

        found = False
        for name, expression in features.items():
            try:
                self._describe(again([expression]))
            except duckdb.Error as own:
                found = True
                faults.report("type-mismatch", expression, f"{name}: {_sentence(own)}", _HELP)
        if not found:
            faults.report("type-mismatch", None, _sentence(error), _HELP)


_HELP = "check the declared data_type of the columns, or write an explicit CAST"


def _empty_relation(source: SourceTable) -> exp.Expression:
    query = _empty([(field.name, field.dtype) for field in source.columns])
    return exp.Subquery(this=query, alias=exp.TableAlias(this=identifier("empty")))


_EMPTY = Sources(relations=_empty_relation, physical={})


def _empty(columns: Sequence[tuple[str, DataType]]) -> exp.Select:
    projections = [
        exp.Alias(
            this=exp.cast(exp.Null(), exp.DataType.build(str(dtype), dialect="duckdb"), copy=False),
            alias=identifier(name),
        )
        for name, dtype in columns
    ]
    return exp.Select(expressions=projections, where=exp.Where(this=exp.false()))


def _empty_cte(name: str, fields: Sequence[Field]) -> Cte:
    return Cte(name=name, query=_empty([(field.name, field.dtype) for field in fields]), comment="")


def _moment(keys: Sequence[Field]) -> Cte:
    return _empty_cte("probe_moment", [*keys, Field(name=AT, dtype=DataType(kind="TIMESTAMP"))])


def _described(ctes: Sequence[Cte], expressions: Sequence[exp.Expression], group: list[exp.Expression]) -> exp.Query:
    query = exp.Select(
        expressions=[_numbered(expression, place) for place, expression in enumerate(expressions)],
        from_=exp.From(this=table("probe_moment", MOMENT)),
        joins=[exp.Join(this=table(rows_name(_PREFIX), EVENT), kind="CROSS")],
    )
    if group:
        query.set("group", exp.Group(expressions=[name.copy() for name in group]))
    return statement(ctes, query, "")


def _numbered(expression: exp.Expression, place: int) -> exp.Expression:
    return exp.Alias(this=expression.copy(), alias=exp.to_identifier(f"c{place}"))


def _feature_type(name: str, text: str, expression: exp.Expression | None, faults: Faults) -> DataType:
    try:
        return _parsed(text)
    except ValueError:
        faults.report(
            "type-mismatch",
            expression,
            f"{name} has the type {text}, which no feature and no stored row can have",
            "cast it to boolean, integer, bigint, double, decimal, varchar, date, timestamp or a list of these",
        )
        return DataType(kind="VARCHAR")


def _parsed(text: str) -> DataType:
    if text.endswith("[]"):
        return DataType(kind="LIST", element=_parsed(text[:-2]))
    return DataType.parse(_NEAREST.get(text, text))


def _sentence(error: Exception) -> str:
    text = str(error).split("\n")[0]
    return text.split(": ", 1)[-1].rstrip(".")
