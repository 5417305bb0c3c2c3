"""Turns a pipeline into its columns and their DuckDB types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .expressions import Coalesce, Plus, Suffix, Value
from .specs import (
    AsofJoin,
    Filter,
    Lag,
    Pipeline,
    Project,
    RangeCount,
    RunningSum,
    Scan,
    SourceSpec,
    StaticJoin,
    UnionAll,
    Window,
)

Schema = dict[str, str]


def source_schema(source: SourceSpec) -> Schema:
    """The declared columns."""
    return {column.name: column.data_type for column in source.columns}


def schema(pipeline: Pipeline) -> Schema:
    """The columns that a row of the pipeline shows, in order."""
    match pipeline:
        case Scan(source=source):
            return source_schema(source)
        case Filter(input=source):
            return schema(source)
        case Project(input=source, columns=columns):
            below = schema(source)
            return {name: expression_type(expression, below) for name, expression in columns}
        case UnionAll(inputs=branches):
            return schema(branches[0])
        case StaticJoin(input=source, take=take):
            return schema(source) | _taken(take, source_schema(pipeline.source))
        case AsofJoin(left=left, right=right, take=take):
            return schema(left) | _taken(take, schema(right))
        case Window(input=source, name=name):
            below = schema(source)
            return below | {name: _window_type(pipeline.function, below)}


def expression_type(expression: Callable[..., Any], below: Schema) -> str:
    """The type of an expression over these columns."""
    match expression:
        case Value(column=column) | Plus(column=column) | Coalesce(column=column):
            return below[column]
        case Suffix():
            return "varchar"
        case _:
            return "boolean"


def event_time_column(pipeline: Pipeline) -> str:
    """The column that holds the event time of the pipeline's rows, where it is still shown."""
    match pipeline:
        case Scan(source=source):
            if source.event_time is None:
                raise ValueError(f"source {source.name!r} has no event_time")
            return source.event_time
        case AsofJoin(left=source) | UnionAll(inputs=(source, *_)):
            return event_time_column(source)
        case Filter(input=source) | Project(input=source) | StaticJoin(input=source) | Window(input=source):
            return event_time_column(source)
    raise TypeError(f"not a pipeline: {pipeline!r}")


def timed_sources(pipeline: Pipeline) -> tuple[SourceSpec, ...]:
    """The sources whose rows become the pipeline's rows: of an as-of join the left side only."""
    match pipeline:
        case Scan(source=source):
            return (source,)
        case UnionAll(inputs=branches):
            return tuple(source for branch in branches for source in timed_sources(branch))
        case AsofJoin(left=source):
            return timed_sources(source)
        case Filter(input=source) | Project(input=source) | StaticJoin(input=source) | Window(input=source):
            return timed_sources(source)
    raise TypeError(f"not a pipeline: {pipeline!r}")


def _taken(take: tuple[tuple[str, str], ...], there: Schema) -> Schema:
    return {name: there[column] for column, name in take}


def _window_type(function: Lag | RunningSum | RangeCount, below: Schema) -> str:
    match function:
        case Lag(column=column):
            return below[column]
        case RunningSum(column=column):
            return "double" if below[column] == "double" else "bigint"
        case RangeCount():
            return "bigint"
