"""A view over chosen rows: what its values would be if these were all that is visible.

Each case is a number, a moment, keys, and rows, which are visible whatever their times say. The expressions, windows
and the order of rows are the view's own.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from skewless.codegen.ctes import Cte, select, statement
from skewless.codegen.training.latest import LATEST_RANKED
from skewless.codegen.training.plan import Moments, named
from skewless.codegen.training.range_join import RANGE_JOIN
from skewless.contract.clock import later
from skewless.contract.ir import FeatureView, Field, Timing
from skewless.contract.names import (
    AT,
    EVENT,
    EVENT_TIME,
    KNOWN_AT,
    KNOWN_FROM,
    MOMENT,
    SEEN,
    VISIBLE_FROM,
    column,
    table,
)
from skewless.ground.dtypes import BIGINT

CASE = "_slot_1"
"""The number of a case, in both relations and in what is found."""
CASES, CASE_ROWS = "cases", "case_rows"
"""The relation of (`CASE`, keys, `_at`), and that of (`CASE`, keys, `_event_time`, `_known_at`, the tie-breaks, the
view's own columns)."""


def cases_query(view: FeatureView, *, ignores_ttl: bool = False) -> exp.Query:
    """The features of each case, `_event_time` and `_seen`, by `CASE`. With `ignores_ttl` no row is too old."""
    chosen = _over_cases(view, ignores_ttl)
    rows = Cte(name="chosen", query=_visible(view), comment="rows of each case, visible whatever their times say")
    moments = Moments(name=CASES, identity=(CASE,))
    plan = RANGE_JOIN if view.kind == "aggregate" else LATEST_RANKED
    values = plan.build(chosen, "found", "chosen", moments, True)
    names = [CASE, EVENT_TIME, SEEN, *(feature.name for feature in view.features)]
    final = select([column(name) for name in names], "found")
    final.set("order", exp.Order(expressions=[exp.Ordered(this=column(CASE), nulls_first=True)]))
    return statement([rows, *values], final, f" {view.name}: its values over chosen rows. ")


def _over_cases(view: FeatureView, ignores_ttl: bool) -> FeatureView:
    """The view, with the case among its keys, over rows that say themselves when they are visible."""
    timing = Timing(delay=None, inclusive=False, has_versions=False)
    keys = (*view.keys, Field(name=CASE, dtype=BIGINT))
    chosen = replace(view, keys=keys, pipeline=replace(view.rows, timing=timing))
    return replace(chosen, ttl=None, horizon=None) if ignores_ttl else chosen


def _visible(view: FeatureView) -> exp.Select:
    own = [key.name for key in view.keys] + [one.name for one in view.rows.columns]
    carried = dict.fromkeys((CASE, *own, EVENT_TIME, KNOWN_AT, *view.rows.order))
    moment = column(AT, MOMENT)
    return exp.Select(
        expressions=[
            *(column(name, EVENT) for name in carried),
            named(moment, KNOWN_FROM),
            named(later(moment.copy(), -1), VISIBLE_FROM),
        ],
        from_=exp.From(this=table(CASE_ROWS, EVENT)),
        joins=[
            exp.Join(this=table(CASES, MOMENT), on=exp.EQ(this=column(CASE, EVENT), expression=column(CASE, MOMENT)))
        ],
    )
