"""Turns Hypothesis' draws into sources and a row pipeline over them.

Only legal ones: a backward window lies only over a source whose rows become known in the order of their event times,
and the right side of an as-of join has a total order.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from .expressions import Expression, Value
from .logs import VALUE_COLUMNS, static_source, timed_sources
from .schema import schema
from .specs import (
    MINUTE,
    SECOND,
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
from .terms import expressions, predicates

WINDOWS = (10 * MINUTE, 30 * SECOND, 2 * MINUTE, 3 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE)
SHAPES = ("plain", "plain", "union", "static", "asof", "asof", "window")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The sources of a case, with the pipeline that reads them."""

    sources: tuple[SourceSpec, ...]
    pipeline: Pipeline


@st.composite
def worlds(draw: st.DrawFn, keys: tuple[str, ...], ordered: bool) -> World:
    """Sources and a row pipeline over them that shows at least the entity's keys."""
    shape = draw(st.sampled_from(SHAPES))
    events = draw(timed_sources("events", ordered=ordered, windowable=shape == "window"))
    match shape:
        case "union":
            world = draw(unions(events, keys, ordered))
        case "static":
            world = draw(static_joins(events))
        case "asof":
            world = draw(asof_joins(events, keys))
        case "window":
            world = draw(windows(events, keys, ordered))
        case _:
            world = World(sources=(events,), pipeline=Scan(source=events))
    pipeline = draw(sometimes_filtered(world.pipeline))
    return World(sources=world.sources, pipeline=draw(sometimes_projected(pipeline, keys)))


@st.composite
def unions(draw: st.DrawFn, events: SourceSpec, keys: tuple[str, ...], ordered: bool) -> World:
    """Two sources, or one source twice, each perhaps filtered."""
    others = draw(st.one_of(st.just(events), timed_sources("others", ordered=ordered)))
    names = [*keys, "event_ts", *(name for name in ("g", *VALUE_COLUMNS) if name not in keys)]
    columns = tuple((name, Value(column=name)) for name in names)
    branches = [draw(sometimes_filtered(Scan(source=source))) for source in (events, others)]
    sources = (events,) if others is events else (events, others)
    union = UnionAll(inputs=tuple(Project(input=branch, columns=columns) for branch in branches))
    return World(sources=sources, pipeline=union)


@st.composite
def static_joins(draw: st.DrawFn, events: SourceSpec) -> World:
    """Events with the label and weight of their group."""
    groups = static_source("groups")
    join = StaticJoin(
        input=draw(sometimes_filtered(Scan(source=events))),
        source=groups,
        on=(("g", "g"),),
        take=(("label", "label"), ("weight", "weight")),
        kind=draw(st.sampled_from(("left", "inner"))),
    )
    return World(sources=(events, groups), pipeline=join)


@st.composite
def asof_joins(draw: st.DrawFn, events: SourceSpec, keys: tuple[str, ...]) -> World:
    """Events with the values that another source, or the same, had for the key when the event became known."""
    others = draw(st.one_of(timed_sources("others", ordered=True), st.just(events)))
    if not others.ordering_columns:
        others = draw(timed_sources("others", ordered=True))
    join = AsofJoin(
        left=draw(sometimes_filtered(Scan(source=events))),
        right=draw(sometimes_filtered(Scan(source=others))),
        on=draw(st.sampled_from((tuple((key, key) for key in keys), (("g", "g"),)))),
        take=(("x", "r_x"), ("z", "r_z"), ("s", "r_s")),
        operator=draw(st.sampled_from((">=", ">=", ">"))),
        kind=draw(st.sampled_from(("left", "left", "inner"))),
    )
    return World(sources=(events,) if others is events else (events, others), pipeline=join)


@st.composite
def windows(draw: st.DrawFn, events: SourceSpec, keys: tuple[str, ...], ordered: bool) -> World:
    """Events with one backward window; rows frames need a total order, a range frame does not."""
    functions: list[st.SearchStrategy[Lag | RunningSum | RangeCount]] = [
        st.builds(RangeCount, interval=st.sampled_from(WINDOWS))
    ]
    if events.ordering_columns:
        functions += [
            st.builds(Lag, column=st.sampled_from(tuple(VALUE_COLUMNS)), offset=st.sampled_from((1, 1, 2))),
            st.builds(RunningSum, column=st.sampled_from(("x", "z")), preceding=st.sampled_from((1, 2, 4))),
        ]
    window = Window(
        input=draw(sometimes_filtered(Scan(source=events))),
        function=draw(st.one_of(functions)),
        partition_by=draw(st.sampled_from((keys, ("k",), ("g",)))),
        name="w",
    )
    return World(sources=(events,), pipeline=window)


@st.composite
def sometimes_filtered(draw: st.DrawFn, pipeline: Pipeline) -> Pipeline:
    """The pipeline, one time in four behind a WHERE."""
    if draw(st.sampled_from((False, False, False, True))):
        return Filter(input=pipeline, predicate=draw(predicates(schema(pipeline))))
    return pipeline


@st.composite
def sometimes_projected(draw: st.DrawFn, pipeline: Pipeline, keys: tuple[str, ...]) -> Pipeline:
    """The pipeline, one time in four with other columns; the event time need not be among them."""
    if not draw(st.sampled_from((False, False, False, True))):
        return pipeline
    types = schema(pipeline)
    kept = [*keys, *(name for name in ("event_ts", "g") if name not in keys and draw(st.booleans()))]
    computed = draw(st.lists(expressions(types), min_size=2, max_size=4))
    columns: list[tuple[str, Expression]] = [(name, Value(column=name)) for name in kept]
    columns += [(f"c{number}", expression) for number, expression in enumerate(computed, 1)]
    return Project(input=pipeline, columns=tuple(columns))
