"""Turns Hypothesis' draws into `Case`s: sources, event logs, a view over them, and moments on and beside its edges.

    from reference.strategies import cases, expected_rows, expected_statuses, render, spine_table, write_data

Only legal views are drawn: what needs a total order has one, a backward window lies only over a source whose rows
become known in the order of their event times, and every aggregate has a window or a ttl.
"""

from __future__ import annotations

from hypothesis import strategies as st

from .case import Case, Moment, expected_rows, expected_statuses, order_sensitive_features
from .equality import compare
from .logs import event_logs, static_rows
from .moments import moments
from .render import render, spine_table, write_data
from .specs import View
from .views import aggregate_views, latest_views
from .worlds import worlds

__all__ = [
    "Case",
    "Moment",
    "cases",
    "compare",
    "expected_rows",
    "expected_statuses",
    "order_sensitive_features",
    "render",
    "spine_table",
    "write_data",
]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Everything a property test needs; see `Case`."""
    keys = draw(st.sampled_from((("k",), ("k",), ("k",), ("k", "g"))))
    is_latest = draw(st.booleans())
    ordered = is_latest or draw(st.sampled_from((True, True, False)))
    world = draw(worlds(keys, ordered))
    views: st.SearchStrategy[View] = (
        latest_views(keys, world.pipeline) if is_latest else aggregate_views(keys, world.pipeline, ordered)
    )
    view = draw(views)
    rows = {source.name: draw(static_rows() if source.static else event_logs(source)) for source in world.sources}
    return Case(
        sources=world.sources,
        rows=rows,
        view=view,
        moments=draw(moments(view, world.sources, rows)),
        stepwise=draw(st.booleans()),
    )
