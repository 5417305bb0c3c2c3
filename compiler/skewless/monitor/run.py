"""A service, its log and its baseline into the result of the monitor."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from skewless.contract.instances import Output, ServicePlan
from skewless.ground.durations import Duration
from skewless.ground.moments import EPOCH
from skewless.monitor.baseline import baseline_profile
from skewless.monitor.counting import Tallies, tallies
from skewless.monitor.judge import rules_of, verdict, with_newest
from skewless.monitor.logged import Part, Span, logged_parts, nothing_logged
from skewless.monitor.places import Places
from skewless.monitor.profile import FeatureProfile, Profile
from skewless.monitor.report.frame import moment_text
from skewless.monitor.result import LEVELS, Definition, Finding, MonitorResult, Watched, measured
from skewless.monitor.tallies import added
from skewless.project.model import Monitoring
from skewless.serve.log.layout import Layout, layout_of
from skewless.tasks.bundles import bundle_of
from skewless.tasks.workspace import Workspace

Told = Callable[[str, int, int], None]
"""Hears what is being counted, and how many of how many features are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a run is about. Moments are naive UTC."""

    service: str
    baseline: str
    log: str
    span: Span
    every: Duration
    now: dt.datetime


def monitoring_of(workspace: Workspace, service: str) -> Monitoring:
    """What the properties say about watching a service. Raises as `Workspace.service` does."""
    workspace.service(service)
    return next(one.monitoring for one in workspace.files.services if one.name == service)


def frozen_baseline(workspace: Workspace, service: str, baseline: str, now: dt.datetime, told: Told) -> Profile:
    """The profile of a baseline."""
    plan, monitoring = workspace.service(service), monitoring_of(workspace, service)
    with ExitStack() as opened:
        return _profile(Places(workspace, opened), baseline, plan, monitoring, now, told)


def monitor(workspace: Workspace, asked: Asked, told: Told) -> tuple[MonitorResult, Profile]:
    """Compares what was served with the baseline, and judges it; the profile is that of the baseline.

    Raises DataError when one of the two has nothing to compare.
    """
    plan, monitoring = workspace.service(asked.service), monitoring_of(workspace, asked.service)
    current = layout_of(bundle_of(plan, workspace.versions, project=workspace.files.name, store=""))
    with ExitStack() as opened:
        places = Places(workspace, opened)
        # A log without rows is told before a baseline is counted for minutes.
        parts = _with_rows(logged_parts(places, asked.log, current, asked.span), asked)
        profile = _profile(places, asked.baseline, plan, monitoring, asked.now, told)
        counted = _Counted([part for part, _ in parts], profile, asked.every, told)
        features = [
            _watched(output, profile.feature(output.name), counted, monitoring)
            for output in plan.outputs
            if _is_enabled(monitoring, output.name)
        ]
    periods = sum((rows for _, rows in parts), Counter[int]())
    return MonitorResult(
        project=workspace.files.name,
        service=plan.name,
        made_at=asked.now,
        since=_start(min(periods), asked.every),
        until=_start(max(periods) + 1, asked.every),
        every=asked.every,
        rows=periods.total(),
        periods={_start(period, asked.every): periods[period] for period in sorted(periods)},
        log=asked.log,
        baseline=profile.baseline,
        baseline_rows=profile.rows,
        digest=profile.digest,
        definitions=tuple(_definition(part, rows.total(), current) for part, rows in parts),
        features=tuple(sorted(features, key=_need)),
    ), profile


def _profile(
    places: Places, baseline: str, plan: ServicePlan, monitoring: Monitoring, now: dt.datetime, told: Told
) -> Profile:
    return baseline_profile(places, baseline, plan, monitoring, now, partial(told, "Counting the baseline"))


def _with_rows(parts: Sequence[Part], asked: Asked) -> list[tuple[Part, Counter[int]]]:
    counted = [(part, part.rows(asked.every)) for part in parts]
    found = [(part, rows) for part, rows in counted if rows.total()]
    if not found:
        raise nothing_logged(asked.service, asked.log, asked.span)
    return found


class _Counted:
    """Tallies of the served features, added up over the definitions that have served them."""

    def __init__(self, parts: Sequence[Part], profile: Profile, every: Duration, told: Told) -> None:
        self.every = every
        self.other_types: dict[str, set[str]] = {}
        """Features that the log has in a type which is compared in another way, with those types."""
        self._found: dict[str, list[Tallies]] = {}
        for number, part in enumerate(parts, start=1):
            what = "Counting what was served" + (f", definition {number} of {len(parts)}" if len(parts) > 1 else "")
            self._count(part, profile, partial(told, what))

    def _count(self, part: Part, profile: Profile, told: Callable[[int, int], None]) -> None:
        bins = {}
        for feature in part.relation.features:
            known = profile.feature(feature.name)
            if known is not None and feature.kind == known.bins.kind:
                bins[feature.name] = known.bins
            elif known is not None:
                self.other_types.setdefault(feature.name, set()).add(feature.dtype)
        told(0, len(bins))
        for name, found in tallies(part.relation, bins, self.every, lambda done: told(done, len(bins))).items():
            self._found.setdefault(name, []).append(found)

    def of(self, name: str) -> Tallies | None:
        """None if no definition has served the feature in the type of the baseline."""
        parts = self._found.get(name)
        if parts is None:
            return None
        periods = sorted({period for part in parts for period in part})
        return {period: added(part[period] for part in parts if period in part) for period in periods}


def _watched(output: Output, profile: FeatureProfile | None, counted: _Counted, monitoring: Monitoring) -> Watched:
    found = counted.of(output.name)
    types = ", ".join(sorted(counted.other_types.get(output.name, ())))
    one = Watched(
        name=output.name,
        view=output.use,
        type=str(next(feature.dtype for feature in output.instance.view.features if feature.name == output.feature)),
        level="warn",
        findings=(),
        rules=rules_of(monitoring, output.name),
        note="",
        baseline=profile,
        served=None,
        measures=None,
        periods={},
    )
    if profile is None:
        return _unlike(one, "warn", "the baseline does not have it, so the model may not have been trained on it")
    if found is None and types:
        return _unlike(one, "fail", f"it is {types} in the log and {profile.type} in the baseline")
    if found is None:
        return _unlike(one, "warn", "no definition of the service that is in the log has it")
    compared = _compared(one, profile, found, counted.every, monitoring.min_rows)
    if not types:
        return compared
    left_out = f"rows of definitions in which it is {types} are left out"
    return replace(compared, note="; ".join(filter(None, (compared.note, left_out))))


def _unlike(one: Watched, level: Literal["warn", "fail"], text: str) -> Watched:
    """A feature of which the two sides cannot be compared."""
    return replace(one, level=level, findings=(Finding(level=level, metric="schema", text=text),))


def _compared(one: Watched, profile: FeatureProfile, found: Tallies, every: Duration, min_rows: int) -> Watched:
    tally = added(found.values())
    measures = measured(tally, profile)
    whole = verdict(measures, profile, one.rules, min_rows)
    periods = {_start(period, every): measured(part, profile) for period, part in found.items()}
    enough = [start for start, part in periods.items() if part.rows >= min_rows]
    if enough:
        where = f" in the newest period, from {moment_text(enough[-1])}"
        whole = with_newest(whole, verdict(periods[enough[-1]], profile, one.rules, min_rows, where))
    return replace(
        one,
        level=whole.level,
        findings=whole.findings,
        note=whole.note,
        served=tally,
        measures=measures,
        periods=periods,
    )


def _definition(part: Part, rows: int, current: Layout) -> Definition:
    changed = [view for view, version in part.versions.items() if current.versions.get(view) != version]
    return Definition(
        name=part.definition, rows=rows, is_current=part.definition == current.definition, changed=tuple(changed)
    )


def _is_enabled(monitoring: Monitoring, name: str) -> bool:
    own = monitoring.features.get(name)
    return own is None or own.enabled


def _need(one: Watched) -> tuple[int, float, str]:
    """What needs looking at first: the worst verdicts, and among them the largest PSI."""
    apart = one.measures.distances if one.measures is not None else None
    return LEVELS.index(one.level), -(apart.psi if apart is not None else 0.0), one.name


def _start(period: int, every: Duration) -> dt.datetime:
    return EPOCH + dt.timedelta(microseconds=period * every.microseconds)
