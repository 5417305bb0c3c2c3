"""Rows of a unit test into typed tables, and views whose values are given into views over such tables."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlglot import exp

from skewless.codegen.training.plan import named
from skewless.contract.ir import Feature, FeatureView, Field, Pipeline, Scan, SourceTable, Step, Timing
from skewless.contract.names import EVENT, EVENT_TIME, aliased, column, identifier, table
from skewless.contract.types import cast
from skewless.engines.duckdb import DuckDB
from skewless.ground.diagnostics import did_you_mean
from skewless.ground.dtypes import TIMESTAMP
from skewless.ground.durations import Duration
from skewless.ground.errors import DataError, EngineError
from skewless.project.model import Rows

_GIVEN_AT = "given_at"
_BEFORE_EVERYTHING = "1900-01-01 00:00:00"


def rows_of(engine: DuckDB, rows: Rows) -> list[dict[str, Any]]:
    """The rows of a `given` or `expect`, whatever their format. An empty CSV field is NULL."""
    if rows.format == "sql":
        try:
            return engine.arrow(str(rows.rows)).to_pylist()  # type: ignore[no-any-return]
        except EngineError as error:
            raise DataError(f"{rows.span}: the SQL of these rows failed: {error.message}") from error
    if rows.format == "csv":
        lines = csv.DictReader(io.StringIO(str(rows.rows).strip()), skipinitialspace=True)
        return [{str(name): value or None for name, value in line.items()} for line in lines]
    return [] if isinstance(rows.rows, str) else [dict(row) for row in rows.rows]


def create_table(
    engine: DuckDB, name: str, columns: Sequence[Field], rows: Iterable[Mapping[str, Any]], where: str
) -> None:
    """A table of the declared columns. Each value is written as text and cast, so the types are those of the YAML.

    Raises DataError for a column that is not declared, or a value that is not of its type.
    """
    import pyarrow as pa

    known = [field.name for field in columns]
    listed = [{_spelled(key, known, where): value for key, value in row.items()} for row in rows]
    texts = {field: pa.array([_text(row.get(field)) for row in listed], pa.string()) for field in known}
    engine.register("given_text", pa.table(texts))
    casts = [named(cast(column(field.name), field.dtype), field.name) for field in columns]
    query = exp.Select(expressions=casts, from_=exp.From(this=table("given_text")))
    create = exp.Create(
        this=exp.Table(this=identifier(name)),
        kind="TABLE",
        replace=True,
        properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
        expression=query,
    )
    try:
        engine.execute(create)
    except EngineError as error:
        raise DataError(f"{where}: {error.message}") from error
    engine.unregister("given_text")


def mocked_view(view: FeatureView, table_name: str) -> FeatureView:
    """A view with the same keys and features whose values are those of a table, at every moment."""
    features = [Field(name=one.name, dtype=one.dtype) for one in view.features]
    source = SourceTable(
        name=f"given.{view.name}",
        database=None,
        schema="main",
        identifier=table_name,
        path=None,
        columns=(*view.keys, *features, Field(name=_GIVEN_AT, dtype=TIMESTAMP)),
        event_time=_GIVEN_AT,
        known_at=None,
        delay=Duration(0),
        primary_key=tuple(key.name for key in view.keys),
        append_only=True,
        tie_break=(),
        deleted=None,
        inclusive=False,
    )
    names = [field.name for field in (*view.keys, *features)]
    rows = exp.Select(
        expressions=[*(column(name, "given") for name in names), aliased(column(EVENT_TIME, "given"), EVENT_TIME)],
        from_=exp.From(this=table("given")),
    )
    pipeline = Pipeline(
        scans=(Scan(name="given", source=source, columns=tuple(names), tie_count=0),),
        steps=(Step(name="rows", query=rows, comment="values that the test gives"),),
        columns=tuple(features),
        timing=Timing(delay=Duration(0), inclusive=False, has_versions=False),
        tie_types=(),
    )
    return FeatureView(
        name=view.name, path=view.path, kind="latest", keys=view.keys,
        features=tuple(Feature(name=one.name, dtype=one.dtype, expression=column(one.name, EVENT)) for one in features),
        pipeline=pipeline, horizon=None, ttl=None, refresh=None, requests=(), dependencies=(), plan=None, online=True,
        description="", config={},
    )  # fmt: skip


def mocked_rows(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Given values with the time from which they hold: always."""
    return [
        {**{key: value for key, value in row.items() if key != "as_of"}, _GIVEN_AT: _BEFORE_EVERYTHING} for row in rows
    ]


def mocked_columns(view: FeatureView) -> tuple[Field, ...]:
    """The columns of a table of given values."""
    features = (Field(name=one.name, dtype=one.dtype) for one in view.features)
    return (*view.keys, *features, Field(name=_GIVEN_AT, dtype=TIMESTAMP))


def _spelled(name: str, known: Sequence[str], where: str) -> str:
    for own in known:
        if own.lower() == str(name).lower():
            return own
    raise DataError(
        f"{where}: there is no column '{name}'", help=did_you_mean(str(name), known) or f"columns: {', '.join(known)}"
    )


def _text(value: Any) -> str | None:
    """A value as DuckDB reads it back from text."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return (value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value).isoformat(sep=" ")
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_element(item) for item in value) + "]"
    return str(value)


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    text = str(_text(value))
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'" if isinstance(value, str) else text
