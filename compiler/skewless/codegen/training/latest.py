"""Latest views: the newest visible row of each moment, by an as-of join or by ranking."""

from __future__ import annotations

from sqlglot import exp

from skewless.codegen.ctes import Cte, same
from skewless.codegen.training.plan import Moments, Plan, Statistics, named
from skewless.codegen.visibility import visible, within
from skewless.contract.clock import later
from skewless.contract.ir import FeatureView
from skewless.contract.names import AT, EVENT, EVENT_TIME, MOMENT, SEEN, column, table
from skewless.contract.types import cast


def newest_first(view: FeatureView) -> list[exp.Expr]:
    """The total order, greatest first; a NULL tie-break is smaller than any value."""
    return [exp.Ordered(this=column(name, EVENT), desc=True, nulls_first=False) for name in view.rows.order]


def first_of(partition: list[exp.Expr], order: list[exp.Expr]) -> exp.Expr:
    """`ROW_NUMBER() OVER (PARTITION BY ... ORDER BY ...) = 1`."""
    rank = exp.Window(this=exp.RowNumber(), partition_by=partition, order=exp.Order(expressions=order))
    return exp.EQ(this=rank, expression=exp.Literal.number(1))


def latest_projections(view: FeatureView, moments: Moments, statuses: bool) -> list[exp.Expr]:
    """The identity, the features of a row that has not expired, and what explains them."""
    projections: list[exp.Expr] = [column(name, MOMENT) for name in moments.identity]
    projections += [
        named(_unexpired(view, feature.expression, str(feature.dtype)), feature.name) for feature in view.features
    ]
    if statuses:
        exists = exp.Not(this=exp.Is(this=column(EVENT_TIME, EVENT), expression=exp.Null()))
        projections += [
            column(EVENT_TIME, EVENT),
            named(cast(exists, "BIGINT"), SEEN),
        ]
    return projections


def _unexpired(view: FeatureView, expression: exp.Expr, dtype: str) -> exp.Expr:
    """The value while the row is within the ttl; NULL when it is not, or when there is no row."""
    of_row = not any(node.table == MOMENT for node in expression.find_all(exp.Column))
    if view.ttl is None and of_row:
        return cast(expression.copy(), dtype)
    exists = exp.Not(this=exp.Is(this=column(EVENT_TIME, EVENT), expression=exp.Null()))
    alive = within(view.ttl) if view.ttl is not None else exists
    return cast(exp.Case(ifs=[exp.If(this=alive, true=expression.copy())]), dtype)


def _asof_refuses(view: FeatureView) -> str | None:
    if view.kind != "latest":
        return "it is for latest views"
    return None if view.rows.timing.is_settled else "rows can become known late, and an as-of join compares one time"


def _asof_cost(_: FeatureView, statistics: Statistics) -> float:
    return 1e-7 * (statistics.events + statistics.moments)


def _asof_build(view: FeatureView, prefix: str, rows: str, moments: Moments, statuses: bool) -> tuple[Cte, ...]:
    keys = [key.name for key in view.keys]
    unique = f"{prefix}__unique"
    single = exp.Select(
        expressions=[exp.Column(this=exp.Star(), table=exp.to_identifier(EVENT))],
        from_=exp.From(this=table(rows, EVENT)),
        qualify=exp.Qualify(
            this=first_of([*(column(key, EVENT) for key in keys), column(EVENT_TIME, EVENT)], newest_first(view))
        ),
    )
    known_until = later(column(AT, MOMENT), -view.rows.timing.behind)
    match = exp.GTE(this=known_until, expression=column(EVENT_TIME, EVENT))
    query = exp.Select(
        expressions=latest_projections(view, moments, statuses),
        from_=exp.From(this=table(moments.name, MOMENT)),
        joins=[
            exp.Join(
                this=table(unique, EVENT), method="ASOF", side="LEFT",
                on=exp.and_(same(EVENT, MOMENT, keys, nulls_match=False), match),
            )
        ],
    )  # fmt: skip
    return (
        Cte(
            name=unique,
            query=single,
            comment=f"{view.name}: of rows with equal key and event time, the last by tie-break",
        ),
        Cte(name=prefix, query=query, comment=f"{view.name}: the newest row visible at the moment"),
    )


def _ranked_refuses(view: FeatureView) -> str | None:
    return None if view.kind == "latest" else "it is for latest views"


def _ranked_cost(_: FeatureView, statistics: Statistics) -> float:
    return 6e-8 * statistics.pairs + 1e-7 * (statistics.events + statistics.moments)


def _ranked_build(view: FeatureView, prefix: str, rows: str, moments: Moments, statuses: bool) -> tuple[Cte, ...]:
    conditions = [same(EVENT, MOMENT, (key.name for key in view.keys), nulls_match=False), visible(view.rows.timing)]
    if view.ttl is not None and not statuses:
        conditions.append(within(view.ttl))
    query = exp.Select(
        expressions=latest_projections(view, moments, statuses),
        from_=exp.From(this=table(moments.name, MOMENT)),
        joins=[exp.Join(this=table(rows, EVENT), side="LEFT", on=exp.and_(*conditions))],
        qualify=exp.Qualify(this=first_of([column(name, MOMENT) for name in moments.identity], newest_first(view))),
    )
    return (Cte(name=prefix, query=query, comment=f"{view.name}: the newest of the rows visible at the moment"),)


LATEST_ASOF = Plan(
    name="asof", summary="as-of join on event time", refuses=_asof_refuses, cost=_asof_cost, build=_asof_build
)
LATEST_RANKED = Plan(
    name="ranked_join", summary="join, then rank the visible rows", refuses=_ranked_refuses, cost=_ranked_cost,
    build=_ranked_build,
)  # fmt: skip
