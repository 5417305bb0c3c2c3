"""What a run of the monitor has found: for each feature the counts of both sides, what they measure, and a verdict."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from skewless.ground.durations import Duration
from skewless.monitor.bins import Bins
from skewless.monitor.distances import Distances, distances
from skewless.monitor.profile import FeatureProfile
from skewless.monitor.tallies import STATUSES, Tally
from skewless.project.model import Rule

Level = Literal["fail", "warn", "skip", "pass"]
LEVELS: tuple[Level, ...] = ("fail", "warn", "skip", "pass")
"""From what needs looking at most to what needs none; `skip` could not be judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What some served rows of a feature measure. A measure that has no meaning for them is None, never NaN."""

    rows: int
    distances: Distances | None
    null_rate: float | None
    statuses: Mapping[str, float]
    """Shares of those statuses that there are."""
    age_mean: float | None
    """Seconds, as is the next."""
    age_max: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A metric that has reached a threshold, or another reason for the verdict; then without numbers."""

    level: Literal["fail", "warn"]
    metric: str
    value: float | None = None
    threshold: float | None = None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One feature. `baseline` and `measures` are None where that side does not have it."""

    name: str
    view: str
    type: str
    level: Level
    findings: tuple[Finding, ...]
    rules: Mapping[str, Rule]
    """The thresholds that hold for it, by metric."""
    note: str
    """What could not be judged, and why; empty when everything was."""
    baseline: FeatureProfile | None
    served: Tally | None
    measures: Measures | None
    periods: Mapping[dt.datetime, Measures]
    """By the start of each period, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A definition of the service that has served rows; `changed` are views whose version is another one by now."""

    name: str
    rows: int
    is_current: bool
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorResult:
    """One run. Moments are naive UTC; features are in the order in which they need looking at."""

    project: str
    service: str
    made_at: dt.datetime
    since: dt.datetime
    """The start of the first period that has rows, and the end of the last one."""
    until: dt.datetime
    every: Duration
    rows: int
    periods: Mapping[dt.datetime, int]
    """Rows by the start of their period."""
    log: str
    baseline: str
    baseline_rows: int
    digest: str
    """Of the baseline: values of equal ones can be compared."""
    definitions: tuple[Definition, ...]
    features: tuple[Watched, ...]

    @property
    def level(self) -> Level:
        """The worst of the features'."""
        return min((one.level for one in self.features), key=LEVELS.index, default="skip")

    def count(self, level: Level) -> int:
        """How many features have the verdict."""
        return sum(one.level == level for one in self.features)


def measured(tally: Tally, profile: FeatureProfile | None) -> Measures:
    """The measures of served rows against the profile of their feature."""
    rates = {status: tally.status_rate(status) for status in (*STATUSES, *sorted({*tally.statuses} - {*STATUSES}))}
    return Measures(
        rows=tally.rows,
        distances=None if profile is None else _distances(profile.bins, profile, tally),
        null_rate=tally.null_rate,
        statuses={status: rate for status, rate in rates.items() if rate},
        age_mean=tally.age_mean,
        age_max=tally.age_max,
    )


def _distances(bins: Bins, profile: FeatureProfile, tally: Tally) -> Distances | None:
    return distances(profile.counts, tally.counts(bins.count), is_ordered=bins.is_ordered)


def as_dict(result: MonitorResult) -> dict[str, Any]:
    """The result as JSON holds it, for pipes."""
    return {
        "format": 1,
        "project": result.project,
        "service": result.service,
        "level": result.level,
        "made_at": _stamp(result.made_at),
        "since": _stamp(result.since),
        "until": _stamp(result.until),
        "every": str(result.every),
        "rows": result.rows,
        "log": result.log,
        "baseline": {"name": result.baseline, "rows": result.baseline_rows, "digest": result.digest},
        "definitions": [
            {"name": one.name, "rows": one.rows, "current": one.is_current, "changed": list(one.changed)}
            for one in result.definitions
        ],
        "features": [_feature(one) for one in result.features],
    }


def _feature(one: Watched) -> dict[str, Any]:
    return {
        "name": one.name,
        "view": one.view,
        "type": one.type,
        "level": one.level,
        "findings": [_finding(finding) for finding in one.findings],
        "note": one.note or None,
        "baseline": None if one.baseline is None else _profiled(one.baseline),
        "served": None if one.measures is None else measures_dict(one.measures),
        "bins": _bins(one),
        "periods": [{"start": _stamp(start), **measures_dict(found)} for start, found in one.periods.items()],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "level": finding.level,
        "metric": finding.metric,
        "value": finding.value,
        "threshold": finding.threshold,
        "text": finding.text,
    }


def _profiled(profile: FeatureProfile) -> dict[str, Any]:
    return {"type": profile.type, "rows": profile.tally.rows, "null_rate": profile.tally.null_rate}


def measures_dict(found: Measures) -> dict[str, Any]:
    """Measures as JSON holds them; null where one has no meaning."""
    apart = found.distances
    return {
        "rows": found.rows,
        "psi": None if apart is None else apart.psi,
        "kl": None if apart is None else apart.kl,
        "js": None if apart is None else apart.js,
        "ks": None if apart is None else apart.ks,
        "null_rate": found.null_rate,
        "statuses": dict(found.statuses),
        "age_mean_seconds": found.age_mean,
        "age_max_seconds": found.age_max,
    }


def _bins(one: Watched) -> list[dict[str, Any]]:
    if one.baseline is None:
        return []
    served = (one.served or Tally()).counts(one.baseline.bins.count)
    rows = zip(one.baseline.bins.labels, one.baseline.counts, served, strict=True)
    return [{"bin": label, "baseline": base, "served": now} for label, base, now in rows if base or now]


def _stamp(moment: dt.datetime) -> str:
    return f"{moment.isoformat()}Z"
