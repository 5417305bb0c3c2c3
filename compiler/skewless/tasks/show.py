"""A view or a service into a preview: the entities with the newest rows, at one moment, by the training path."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from skewless.codegen.ctes import Cte, statement
from skewless.codegen.pipeline import pipeline_ctes, rows_name
from skewless.codegen.training.plan import named
from skewless.codegen.visibility import visible
from skewless.contract.instances import ServicePlan, service_of_view
from skewless.contract.ir import FeatureView
from skewless.contract.names import AT, EVENT, EVENT_TIME, MOMENT, column, table
from skewless.engines.engine import Engine
from skewless.ground.diagnostics import did_you_mean
from skewless.ground.errors import CompileError, UsageError
from skewless.tasks.sources import sources_of
from skewless.tasks.train import training_set
from skewless.tasks.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa

TIMESTAMP = "as_of"
_AS_OF = "at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The keys, the moment and the features; `newest` is the event time of the newest visible row."""

    rows: pa.Table
    newest: dt.datetime | None


def preview(workspace: Workspace, engine: Engine, name: str, as_of: dt.datetime, limit: int) -> Preview:
    """At most `limit` entities of a view or a service, newest first. `as_of` is naive UTC.

    Raises UsageError for what cannot be evaluated without a request, since nobody knows its fields.
    """
    plan = _plan(workspace, name)
    view = _leader(plan, name)
    entities = _newest(engine, view, as_of, limit)
    newest = max((row[-1] for row in entities), default=None)
    names = [dict(_binding(plan, view))[key.name] for key in view.keys]
    spine = _spine(names, [str(key.dtype) for key in view.keys], entities, as_of)
    return Preview(rows=training_set(engine, plan, spine, TIMESTAMP), newest=newest)


def _plan(workspace: Workspace, name: str) -> ServicePlan:
    if name in workspace.views:
        return service_of_view(workspace.views[name], workspace.views)
    if name in workspace.services:
        return workspace.services[name]
    views = [model.name for model in workspace.files.models]
    if name in views and workspace.diagnostics:
        raise CompileError(workspace.diagnostics)
    known = [*views, *workspace.services]
    help_line = did_you_mean(name, known) or f"there are: {', '.join(known) or 'none'}"
    raise UsageError(f"there is no feature view or service '{name}'", help=help_line)


def _leader(plan: ServicePlan, name: str) -> FeatureView:
    """The view whose keys are all that the plan needs."""
    fields = [column for column in plan.spine_columns if column not in plan.key_columns]
    if fields:
        raise UsageError(
            f"'{name}' needs fields that only a request has: {', '.join(fields)}",
            help='give some: skewless train --service NAME --spine "select ..." --timestamp COLUMN',
        )
    for instance in plan.instances:
        bound = {instance.column(key.name) for key in instance.view.keys}
        if instance.view.kind != "request" and bound == set(plan.key_columns):
            return instance.view
    raise UsageError(
        f"no view of '{name}' has all of its keys ({', '.join(plan.key_columns)}), so there are no entities to show",
        help="show one of its views, or give a spine: skewless train",
    )


def _binding(plan: ServicePlan, view: FeatureView) -> tuple[tuple[str, str], ...]:
    keys = set(plan.key_columns)
    return next(
        one.on for one in plan.instances if one.view is view and {one.column(key.name) for key in view.keys} == keys
    )


def _newest(engine: Engine, view: FeatureView, as_of: dt.datetime, limit: int) -> list[tuple[Any, ...]]:
    """(keys, event time of the newest visible row) of each entity, newest first."""
    sources = sources_of(engine, view)
    at = exp.cast(exp.Placeholder(this=_AS_OF), exp.DataType.build("TIMESTAMP", dialect="duckdb"), copy=False)
    moment = Cte(name="cutoff", query=exp.Select(expressions=[named(at, AT)]), comment="the moment of the preview")
    keys = [column(key.name, EVENT) for key in view.keys]
    present = [exp.Not(this=exp.Is(this=key.copy(), expression=exp.Null())) for key in keys]
    query = exp.Select(
        expressions=[*keys, named(exp.Max(this=column(EVENT_TIME, EVENT)), EVENT_TIME)],
        from_=exp.From(this=table(rows_name(view.name), EVENT)),
        joins=[exp.Join(this=table("cutoff", MOMENT), kind="CROSS")],
        where=exp.Where(this=exp.and_(visible(view.rows.timing), *present)),
        group=exp.Group(expressions=[key.copy() for key in keys]),
        order=exp.Order(
            expressions=[
                exp.Ordered(this=column(EVENT_TIME), desc=True, nulls_first=False),
                *(exp.Ordered(this=key.copy(), nulls_first=False) for key in keys),
            ]
        ),
        limit=exp.Limit(expression=exp.Literal.number(limit)),
    )
    ctes = [moment, *pipeline_ctes(view.rows, view.name, sources)]
    return engine.rows(statement(ctes, query, ""), {_AS_OF: as_of})


def _spine(names: list[str], types: list[str], entities: list[tuple[Any, ...]], as_of: dt.datetime) -> pa.Table:
    import pyarrow as pa

    from skewless.contract.arrow import arrow_type
    from skewless.ground.dtypes import DataType

    columns = {
        name: pa.array([row[place] for row in entities], arrow_type(DataType.parse(dtype)))
        for place, (name, dtype) in enumerate(zip(names, types, strict=True))
    }
    return pa.table({**columns, TIMESTAMP: pa.array([as_of] * len(entities), pa.timestamp("us"))})
