"""A result and the history of its service into the report: one HTML file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from skewless.ground.version import VERSION
from skewless.monitor.history import History
from skewless.monitor.judge import DISTANCES, age_text
from skewless.monitor.report.frame import number_text, page, share_text
from skewless.monitor.report.plots import BarPlot, Spark, TimePlot, bar_plot, spark, time_plot
from skewless.monitor.result import LEVELS, Measures, MonitorResult, Watched
from skewless.monitor.tallies import Tally
from skewless.project.model import Rule

_SIGNS = {"fail": "✕", "warn": "!", "skip": "–", "pass": "✓"}
_WORDS = {"fail": "failed", "warn": "warned", "skip": "not judged", "pass": "passed"}
_NULL = "NULL"
_TOP = 0.12
"""How far the axis of PSI reaches at least: noise must not look like drift."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureView:
    """What the page shows of one feature."""

    anchor: str
    name: str
    view: str
    type: str
    level: str
    why: str
    findings: tuple[str, ...]
    note: str
    psi: float | None
    js: float | None
    ks: float | None
    null_before: float | None
    null_rate: float | None
    age_mean: str
    facts: tuple[tuple[str, str], ...]
    spark: Spark | None
    bars: BarPlot | None
    psi_plot: TimePlot | None
    null_plot: TimePlot | None
    bins: tuple[tuple[str, int, int], ...]


def report_page(result: MonitorResult, history: History) -> str:
    """The page; over time it shows the periods of earlier runs, too."""
    features = [_feature(number, one, history) for number, one in enumerate(result.features, start=1)]
    rows = {start: float(count) for start, count in result.periods.items()}
    return page(
        "monitor.html",
        release=VERSION,
        result=result,
        features=features,
        levels=LEVELS,
        signs=_SIGNS,
        words=_WORDS,
        rows_plot=time_plot(rows, lambda value: f"{value:,.0f}") if len(rows) > 1 else None,
    )


def _feature(number: int, one: Watched, history: History) -> FeatureView:
    measures, bins = one.measures, _bins(one)
    apart = measures.distances if measures is not None else None
    texts = tuple(finding.text for finding in one.findings)
    known = history.periods.get(one.name, {})
    psi = {start: found.psi for start, found in known.items()}
    return FeatureView(
        anchor=f"feature-{number}",
        name=one.name,
        view=one.view,
        type=one.type,
        level=one.level,
        why="; ".join((*texts, *([one.note] if one.note else []))),
        findings=texts,
        note=one.note,
        psi=None if apart is None else apart.psi,
        js=None if apart is None else apart.js,
        ks=None if apart is None else apart.ks,
        null_before=None if one.baseline is None else one.baseline.tally.null_rate,
        null_rate=None if measures is None else measures.null_rate,
        age_mean="–" if measures is None or measures.age_mean is None else age_text(measures.age_mean),
        facts=() if measures is None else tuple(_facts(one, measures)),
        spark=spark(psi, least_top=_TOP),
        bars=bar_plot(_shares(bins)) if bins else None,
        psi_plot=_over_time(psi, one.rules.get("psi")),
        null_plot=_nulls_over_time({start: found.null_rate for start, found in known.items()}),
        bins=(*bins, *_nulls(one)),
    )


def _bins(one: Watched) -> tuple[tuple[str, int, int], ...]:
    """(label, rows of the baseline, rows served) of each bin that has any."""
    if one.baseline is None:
        return ()
    served = (one.served or Tally()).counts(one.baseline.bins.count)
    rows = zip(one.baseline.bins.labels, one.baseline.counts, served, strict=True)
    return tuple((label or "(empty text)", before, now) for label, before, now in rows if before or now)


def _nulls(one: Watched) -> tuple[tuple[str, int, int], ...]:
    return ((_NULL, one.baseline.nulls, (one.served or Tally()).nulls),) if one.baseline is not None else ()


def _shares(bins: tuple[tuple[str, int, int], ...]) -> list[tuple[str, float, float]]:
    before, now = sum(base for _, base, _ in bins) or 1, sum(served for _, _, served in bins) or 1
    return [(label, base / before, served / now) for label, base, served in bins]


def _facts(one: Watched, measures: Measures) -> list[tuple[str, str]]:
    apart = measures.distances
    names = {"psi": "PSI", "kl": "KL", "js": "JS", "ks": "KS"}
    facts = [(names[metric], number_text(None if apart is None else getattr(apart, metric))) for metric in DISTANCES]
    facts.append(("rows", f"{measures.rows:,}"))
    if one.baseline is not None:
        facts.append((_NULL, f"{share_text(one.baseline.tally.null_rate)} → {share_text(measures.null_rate)}"))
    facts += [(status, share_text(rate)) for status, rate in measures.statuses.items()]
    if measures.age_mean is not None and measures.age_max is not None:
        facts += [("mean age", age_text(measures.age_mean)), ("greatest age", age_text(measures.age_max))]
    return facts


def _over_time(values: Mapping[dt.datetime, float | None], rule: Rule | None) -> TimePlot | None:
    lines = {} if rule is None else {"warn": rule.warn, "fail": rule.fail}
    return time_plot(values, lambda value: f"{value:.2f}", lines, least_top=_TOP)


def _nulls_over_time(values: Mapping[dt.datetime, float | None]) -> TimePlot | None:
    return time_plot(values, lambda value: f"{value:.1%}", least_top=0.01)
