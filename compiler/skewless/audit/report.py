"""An audit into its report: one HTML file that opens without a network."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from skewless.audit.audit import Audit, Lateness
from skewless.audit.cases import CAUSES, Cause
from skewless.audit.causes import Finding
from skewless.ground.version import VERSION
from skewless.monitor.report.frame import page
from skewless.monitor.report.plots import BarPlot, TimePlot, count_plot, time_plot

_BINS = (
    ("under 1 minute", dt.timedelta(minutes=1)),
    ("1 to 5 minutes", dt.timedelta(minutes=5)),
    ("5 to 15 minutes", dt.timedelta(minutes=15)),
    ("15 minutes to an hour", dt.timedelta(hours=1)),
    ("1 to 4 hours", dt.timedelta(hours=4)),
    ("4 hours to a day", dt.timedelta(days=1)),
    ("a day or more", dt.timedelta.max),
)
_SHOWN = 3
"""Examples of each cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseShown:
    """A cause, in words; how many values and rows have it, on which days, and some of them."""

    name: Cause
    title: str
    text: str
    values: int
    rows: int
    over_time: TimePlot | None
    examples: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureShown:
    name: str
    view: str
    values: int
    differ: int
    share: float
    causes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LatenessShown:
    view: str
    lateness: Lateness
    bars: BarPlot


def audit_page(found: Audit, made_at: dt.datetime) -> str:
    """The page of an audit that was made at a moment, naive UTC; what happens most comes first."""
    return page(
        "audit.html",
        release=VERSION,
        found=found,
        made_at=made_at,
        share=len(found.findings) / found.values if found.values else 0.0,
        unexplained=found.causes.get("unexplained", 0),
        causes=[_cause(found, cause) for cause, _ in Counter(found.causes).most_common()],
        cause_bars=count_plot([(CAUSES[cause].partition(":")[0], count) for cause, count in _most(found)]),
        features=sorted(_features(found), key=lambda one: (-one.share, one.name)),
        lateness=[LatenessShown(view=one.view, lateness=one, bars=_lags(one.lags)) for one in found.lateness],
    )


def _most(found: Audit) -> list[tuple[Cause, int]]:
    return Counter(found.causes).most_common()


def _cause(found: Audit, cause: Cause) -> CauseShown:
    own = [one for one in found.findings if one.cause == cause]
    title, _, text = CAUSES[cause].partition(": ")
    return CauseShown(
        name=cause,
        title=title,
        text=text,
        values=len(own),
        rows=len({one.row.number for one in own}),
        over_time=_over_time(found, own),
        examples=tuple(own[:_SHOWN]),
    )


def _over_time(found: Audit, own: Sequence[Finding]) -> TimePlot | None:
    """The share of each day's rows that have the cause; None of a single day."""
    if len(found.by_day) < 2:
        return None
    rows = Counter(at.date() for at in {one.row.number: one.row.at for one in own}.values())
    shares: dict[dt.datetime, float | None] = {
        dt.datetime.combine(day, dt.time()): rows[day] / count for day, count in found.by_day.items()
    }
    return time_plot(shares, lambda value: f"{value:.1%}", least_top=0.01)


def _features(found: Audit) -> list[FeatureShown]:
    return [
        FeatureShown(
            name=one.name,
            view=one.view,
            values=one.values,
            differ=(differ := sum(one.differ.values())),
            share=differ / one.values if one.values else 0.0,
            causes=", ".join(f"{cause} {count:,}" for cause, count in Counter(one.differ).most_common()),
        )
        for one in found.features
    ]


def _lags(lags: Sequence[dt.timedelta]) -> BarPlot:
    counts = Counter(next(label for label, end in _BINS if lag < end) for lag in lags)
    return count_plot([(label, counts[label]) for label, _ in _BINS])
