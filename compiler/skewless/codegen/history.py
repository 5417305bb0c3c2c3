"""All rows that a view has of some entities, whatever a moment sees of them: what a value is explained by.

Two queries over the relation `points` of (`_row`, keys, `_at`). One yields the rows of the pipeline. The other yields
rows of one source that are no rows of the pipeline, because the view's own SQL leaves them out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from skewless.codegen.ctes import Cte, same, select, statement
from skewless.codegen.identity import identified, identified_ctes, source_event_id, with_key
from skewless.codegen.pipeline import Sources, rows_name, step_ctes
from skewless.codegen.scan import known_at, moment_column, typed_columns
from skewless.codegen.scan import known_from as source_known_from
from skewless.codegen.state import POINTS
from skewless.codegen.training.latest import newest_first
from skewless.codegen.training.plan import named
from skewless.codegen.visibility import known_from, visible_from, within
from skewless.contract.clock import later
from skewless.contract.ir import Feature, FeatureView, Field, Pipeline, Scan, Step, Timing
from skewless.contract.names import (
    AT,
    EVENT,
    EVENT_TIME,
    ID,
    KNOWN_AT,
    KNOWN_FROM,
    MOMENT,
    ROW,
    VISIBLE_FROM,
    VISIBLE_TO,
    column,
    table,
)
from skewless.contract.types import cast
from skewless.ground.dtypes import BOOLEAN, TIMESTAMP
from skewless.ground.durations import Duration

RETRACTS = "_retracts"
"""Whether a row of a source retracts its event."""


def counts(number: int) -> str:
    """The column that says whether the n-th feature, from 0, counts the row."""
    return f"_value_{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Which rows are asked for: how long before a point they happened, how long after it they were known at most, and
    so many of the newest."""

    before: Duration | None
    after: Duration
    newest: int


def history_query(view: FeatureView, sources: Sources, reach: Reach | None = None) -> exp.Query:
    """Every row of the pipeline that has the keys of a point, oldest first in the total order of the view; with a reach
    only some.

    `_row`, `_id`, `_event_time`, `_known_at`, `_known_from`, `_visible_from`, `_visible_to` (NULL until the row is
    replaced), the tie-breaks, the view's own columns, and for each feature of an aggregate view whether it counts the
    row.
    """
    timing = view.rows.timing
    until = column(VISIBLE_TO, EVENT) if timing.has_versions else cast(exp.Null(), TIMESTAMP)
    query = exp.Select(
        expressions=[
            column(ROW, MOMENT),
            column(ID, EVENT),
            column(EVENT_TIME, EVENT),
            named(_known_at(timing), KNOWN_AT),
            named(known_from(timing), KNOWN_FROM),
            named(visible_from(timing), VISIBLE_FROM),
            named(until, VISIBLE_TO),
            *(column(name, EVENT) for name in view.rows.order if name not in (EVENT_TIME, KNOWN_AT)),
            *(column(one.name, EVENT) for one in own_columns(view)),
            *(named(_is_counted(one), counts(number)) for number, one in enumerate(view.features)),
        ],
        from_=exp.From(this=table(rows_name(view.name), EVENT)),
        joins=[exp.Join(this=table(POINTS, MOMENT), on=_same_keys(view))],
        order=exp.Order(
            expressions=[exp.Ordered(this=column(ROW, MOMENT), nulls_first=True)]
            + [exp.Ordered(this=column(name, EVENT), nulls_first=True) for name in view.rows.order]
        ),
    )
    if reach is not None:
        _restrict(query, view, reach)
    return statement(_identified_ctes(view, sources), query, f" {view.name}: all rows of some entities. ")


def _restrict(query: exp.Select, view: FeatureView, reach: Reach) -> None:
    latest = later(column(AT, MOMENT), reach.after.microseconds)
    conditions: list[exp.Expr] = [exp.LTE(this=known_from(view.rows.timing), expression=latest)]
    if reach.before is not None:
        conditions.append(within(reach.before))
    rank = exp.Window(
        this=exp.RowNumber(),
        partition_by=[column(ROW, MOMENT)],
        order=exp.Order(expressions=newest_first(view)),
    )
    query.set("where", exp.Where(this=exp.and_(*conditions)))
    query.set("qualify", exp.Qualify(this=exp.LTE(this=rank, expression=exp.Literal.number(reach.newest))))


