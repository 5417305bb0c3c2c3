"""One use of a view into the statement that yields its features for every row of the spine."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from skewless.codegen.ctes import Cte, same, select, statement
from skewless.codegen.pipeline import Sources, pipeline_ctes, rows_name
from skewless.codegen.ticks import last_tick
from skewless.codegen.training.plan import Moments, named
from skewless.codegen.training.plans import Choice
from skewless.contract.instances import Instance
from skewless.contract.ir import FeatureView
from skewless.contract.names import AT, EVENT_TIME, MOMENT, REQUEST, ROW, SEEN, column, table
from skewless.contract.types import cast

SPINE = "spine"
"""The relation that training SQL reads: `_row`, `_at` and the spine's own columns."""


def training_query(instance: Instance, choice: Choice, sources: Sources, *, statuses: bool = False) -> exp.Query:
    """A latest or aggregate view at every moment of the spine: `_row` and the features.

    With `statuses` also what explains them, the newest row's `_event_time` and how many rows are `_seen`.
    """
    explained = (EVENT_TIME, SEEN) if statuses else ()
    view, prefix = instance.view, instance.name
    moments = Moments(name=f"{prefix}__moments", identity=(ROW,))
    ctes = [Cte(name=moments.name, query=_moments(instance), comment=f"{view.name}: the moments asked for")]
    ctes.extend(pipeline_ctes(view.rows, prefix, sources))
    comment = f" {view.name}, training. Plan {choice.plan.name} ({choice.plan.summary}): {choice.reason}. "
    if view.refresh is None:
        ctes.extend(choice.plan.build(view, prefix, rows_name(prefix), moments, statuses))
        return statement(ctes, _ordered(prefix, view, explained), comment)
    ticks = Moments(name=f"{prefix}__ticks", identity=(*(key.name for key in view.keys), AT))
    ctes.append(
        Cte(name=ticks.name, query=_ticks(view, moments.name), comment=f"the ticks of every {view.refresh.interval}")
    )
    ctes.extend(choice.plan.build(view, prefix, rows_name(prefix), ticks, statuses))
    return statement(ctes, _led_back(view, prefix, moments.name, explained), comment)


def request_query(instance: Instance) -> exp.Query:
    """A request view over the spine and the tables of the instances that it joins."""
    view = instance.view
    fields = [
        named(cast(column(instance.column(field.name), SPINE), str(field.dtype)), field.name)
        for field in (*view.keys, *view.requests)
    ]
    unique = list({item.alias_or_name: item for item in fields}.values())
    request = select([column(ROW, SPINE), column(AT, SPINE), *unique], SPINE)
    final = request_select(instance, f"{instance.name}__request", {})
    return statement(
        [Cte(name=f"{instance.name}__request", query=request, comment=f"{view.name}: the fields of each request")],
        final,
        f" {view.name}, training: row-level expressions over other views' values at the same moment. ",
    )


def request_select(instance: Instance, request: str, looked_up: dict[tuple[str, str], exp.Expr]) -> exp.Select:
    """The SELECT of a request view. `looked_up` are values that the request relation itself holds already."""
    view = instance.view
    projections: list[exp.Expr] = [column(ROW, REQUEST)]
    for feature in view.features:
        holder = exp.Paren(this=feature.expression.copy())
        for node in list(holder.find_all(exp.Column)):
            if node.table == MOMENT:
                node.replace(column(node.name, REQUEST))
            elif (value := looked_up.get((node.table, node.name))) is not None:
                node.replace(value.copy())
        projections.append(named(cast(holder.this, feature.dtype), feature.name))
    needed = {node.table for item in projections for node in item.find_all(exp.Column)}
    joins = [
        exp.Join(this=table(dependency.name, alias), side="LEFT", on=same(alias, REQUEST, (ROW,), nulls_match=False))
        for alias, dependency in instance.dependencies
        if alias in needed
    ]
    return exp.Select(expressions=projections, from_=exp.From(this=table(request, REQUEST)), joins=joins)


def _moments(instance: Instance) -> exp.Select:
    keys = [
        named(cast(column(instance.column(key.name), SPINE), str(key.dtype)), key.name) for key in instance.view.keys
    ]
    return select([column(ROW, SPINE), *keys, column(AT, SPINE)], SPINE)


def _ticks(view: FeatureView, moments: str) -> exp.Select:
    keys = [column(key.name, MOMENT) for key in view.keys]
    query = select([*keys, named(last_tick(view.schedule, column(AT, MOMENT)), AT)], moments, MOMENT)
    query.set("distinct", exp.Distinct())
    return query


def _led_back(view: FeatureView, values: str, moments: str, explained: Sequence[str]) -> exp.Select:
    """Each spine row with the values of its tick; a NULL key finds the values of an entity without rows."""
    keys = [key.name for key in view.keys]
    tick = exp.NullSafeEQ(this=column(AT, values), expression=last_tick(view.schedule, column(AT, MOMENT)))
    return exp.Select(
        expressions=[
            column(ROW, MOMENT),
            *(column(feature.name, values) for feature in view.features),
            *(column(name, values) for name in explained),
        ],
        from_=exp.From(this=table(moments, MOMENT)),
        joins=[
            exp.Join(this=table(values), side="LEFT", on=exp.and_(same(values, MOMENT, keys, nulls_match=True), tick))
        ],
    )


def _ordered(prefix: str, view: FeatureView, explained: Sequence[str]) -> exp.Select:
    names = [ROW, *(feature.name for feature in view.features), *explained]
    return select([column(name) for name in names], prefix)
