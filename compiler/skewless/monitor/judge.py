"""What a feature measures, and the thresholds of its metrics, into a verdict with its reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from skewless.ground.durations import Duration
from skewless.monitor.profile import FeatureProfile
from skewless.monitor.result import Finding, Level, Measures
from skewless.project.model import Monitoring, Rule

DEFAULTS: Mapping[str, Rule] = {
    "psi": Rule(warn=0.1, fail=0.25),
    "null_rate": Rule(warn=0.05, fail=0.2),
}
"""The rules of metrics for which the properties give none."""
DISTANCES = ("psi", "kl", "js", "ks")
_STATUSES = {
    "not_found_rate": "NOT_FOUND",
    "outside_max_age_rate": "OUTSIDE_MAX_AGE",
    "invalid_rate": "INVALID",
}


def rules_of(monitoring: Monitoring, feature: str) -> Mapping[str, Rule]:
    """What is said of a feature goes before what is said of its service, metric by metric; then come the defaults."""
    own = monitoring.features.get(feature)
    return {**DEFAULTS, **monitoring.rules, **(own.rules if own is not None else {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The level, what led to it, and what was not judged."""

    level: Level
    findings: tuple[Finding, ...] = ()
    note: str = ""


def verdict(
    measures: Measures, profile: FeatureProfile, rules: Mapping[str, Rule], min_rows: int, where: str = ""
) -> Verdict:
    """What served rows of a feature are by its rules; `where` says in findings which rows they are.

    Rates need `min_rows` rows on both sides, distances so many rows with a value: fewer differ by chance alone.
    """
    before = profile.tally
    if (few := min(measures.rows, before.rows)) < min_rows:
        side = "served" if few == measures.rows else "in the baseline"
        return Verdict(level="skip", note=_too_few(few, "row", side, min_rows))
    note = _note(measures, profile, min_rows)
    values = _rates(measures, profile) | ({} if note else _distances(measures))
    return _of(tuple(_findings(values, rules, where)), note)


def with_newest(whole: Verdict, newest: Verdict) -> Verdict:
    """The verdict of a span together with that of its newest period, which a long span would hide.

    Of one metric, the newest period is told where it is worse.
    """
    known = {one.metric: one.level for one in whole.findings}
    worse = [one for one in newest.findings if known.get(one.metric) not in (one.level, "fail")]
    return _of((*worse, *whole.findings), whole.note) if worse else whole


def _of(findings: tuple[Finding, ...], note: str) -> Verdict:
    levels = {one.level for one in findings}
    return Verdict(level="fail" if "fail" in levels else "warn" if levels else "pass", findings=findings, note=note)


def _note(measures: Measures, profile: FeatureProfile, min_rows: int) -> str:
    """Why the distances are not judged; empty if they are."""
    served, baseline = _values(measures.rows, measures.null_rate), sum(profile.counts)
    if not served and not baseline:
        return "NULL on both sides, so there are no distributions to compare"
    if not served or not baseline:
        return f"NULL in every row {'in the baseline' if served else 'served'}, so there is no distribution to compare"
    if (few := min(served, baseline)) < min_rows:
        side = "served" if few == served else "in the baseline"
        return _too_few(few, "value", side, min_rows)
    return ""


def _too_few(count: int, noun: str, side: str, wanted: int) -> str:
    return f"too few to judge: {count:,} {noun}{'' if count == 1 else 's'} {side}, and {wanted:,} are needed (min_rows)"


def _values(rows: int, null_rate: float | None) -> int:
    return rows - round(rows * (null_rate or 0))


def _distances(measures: Measures) -> dict[str, float | None]:
    found = measures.distances
    return {metric: None if found is None else getattr(found, metric) for metric in DISTANCES}


def _rates(measures: Measures, profile: FeatureProfile) -> dict[str, float | None]:
    before, after = profile.tally.null_rate, measures.null_rate
    return {
        "null_rate": None if before is None or after is None else abs(after - before),
        **{metric: measures.statuses.get(status, 0.0) for metric, status in _STATUSES.items()},
        "freshness": measures.age_mean,
    }


def _findings(values: Mapping[str, float | None], rules: Mapping[str, Rule], where: str) -> Iterator[Finding]:
    for metric, rule in rules.items():
        value = values.get(metric)
        if value is not None and (reached := _reached(value, rule)) is not None:
            level, threshold = reached
            text = f"{_text(metric, value)}{where} ({level}s from {_limit(metric, threshold)})"
            yield Finding(level=level, metric=metric, value=value, threshold=threshold, text=text)


def _reached(value: float, rule: Rule) -> tuple[Literal["warn", "fail"], float] | None:
    """The worst threshold that a value has reached."""
    if rule.fail is not None and value >= rule.fail:
        return "fail", rule.fail
    return ("warn", rule.warn) if rule.warn is not None and value >= rule.warn else None


def _text(metric: str, value: float) -> str:
    if metric == "freshness":
        return f"mean age {age_text(value)}"
    if metric == "null_rate":
        return f"NULL rate {value:.1%} apart"
    return f"{value:.1%} {_STATUSES[metric]}" if metric in _STATUSES else f"{metric.upper()} {value:.3f}"


def _limit(metric: str, threshold: float) -> str:
    if metric == "freshness":
        return age_text(threshold)
    return f"{threshold:.3g}" if metric in DISTANCES else f"{threshold:.1%}"


def age_text(seconds: float) -> str:
    """A length of time as people say it, to the second: `90 minutes`."""
    if seconds < 60:
        return f"{seconds:.1f} seconds"
    size, unit = next((size, unit) for size, unit in _UNITS if seconds >= size)
    return f"{seconds / size:.1f} {unit}s" if seconds % size else str(Duration(round(seconds * 1_000_000)))


_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
