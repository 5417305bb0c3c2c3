"""Turns Hypothesis' draws into latest and aggregate views over a pipeline."""

from __future__ import annotations

from hypothesis import strategies as st

from .aggregates import ORDERED
from .expressions import Recent
from .schema import Schema, schema
from .specs import MINUTE, SECOND, Aggregate, AggregateView, Feature, LatestView, Pipeline, Refresh
from .terms import ANY, COMPARABLE, LITERALS, NUMERIC, expressions, feature_columns, predicates
from .worlds import WINDOWS

# Of each function: what its arguments may be.
ARGUMENTS: dict[str, tuple[frozenset[str], ...]] = {
    "count": (ANY,),
    "count_distinct": (ANY,),
    "sum": (NUMERIC,),
    "avg": (NUMERIC,),
    "min": (COMPARABLE,),
    "max": (COMPARABLE,),
    "stddev_samp": (NUMERIC,),
    "bool_and": (frozenset({"boolean"}),),
    "bool_or": (frozenset({"boolean"}),),
    "median": (NUMERIC,),
    "first": (ANY,),
    "last": (ANY,),
    "arg_max": (ANY, COMPARABLE),
    "arg_min": (ANY, COMPARABLE),
    "list": (ANY,),
    "string_agg": (frozenset({"varchar"}),),
    "any_value": (ANY,),
    "mode": (ANY,),
}


@st.composite
def latest_views(draw: st.DrawFn, keys: tuple[str, ...], pipeline: Pipeline) -> LatestView:
    """A latest view with one to four features."""
    types = schema(pipeline)
    options = [expressions(types)] * 4
    if "event_ts" in types:
        options.append(st.builds(Recent, column=st.just("event_ts"), interval=st.sampled_from(WINDOWS)))
    drawn = draw(st.lists(st.one_of(options), min_size=1, max_size=4))
    features = tuple(Feature(name=f"f{number}", expression=each) for number, each in enumerate(drawn, 1))
    ttl = draw(st.sampled_from((None, None, *WINDOWS)))
    return LatestView(keys=keys, pipeline=pipeline, features=features, ttl=ttl, refresh=draw(refreshes()))


@st.composite
def aggregate_views(draw: st.DrawFn, keys: tuple[str, ...], pipeline: Pipeline, ordered: bool) -> AggregateView:
    """An aggregate view with one to four aggregates."""
    ttl = draw(st.sampled_from((None, None, *WINDOWS)))
    types = schema(pipeline)
    number = draw(st.integers(1, 4))
    features = tuple(draw(aggregates(f"f{place}", types, ordered, ttl)) for place in range(1, number + 1))
    return AggregateView(keys=keys, pipeline=pipeline, features=features, ttl=ttl, refresh=draw(refreshes()))


@st.composite
def aggregates(draw: st.DrawFn, name: str, types: Schema, ordered: bool, ttl: int | None) -> Aggregate:
    """One aggregate whose arguments the pipeline can give."""
    candidates = {column: types[column] for column in feature_columns(types)}
    usable = [
        function
        for function, wanted in ARGUMENTS.items()
        if (ordered or function not in ORDERED) and all(set(candidates.values()) & each for each in wanted)
    ]
    function = draw(st.sampled_from(usable))
    fitting = [[column for column, kind in candidates.items() if kind in each] for each in ARGUMENTS[function]]
    arguments = tuple(draw(st.sampled_from(columns)) for columns in fitting)
    own_windows = st.sampled_from(WINDOWS)
    has_filter = draw(st.sampled_from((False, False, True))) and any(kind in LITERALS for kind in candidates.values())
    return Aggregate(
        name=name,
        function=function,
        arguments=() if function == "count" and draw(st.booleans()) else arguments,
        window=draw(own_windows if ttl is None else st.one_of(st.none(), own_windows)),
        where=draw(predicates(types)) if has_filter else None,
        separator="|",
    )


def refreshes() -> st.SearchStrategy[Refresh | None]:
    """Mostly none; else a schedule whose ticks fall onto the grid of events, or (every 7 minutes) beside its steps."""
    schedule = st.builds(
        Refresh,
        interval=st.sampled_from((2 * MINUTE, 5 * MINUTE, 7 * MINUTE)),
        offset=st.sampled_from((0, 0, MINUTE, 90 * SECOND)),
        lag=st.sampled_from((0, 0, 30 * SECOND, 3 * MINUTE)),
    )
    return st.one_of(st.none(), st.none(), schedule)
