"""Terms into examples that Hypothesis draws and shrinks: everything first in a pool is the plainest of its kind.

Moments are drawn first, and times of rows by going back from them as far as the service's own lengths: so rows fall
onto the edges of windows and ticks, and a microsecond beside them. A row is drawn independently of the others and laid
out afterwards, when it may become another version of an earlier one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from skewless.contract.instances import ServicePlan
from skewless.contract.ir import Refresh, SourceTable
from skewless.ground.durations import MICROSECONDS
from skewless.ground.moments import instant, moment_of
from skewless.verify.trials.examples import Example, Kind, Row, Step, each_once, known_from
from skewless.verify.trials.terms import Terms, sources_of_service, terms_of
from skewless.verify.trials.values import INSTANTS, identities, pool

MOST_ROWS = 16
_SECOND, _MINUTE, _HOUR, _DAY = (MICROSECONDS[unit] for unit in ("second", "minute", "hour", "day"))
_BESIDE = (0, 1, -1)
_LONG_BEFORE = 400 * _DAY
_SINGLE = ("fresh", "fresh", "tie", "next", "retry")
_VERSIONS = ("fresh", "fresh", "tie", "next", "next", "retry", *("correction",) * 2, "move", *("retraction",) * 2)
_ORIGINS = (*(0,) * 8, 1, 1, 2, 3, 5, 8)
"""How many rows before the last one a row is about: mostly few, so that one follows from another."""
_STEPS: tuple[Kind, ...] = ("write", "write", "write", "advance", "sweep", "run")
_TILES = (1_000, 1, 2, 3)
_FEWEST = (0, 0, 3, 6, 10)
_MOST_STEPS = 4


@dataclass(frozen=True, slots=True)
class _Draft:
    """What a row wants to be; times are places in the lists of moments and lengths."""

    kind: str
    origin: int
    moment: int
    back: int | None
    late: int | None
    known_by: int | None
    """The moment just before which another version became known; None if that was `late` after the one before."""
    values: tuple[Any, ...]
    arrives: int | None
    """The step that it comes with; None if it comes in time."""
    again: int | None
    is_left_out: bool
    """So Hypothesis drops a row without touching what is drawn after it."""


class Adversary:
    """Draws examples for one service, with so many moments at most."""

    def __init__(self, service: ServicePlan, *, moments: int) -> None:
        self._service = service
        self._terms = terms_of(service)
        self._most_moments = moments
        self._sources = sources_of_service(service)
        self._used = _columns_read(service)
        self._back = tuple(_backs(self._terms))
        self._late = tuple(_lates(self._terms))
        self._drafts = {source.name: self._draft(source) for source in self._sources if not source.is_static}
        self._statics = {source.name: self._static(source) for source in self._sources if source.is_static}
        self._request = st.fixed_dictionaries(
            {name: st.sampled_from(self._request_pool(name, dtype)) for name, dtype in _request_fields(service).items()}
        )

    def examples(self) -> st.SearchStrategy[Example]:
        return st.composite(_example)(self)

    def moments(self, draw: st.DrawFn) -> tuple[int, ...]:
        """Moments to ask for, about one instant, in ascending order."""
        base = draw(st.sampled_from(INSTANTS))
        about = st.sampled_from(tuple(_abouts(self._terms)))
        for refresh in self._terms.refreshes[:1]:
            last = _tick_shown(refresh, base)
            base = draw(st.sampled_from((last + 1, last, base)))
            about = st.sampled_from(_beside_tick(refresh)) | st.sampled_from(_about_ticks(refresh)) | about
        most = self._most_moments - 1
        offsets = draw(st.lists(about, min_size=draw(st.sampled_from((0, most // 2, most))), max_size=most))
        return tuple(sorted({base, *(base + offset for offset in offsets)}))

    def _draft(self, source: SourceTable) -> st.SearchStrategy[_Draft]:
        arrives = st.sampled_from((None, None, None, 0, *range(1, _MOST_STEPS + 1)))
        return st.builds(
            _Draft,
            st.sampled_from(_VERSIONS if source.has_versions else _SINGLE),
            st.sampled_from(_ORIGINS),
            st.integers(0, self._most_moments - 1),
            st.sampled_from((*self._back, None)),
            st.sampled_from((*self._late, None)) if source.known_at else st.none(),
            st.sampled_from((None, *range(self._most_moments))),
            st.tuples(*(st.sampled_from(self._pool(source, name)) for name in _names(source))),
            arrives,
            st.sampled_from((None, None, None, None, 1, 2, 3)),
            st.sampled_from((True, *(False,) * 7)),
        )

    def _pool(self, source: SourceTable, name: str) -> Sequence[Any]:
        dtype = source.dtype(name)
        if name in (source.event_time, source.known_at):
            return (None,)  # made of the moments
        if name in self._terms.linked:
            return pool(dtype, self._terms, linked=True)
        if name in source.primary_key:
            return identities(dtype, self._terms)
        if name not in self._used and not source.has_versions:
            return pool(dtype, self._terms)[:1]
        if name == source.deleted:
            return (False, None)
        return pool(dtype, self._terms)

    def _static(self, source: SourceTable) -> st.SearchStrategy[list[Row]]:
        row = st.fixed_dictionaries(
            {field.name: st.sampled_from(self._pool(source, field.name)) for field in source.columns}
        )
        return st.lists(row, max_size=5)

    def _request_pool(self, name: str, dtype: Any) -> Sequence[Any]:
        found = pool(dtype, self._terms, linked=name in self._terms.linked)
        if dtype.kind != "TIMESTAMP":
            return found
        return (*found[:1], *(moment_of(at + back) for at in INSTANTS[:6] for back in self._back[:5]), None)

    def timed(
        self, draw: st.DrawFn, source: SourceTable, moments: Sequence[int], times: Sequence[int]
    ) -> tuple[list[Row], list[tuple[int, ...]]]:
        """The rows of a source, and with which steps each comes. `times` are those of the load and of the steps."""
        drawn = draw(st.lists(self._drafts[source.name], min_size=draw(st.sampled_from(_FEWEST)), max_size=MOST_ROWS))
        drafts = [one for one in drawn if not one.is_left_out]
        rows: list[Row] = []
        for draft in drafts:
            rows.append(_laid_out(source, draft, rows, moments, self._terms.linked))
        both = zip(drafts, rows, strict=True)
        arrivals = [_arrives(draft, known_from(source, row), times) for draft, row in both]
        if source.append_only:
            kept = each_once(source, rows)
            rows, arrivals = [rows[place] for place in kept], [arrivals[place] for place in kept]
        return rows, arrivals

    def static(self, draw: st.DrawFn, source: SourceTable) -> list[Row]:
        """The rows of a static source, whose key is a key."""
        rows = draw(self._statics[source.name])
        return [rows[place] for place in each_once(source, rows)] if source.primary_key else rows

    def requests(self, draw: st.DrawFn) -> tuple[Row, ...]:
        return tuple(draw(st.lists(self._request, min_size=1, max_size=3)))

    @property
    def sources(self) -> tuple[SourceTable, ...]:
        return self._sources


def _example(draw: st.DrawFn, adversary: Adversary) -> Example:
    moments = adversary.moments(draw)
    loaded_at = draw(st.sampled_from((moments[0] - _LONG_BEFORE, *moments)))
    step = st.builds(Step, kind=st.sampled_from(_STEPS), at=st.sampled_from(moments))
    steps = sorted(draw(st.lists(step, max_size=_MOST_STEPS)), key=lambda one: one.at)
    rows: dict[str, tuple[Row, ...]] = {}
    arrivals: dict[str, tuple[tuple[int, ...], ...]] = {}
    for source in adversary.sources:
        if source.is_static:
            own = adversary.static(draw, source)
            rows[source.name], arrivals[source.name] = tuple(own), ((0,),) * len(own)
        else:
            found, when = adversary.timed(draw, source, moments, [loaded_at, *(one.at for one in steps)])
            rows[source.name], arrivals[source.name] = tuple(found), tuple(when)
    return Example(
        rows=rows,
        arrivals=arrivals,
        loaded_at=loaded_at,
        steps=tuple(steps),
        moments=moments,
        requests=adversary.requests(draw),
        tile_events=draw(st.sampled_from(_TILES)),
    )


def _arrives(draft: _Draft, known: int | None, times: Sequence[int]) -> tuple[int, ...]:
    """The steps that a row comes with. In time is with the first that is as late as the row is known."""
    in_time = next((step for step, at in enumerate(times) if known is None or known <= at), len(times))
    first = in_time if draft.arrives is None else draft.arrives
    return tuple(dict.fromkeys((first, *(() if draft.again is None else (draft.again,)))))


def _laid_out(
    source: SourceTable, draft: _Draft, rows: Sequence[Row], moments: Sequence[int], linked: frozenset[str]
) -> Row:
    """The draft as a row: one of its own, or one that is about an earlier row."""
    fresh = _fresh(source, draft, moments)
    origin = rows[-1 - draft.origin % len(rows)] if rows else None
    if origin is None or draft.kind == "fresh":
        return fresh
    if draft.kind == "retry":
        return origin
    if draft.kind in ("tie", "next"):
        shared = {source.happened, source.known_at, *linked} - {*source.primary_key}
        beside = {name: origin[name] if name in shared else value for name, value in fresh.items()}
        return beside if draft.kind == "tie" else _later(source, beside)
    row = {**fresh, **{name: origin[name] for name in source.primary_key}}
    if draft.kind != "move":
        row[source.happened] = origin[source.happened]
    if draft.kind == "retraction":
        row |= {name: origin[name] for name in row if name not in (source.known_at, source.deleted)}
        if source.deleted is not None:
            row[source.deleted] = True
    if source.known_at is not None and (known := _known_again(draft, origin[source.known_at], moments)) is not None:
        row[source.known_at] = _time(source, source.known_at, known)
    return row


def _known_again(draft: _Draft, before: dt.date | None, moments: Sequence[int]) -> int | None:
    """When another version became known; None if as any row."""
    if draft.known_by is not None:
        return moments[draft.known_by % len(moments)] - _SECOND
    return None if draft.late is None or before is None else instant(before) + draft.late


def _fresh(source: SourceTable, draft: _Draft, moments: Sequence[int]) -> Row:
    row = dict(zip(_names(source), draft.values, strict=True))
    happened = None if draft.back is None else moments[draft.moment % len(moments)] - draft.back
    row[source.happened] = None if happened is None else _time(source, source.happened, happened)
    if source.known_at is not None:
        known = None if happened is None or draft.late is None else happened + draft.late
        row[source.known_at] = None if known is None else _time(source, source.known_at, known)
    return row


def _later(source: SourceTable, row: Row) -> Row:
    """The row a little later."""
    times = [name for name in (source.happened, source.known_at) if name is not None and row[name] is not None]
    return {**row, **{name: _time(source, name, instant(row[name]) + _SECOND) for name in times}}


def _time(source: SourceTable, name: str, at: int) -> dt.date:
    moment = moment_of(at)
    return moment.date() if source.dtype(name).kind == "DATE" else moment


def _names(source: SourceTable) -> list[str]:
    return [field.name for field in source.columns]


def _columns_read(service: ServicePlan) -> frozenset[str]:
    pipelines = [one.view.pipeline for one in service.instances if one.view.pipeline is not None]
    return frozenset(name for pipeline in pipelines for scan in pipeline.scans for name in scan.columns)


def _request_fields(service: ServicePlan) -> Mapping[str, Any]:
    fields = {one.column(known.name): known.dtype for one in service.instances for known in one.view.requests}
    return {name: dtype for name, dtype in fields.items() if name not in service.key_columns}


def _backs(terms: Terms) -> Sequence[int]:
    """How long before a moment a row happened, an ordinary minute first; negative ones have yet to happen."""
    lengths = [span + late for span in (0, *terms.spans) for late in (0, *terms.behind)]
    edges = [length + beside for length in dict.fromkeys(lengths) for beside in _BESIDE]
    inside = [span // 2 for span in terms.spans]
    known = [late + beside for late in (0, *terms.behind) for beside in _BESIDE]
    rest = (*inside, 2 * max(terms.spans, default=_DAY), -_HOUR)
    return [*dict.fromkeys((_MINUTE, _SECOND, *edges, *rest)), *known, _MINUTE]


def _lates(terms: Terms) -> Sequence[int]:
    """How long after it happened a row became known; a negative one was known before."""
    edges = [span + beside for span in terms.spans for beside in _BESIDE]
    return list(dict.fromkeys((0, _SECOND, 1, -1, _MINUTE, -_MINUTE, 2 * _SECOND, _HOUR, *edges, _DAY, -_HOUR)))


def _abouts(terms: Terms) -> Sequence[int]:
    """How long after the first moment others are asked for."""
    steps = [one.interval.microseconds for one in terms.refreshes]
    lengths = [*_BESIDE[1:], _SECOND, -_MINUTE, _MINUTE, _HOUR, -_HOUR]
    lengths += [sign * length + beside for length in (*terms.spans, *terms.behind, *steps) for beside in _BESIDE
                for sign in (1, -1)]  # fmt: skip
    return list(dict.fromkeys(lengths))


def _beside_tick(refresh: Refresh) -> Sequence[int]:
    """How long after a tick is shown are a moment after that, and moments before it was due."""
    due = -refresh.lag.microseconds
    return (1, due - 2, due - _HOUR)


def _about_ticks(refresh: Refresh) -> Sequence[int]:
    """How long after a tick is shown it is due, the next one is due, and that is shown."""
    interval = refresh.interval.microseconds
    edges = (-refresh.lag.microseconds, 0, interval - refresh.lag.microseconds, interval)
    return [edge + beside for edge in edges for beside in _BESIDE]


def _tick_shown(refresh: Refresh, at: int) -> int:
    """The last moment at which the tick before a moment is not shown yet."""
    return refresh.due_tick(at) + refresh.lag.microseconds
