"""Turns a view into the text of a skewless model: Jinja SQL in the DuckDB dialect, as a user would write it.

It writes no visibility condition: those are the compiler's to add. A pipeline becomes a `Relation`, a FROM clause that
the next step can still extend, until something (a union, a second join, a filter over a window) needs it closed as a
CTE.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .expressions import Coalesce, Compare, IsNull, Plus, Recent, Suffix, Value
from .schema import event_time_column, schema
from .specs import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Aggregate,
    AggregateView,
    AsofJoin,
    Filter,
    Lag,
    LatestView,
    Pipeline,
    Project,
    RangeCount,
    RunningSum,
    Scan,
    SourceSpec,
    StaticJoin,
    UnionAll,
    View,
    Window,
)

Columns = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A FROM clause, its WHERE conditions, and each column's name with the SQL that computes it there."""

    source: str
    columns: Columns
    where: tuple[str, ...] = ()
    windowed: bool = False

    @property
    def bare(self) -> bool:
        """Whether it is a table as it is: nothing to compute, nothing to filter."""
        return not self.where and all(name == sql for name, sql in self.columns.items())


def model_sql(view: View, stepwise: bool = False) -> str:
    """The model file of the view."""
    ctes: list[str] = []
    relation = relate(view.pipeline, ctes, stepwise)
    if isinstance(view, AggregateView) and relation.windowed:
        relation = closed(relation, ctes)
    with_clause = "with " + ",\n".join(ctes) + "\n" if ctes else ""
    group_by = "group by " + ", ".join(relation.columns[key] for key in view.keys) + "\n"
    body = select(relation, [*_keys(view, relation), *_features(view, relation)])
    return f"{config_call(view)}\n\n{with_clause}{body}\n{group_by if isinstance(view, AggregateView) else ''}"


def config_call(view: View) -> str:
    """`{{ config(entity='e', ...) }}`"""
    settings = {"entity": "e"}
    if view.ttl is not None:
        settings["ttl"] = duration(view.ttl)
    if view.refresh is not None:
        settings["refresh"] = duration(view.refresh.interval)
        settings |= {"offset": duration(view.refresh.offset)} if view.refresh.offset else {}
        settings |= {"lag": duration(view.refresh.lag)} if view.refresh.lag else {}
    return "{{ config(" + ", ".join(f"{name}='{value}'" for name, value in settings.items()) + ") }}"


def duration(microseconds: int) -> str:
    """The text of a duration in its largest whole unit: `90 seconds`, `1 hour`."""
    for unit, size in (("day", DAY), ("hour", HOUR), ("minute", MINUTE), ("second", SECOND)):
        if microseconds and microseconds % size == 0:
            number = microseconds // size
            return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
    if microseconds:
        raise ValueError(f"{microseconds} us is no whole number of seconds")
    return "0 seconds"


def relate(pipeline: Pipeline, ctes: list[str], stepwise: bool) -> Relation:
    """The relation of a pipeline; its closed steps are appended to `ctes`, every step when `stepwise`."""
    relation = _relate(pipeline, ctes, stepwise)
    return closed(relation, ctes) if stepwise and not isinstance(pipeline, Scan) else relation


def _relate(pipeline: Pipeline, ctes: list[str], stepwise: bool) -> Relation:
    match pipeline:
        case Scan(source=source):
            return Relation(source=source_call(source), columns={name: name for name in schema(pipeline)})
        case Filter(input=source, predicate=predicate):
            below = _unwindowed(relate(source, ctes, stepwise), ctes)
            return replace(below, where=(*below.where, expression_sql(predicate, below.columns)))
        case Project(input=source, columns=columns):
            below = _unwindowed(relate(source, ctes, stepwise), ctes)
            return replace(below, columns={name: expression_sql(each, below.columns) for name, each in columns})
        case UnionAll(inputs=branches):
            selects = [select_all(relate(branch, ctes, stepwise)) for branch in branches]
            return _cte("\nunion all\n".join(selects), list(schema(pipeline)), ctes)
        case StaticJoin(input=source):
            return _static_join(pipeline, closed(relate(source, ctes, stepwise), ctes))
        case AsofJoin(left=left, right=right):
            return _asof_join(
                pipeline, closed(relate(left, ctes, stepwise), ctes), closed(relate(right, ctes, stepwise), ctes)
            )
        case Window(input=source, name=name):
            below = _unwindowed(relate(source, ctes, stepwise), ctes)
            return replace(below, columns={**below.columns, name: _window_sql(pipeline, below.columns)}, windowed=True)


def source_call(source: SourceSpec) -> str:
    """`{{ source('s', 'events') }}`"""
    return "{{ source('s', '" + source.name + "') }}"


def closed(relation: Relation, ctes: list[str]) -> Relation:
    """The relation as a table: itself when it is one, else a new CTE."""
    return relation if relation.bare else _cte(select_all(relation), list(relation.columns), ctes)


def _unwindowed(relation: Relation, ctes: list[str]) -> Relation:
    return closed(relation, ctes) if relation.windowed else relation


