"""Turns Hypothesis' draws into the moments at which a case is looked at: on the edges of its rows and beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random

from hypothesis import strategies as st

from .case import Moment
from .expressions import Recent
from .logs import GROUPS, KEYS, START, seeds
from .pipeline import run
from .specs import DAY, MINUTE, SECOND, Aggregate, Feature, Refresh, Row, SourceSpec, View
from .visibility import event_time_of, known_time

MOST_MOMENTS = 20
KEY_PARTS = {"k": (*KEYS, 99, None), "g": (*GROUPS, "absent", None)}
BESIDE = (0, 1, 1, -1)
LATER = (30 * SECOND, MINUTE, MINUTE, 3 * MINUTE, 9 * MINUTE)


@st.composite
def moments(
    draw: st.DrawFn, view: View, sources: tuple[SourceSpec, ...], rows: Mapping[str, tuple[Row, ...]]
) -> tuple[Moment, ...]:
    """1 to 20: an entity of a row on or beside an edge of that row; sometimes another entity, or far off."""
    edges = list(dict.fromkeys(row_edges(view, sources, rows))) or [Moment(key=(1,) * len(view.keys), at=START)]
    lasting = {key_of(view, event.values) for event in run(view.pipeline, rows, START + DAY)}
    likely = [edge for edge in edges if edge.key in lasting] or edges
    return tuple(spot(view, likely, edges, seed) for seed in draw(seeds(MOST_MOMENTS)))


def spot(view: View, likely: Sequence[Moment], edges: Sequence[Moment], seed: int) -> Moment:
    """One moment, from a seed."""
    random = Random(seed)
    edge = random.choice(random.choice((likely, likely, likely, likely, edges)))
    match random.choice(("beside", "beside", "beside", "later", "later", "later", "far", "stranger")):
        case "beside":
            return Moment(key=edge.key, at=edge.at + random.choice(BESIDE))
        case "later":
            return Moment(key=edge.key, at=edge.at + random.choice(LATER))
        case "far":
            return Moment(key=edge.key, at=random.choice((START - MINUTE, START + DAY)))
        case _:
            return Moment(key=tuple(random.choice(KEY_PARTS[name]) for name in view.keys), at=edge.at + 1)


def row_edges(view: View, sources: Iterable[SourceSpec], rows: Mapping[str, Iterable[Row]]) -> Iterator[Moment]:
    """Where a row can change its entity's value: becoming known, happening, leaving a window, being published."""
    for source in sources:
        if source.static:
            continue
        for row in rows[source.name]:
            key = key_of(view, row)
            if None in key:
                continue
            for time in (known_time(source, row), event_time_of(source, row)):
                if time is not None:
                    yield from (Moment(key=key, at=edge) for edge in time_edges(view, time))


def key_of(view: View, row: Row) -> tuple[object, ...]:
    """The entity that a row is about."""
    return tuple(row[name] for name in view.keys)


def time_edges(view: View, time: int) -> Iterator[int]:
    """The moments at which something of this time enters or leaves the view."""
    for span in (0, *sorted(spans(view))):
        yield from published(view.refresh, time + span)


def spans(view: View) -> set[int]:
    """The lengths after which the view forgets a row."""
    windows = {each.window for each in view.features if isinstance(each, Aggregate)}
    intervals = {
        each.expression.interval
        for each in view.features
        if isinstance(each, Feature) and isinstance(each.expression, Recent)
    }
    return {span for span in {view.ttl} | windows | intervals if span is not None}


def published(refresh: Refresh | None, time: int) -> tuple[int, ...]:
    """The time as it is; with a schedule, when the ticks beside it become visible."""
    if refresh is None:
        return (time,)
    tick = time - (time - refresh.offset) % refresh.interval
    return (tick + refresh.interval + refresh.lag, tick + refresh.lag)