def left_out_query(view: FeatureView, scan: Scan, keys: Mapping[str, str], sources: Sources) -> exp.Query:
    """The rows of a source that have the keys of a point, and that are no rows of the pipeline.

    `keys` are the source's columns that hold them (see `key_columns`). `_row`, `_id`, `_event_time`, `_known_at`,
    `_known_from`, `_retracts`, and all columns of the source. The source must have a primary key.
    """
    source = scan.source
    names = tuple(known.name for known in source.columns)
    read = typed_columns(source, names, sources.relations, sources.physical)
    retracts = exp.Coalesce(this=column(source.deleted), expressions=[exp.false()]) if source.deleted else exp.false()
    every = exp.Select(
        expressions=[
            *(column(name) for name in names),
            named(source_event_id(source), ID),
            named(moment_column(source, source.happened), EVENT_TIME),
            named(known_at(source), KNOWN_AT),
            named(source_known_from(source), KNOWN_FROM),
            named(retracts, RETRACTS),
        ],
        from_=exp.From(this=table("read_rows")),
    )
    found = [
        Cte(name="read_rows", query=read, comment=f"{source.name}: all columns, in their declared types"),
        Cte(name="source_rows", query=every, comment="with what says which event a row is of, and when it is known"),
    ]
    on = exp.and_(
        *(
            exp.EQ(this=column(own, "raw"), expression=cast(column(key, MOMENT), source.dtype(own)))
            for key, own in keys.items()
        )
    )
    query = exp.Select(
        expressions=[
            column(ROW, MOMENT),
            *(column(name, "raw") for name in (ID, EVENT_TIME, KNOWN_AT, KNOWN_FROM, RETRACTS, *names)),
        ],
        from_=exp.From(this=table("source_rows", "raw")),
        joins=[exp.Join(this=table(POINTS, MOMENT), on=on)],
        where=exp.Where(this=exp.Not(this=exp.Exists(this=_in_pipeline(view, scan)))),
        order=exp.Order(expressions=[exp.Ordered(this=column(name, "raw")) for name in (EVENT_TIME, KNOWN_FROM, ID)]),
    )
    return statement([*_identified_ctes(view, sources), *found], query, f" {view.name}: rows that are left out. ")


def own_columns(view: FeatureView) -> tuple[Field, ...]:
    """The columns of the pipeline's rows that features read, but for the keys."""
    keys = {key.name for key in view.keys}
    return tuple(known for known in view.rows.columns if known.name not in keys)


def key_columns(view: FeatureView, scan: Scan) -> dict[str, str] | None:
    """Key to the source's column that it is, if each key is simply a column of this source; None if not."""
    found = {key.name: _origin(view.rows, view.rows.output, key.name, scan.name) for key in view.keys}
    traced = {key: name for key, name in found.items() if name is not None}
    return traced if len(traced) == len(found) else None


def _origin(pipeline: Pipeline, relation: str, name: str, scan: str) -> str | None:
    """The column of a scan that a column of a relation is, through any number of steps."""
    if relation == scan:
        return name
    step = next((one for one in pipeline.steps if one.name == relation), None)
    if step is None:
        return None
    origins = [
        _origin(pipeline, branch_relation, branch_column, scan)
        for branch_relation, branch_column in _read_as(step, name)
    ]
    return next((one for one in origins if one is not None), None)


def _read_as(step: Step, name: str) -> list[tuple[str, str]]:
    """(relation, column) that a column of a step is, in each branch where it is but a column or a cast of one."""
    found = []
    for query in step.query.find_all(exp.Select):
        relations = {one.alias_or_name: one.name for one in query.find_all(exp.Table)}
        for projection in query.expressions:
            node = projection.unalias()
            while isinstance(node, exp.Cast):
                node = node.this
            if projection.alias_or_name == name and isinstance(node, exp.Column) and node.table in relations:
                found.append((relations[node.table], node.name))
    return found


def _identified_ctes(view: FeatureView, sources: Sources) -> list[Cte]:
    scans = {scan.name: with_key(scan) for scan in view.rows.scans}
    names = {name: f"{view.name}__{name}" for name in scans}
    ctes = [cte for name, scan in scans.items() for cte in identified_ctes(scan, names[name], sources, by_source=True)]
    return [*ctes, *step_ctes(identified(view.rows, by_branch=False), view.name, names)]


def _same_keys(view: FeatureView) -> exp.Expr:
    return same(EVENT, MOMENT, (key.name for key in view.keys), nulls_match=False)


def _known_at(timing: Timing) -> exp.Expr:
    if timing.delay is None or timing.has_versions:
        return column(KNOWN_AT, EVENT)
    return later(column(EVENT_TIME, EVENT), timing.delay.microseconds)


def _is_counted(feature: Feature) -> exp.Expr:
    """Whether one of a feature's aggregates, each of which has a window, lets the row in."""
    filters = [node.expression.this.copy() for node in feature.expression.find_all(exp.Filter)]
    return cast(exp.Coalesce(this=exp.or_(*filters), expressions=[exp.false()]) if filters else exp.false(), BOOLEAN)


def _in_pipeline(view: FeatureView, scan: Scan) -> exp.Select:
    """The pipeline's rows of the event of a source's row, of the same version where there are several."""
    names = [ID, *([KNOWN_FROM] if scan.source.has_versions else [])]
    return select(
        [exp.Literal.number(1)], rows_name(view.name), EVENT, where=same(EVENT, "raw", names, nulls_match=False)
    )