def _cte(body: str, columns: list[str], ctes: list[str]) -> Relation:
    name = f"step_{len(ctes) + 1}"
    indented = "\n".join("    " + line for line in body.splitlines())
    ctes.append(f"{name} as (\n{indented}\n)")
    return Relation(source=name, columns={column: column for column in columns})


def select_all(relation: Relation) -> str:
    """A select of every column."""
    return select(relation, [_named(sql, name) for name, sql in relation.columns.items()])


def select(relation: Relation, items: list[str]) -> str:
    """A select of these items."""
    where = "\nwhere " + " and ".join(relation.where) if relation.where else ""
    return "select\n    " + ",\n    ".join(items) + f"\nfrom {relation.source}{where}"


def _named(sql: str, name: str) -> str:
    return sql if sql == name else f"{sql} as {name}"


def _keys(view: View, relation: Relation) -> list[str]:
    return [_named(relation.columns[key], key) for key in view.keys]


def _features(view: View, relation: Relation) -> list[str]:
    match view:
        case LatestView(features=features):
            return [f"{expression_sql(each.expression, relation.columns)} as {each.name}" for each in features]
        case AggregateView(features=features):
            return [f"{aggregate_sql(each, relation.columns)} as {each.name}" for each in features]


def aggregate_sql(aggregate: Aggregate, columns: Columns) -> str:
    """`avg(x) filter (where {{ last('5 minutes') }} and y > 1)`"""
    conditions = []
    if aggregate.window is not None:
        conditions.append("{{ last('" + duration(aggregate.window) + "') }}")
    if aggregate.where is not None:
        conditions.append(expression_sql(aggregate.where, columns))
    narrowed = f" filter (where {' and '.join(conditions)})" if conditions else ""
    return _aggregate_call(aggregate, [columns[name] for name in aggregate.arguments]) + narrowed


def _aggregate_call(aggregate: Aggregate, arguments: list[str]) -> str:
    match aggregate.function:
        case "count" if not arguments:
            return "count(*)"
        case "count_distinct":
            return f"count(distinct {arguments[0]})"
        case "string_agg":
            return f"string_agg({arguments[0]}, {literal(aggregate.separator)})"
        case function:
            return f"{function}({', '.join(arguments)})"


def _static_join(node: StaticJoin, left: Relation) -> Relation:
    conditions = [f"l.{here} = d.{there}" for here, there in node.on]
    join = "left join" if node.kind == "left" else "join"
    return _joined(node.take, left, f"{join} {source_call(node.source)} as d on {' and '.join(conditions)}", "d")


def _asof_join(node: AsofJoin, left: Relation, right: Relation) -> Relation:
    conditions = [f"l.{here} = r.{there}" for here, there in node.on]
    conditions.append(f"l.{event_time_column(node.left)} {node.operator} r.{event_time_column(node.right)}")
    join = "asof left join" if node.kind == "left" else "asof join"
    return _joined(node.take, left, f"{join} {right.source} as r on {' and '.join(conditions)}", "r")


def _joined(take: tuple[tuple[str, str], ...], left: Relation, join: str, alias: str) -> Relation:
    columns = {name: f"l.{name}" for name in left.columns}
    taken = {name: f"{alias}.{column}" for column, name in take}
    return Relation(source=f"{left.source} as l\n{join}", columns=columns | taken)


def _window_sql(node: Window, columns: Columns) -> str:
    partition = ", ".join(columns[name] for name in node.partition_by)
    order = f"partition by {partition} order by {columns[event_time_column(node.input)]}"
    match node.function:
        case Lag(column=column, offset=offset):
            return f"lag({columns[column]}{'' if offset == 1 else f', {offset}'}) over ({order})"
        case RunningSum(column=column, preceding=preceding):
            return f"sum({columns[column]}) over ({order} rows between {preceding} preceding and current row)"
        case RangeCount(interval=interval):
            frame = f"range between interval '{duration(interval)}' preceding and current row"
            return f"count(*) over ({order} {frame})"


def expression_sql(expression: Callable[..., Any], columns: Columns) -> str:
    """The SQL of an expression of `expressions.py`, with each column replaced by what computes it."""
    match expression:
        case Value(column=column):
            return columns[column]
        case Plus(column=column, number=number):
            return f"{_operand(columns[column])} + {number}"
        case Coalesce(column=column, default=default):
            return f"coalesce({columns[column]}, {literal(default)})"
        case IsNull(column=column, negated=negated):
            return f"{_operand(columns[column])} is {'not ' if negated else ''}null"
        case Suffix(column=column, text=text):
            return f"{_operand(columns[column])} || {literal(text)}"
        case Compare(column=column, operator=operator, literal=value):
            return f"{_operand(columns[column])} {operator} {literal(value)}"
        case Recent(column=column, interval=interval):
            return f"{columns[column]} >= " + "{{ as_of() }}" + f" - interval '{duration(interval)}'"
    raise TypeError(f"no SQL for {expression!r}: use the classes of expressions.py")


def literal(value: object) -> str:
    """A value as a DuckDB literal."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    raise TypeError(f"no literal for {value!r}")


def _operand(sql: str) -> str:
    return sql if re.fullmatch(r"[\w.]+", sql) else f"({sql})"
