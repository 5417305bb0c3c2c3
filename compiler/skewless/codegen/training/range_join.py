"""Aggregates: join each moment with the rows of its key in its largest window, then group by moment.

Honours everything. Its cost grows with the number of rows a key has, however short the window is, because the engine
joins on the key and compares times afterwards.
"""

from __future__ import annotations

from sqlglot import exp

from skewless.codegen.ctes import Cte, same
from skewless.codegen.training.plan import Moments, Plan, Statistics, named
from skewless.codegen.visibility import visible, within
from skewless.contract.ir import FeatureView
from skewless.contract.names import EVENT, EVENT_TIME, MOMENT, SEEN, column, table
from skewless.contract.types import cast

# Seconds a joined pair and a scanned row cost on the machine of bench/RESULTS.md; only their ratio matters.
_PAIR, _ROW = 1.7e-8, 2.0e-7


def _refuses(view: FeatureView) -> str | None:
    return None if view.kind == "aggregate" else "it is for aggregates"


def _cost(_: FeatureView, statistics: Statistics) -> float:
    return _PAIR * statistics.pairs + _ROW * (statistics.events + statistics.moments)


def _build(view: FeatureView, prefix: str, rows: str, moments: Moments, statuses: bool) -> tuple[Cte, ...]:
    projections: list[exp.Expr] = [column(name, MOMENT) for name in moments.identity]
    projections += [named(cast(feature.expression.copy(), feature.dtype), feature.name) for feature in view.features]
    if statuses:
        projections += status_projections()
    query = exp.Select(
        expressions=projections,
        from_=exp.From(this=table(moments.name, MOMENT)),
        joins=[exp.Join(this=table(rows, EVENT), side="LEFT", on=_reach(view))],
        group=exp.Group(expressions=_group(view, moments)),
    )
    return (Cte(name=prefix, query=query, comment=f"{view.name}: every visible row of the largest window, by moment"),)


def status_projections() -> list[exp.Expr]:
    """The newest row that a value was made of, and how many there were."""
    newest = exp.Max(this=column(EVENT_TIME, EVENT))
    return [named(newest, EVENT_TIME), named(exp.Count(this=column(EVENT_TIME, EVENT)), SEEN)]


def _reach(view: FeatureView) -> exp.Expr:
    conditions = [same(EVENT, MOMENT, (key.name for key in view.keys), nulls_match=False), visible(view.rows.timing)]
    if view.horizon is not None:
        conditions.append(within(view.horizon))
    return exp.and_(*conditions)


def _group(view: FeatureView, moments: Moments) -> list[exp.Expr]:
    """The identity of the moment, and what else of it the features mention outside their aggregates."""
    mentioned = {
        node.name
        for feature in view.features
        for node in feature.expression.find_all(exp.Column)
        if node.table == MOMENT and node.find_ancestor(exp.Filter) is None
    }
    names = dict.fromkeys((*moments.identity, *sorted(mentioned)))
    return [column(name, MOMENT) for name in names]


RANGE_JOIN = Plan(
    name="range_join", summary="range join, then group by moment", refuses=_refuses, cost=_cost, build=_build
)
