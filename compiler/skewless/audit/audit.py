"""An audit: logged requests recomputed, and what was found, counted."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from skewless.audit.cases import Cause
from skewless.audit.causes import Audited, Finding, Told, find_causes
from skewless.audit.logged import Wanted, read_log
from skewless.audit.parts import LogPart, parts_of
from skewless.audit.recompute import Recomputed, recompute
from skewless.contract.instances import Output
from skewless.engines.engine import Engine
from skewless.serve.log.layout import definition_of
from skewless.tasks.bundles import bundle_of
from skewless.tasks.workspace import Workspace
from skewless.verify.equality import tolerant_outputs

_PERCENT = (50, 90, 99, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRate:
    """How many values of a feature were compared, and how many differ, by cause."""

    name: str
    view: str
    values: int
    differ: Mapping[Cause, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """How late rows of a view were, at least, the least late first: one for each request that missed some.

    `suggested` is a `delay` with which 99 of 100 would have been there, in addition to what the source declares.
    """

    view: str
    lags: tuple[dt.timedelta, ...]

    @property
    def percentiles(self) -> Mapping[int, dt.timedelta]:
        """Percent of the requests to how late their rows were at most."""
        return {percent: self.lags[-(-len(self.lags) * percent // 100) - 1] for percent in _PERCENT}

    @property
    def suggested(self) -> dt.timedelta:
        """The 99th percentile, in whole seconds."""
        return dt.timedelta(seconds=-(-self.percentiles[99] // dt.timedelta(seconds=1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What was found of a service's log. `invalid` are values that could not be served, and were not compared."""

    service: str
    rows: int
    by_day: Mapping[dt.date, int]
    """Rows that were compared, by the day that they were asked for."""
    first: dt.datetime | None
    last: dt.datetime | None
    features: tuple[FeatureRate, ...]
    findings: tuple[Finding, ...]
    lateness: tuple[Lateness, ...]
    invalid: int
    not_compared: tuple[str, ...]
    """Features that were logged and that the service has no more."""

    @property
    def values(self) -> int:
        return sum(one.values for one in self.features)

    @property
    def causes(self) -> Mapping[Cause, int]:
        """How many values differ by each cause."""
        return Counter(one.cause for one in self.findings)


def audit(
    workspace: Workspace, engine: Engine, log: Path, wanted: Wanted, most_late: dt.timedelta, told: Told
) -> Audit:
    """Recomputes logged requests from the sources as they are now, by the training path, and explains what differs.

    Raises UsageError where there is nothing to audit, DataError for a log that cannot be read.
    """
    service = workspace.service(wanted.service)
    definition = definition_of(bundle_of(service, workspace.versions, project=wanted.project, store=""))
    logged_parts = [part for logged in read_log(log, wanted) for part in parts_of(service, logged)]
    firsts = accumulate((part.logged.rows.num_rows for part in logged_parts), initial=0)
    found = [
        _of_part(workspace, engine, part, first, definition, most_late, told)
        for first, part in zip(firsts, logged_parts, strict=False)
    ]
    findings = tuple(finding for _, own in found for finding in own)
    parts = [one for one, _ in found]
    moments = [row.at for one in parts for row in one.rows]
    logged = {feature.name for one in parts for feature in one.logged.layout.features}
    return Audit(
        service=service.name,
        rows=len(moments),
        by_day=dict(sorted(Counter(moment.date() for moment in moments).items())),
        first=min(moments, default=None),
        last=max(moments, default=None),
        features=tuple(_rate(output, parts, findings) for output in service.outputs),
        findings=findings,
        lateness=tuple(_lateness(findings)),
        invalid=sum(part.invalid for part in logged_parts),
        not_compared=tuple(sorted(logged - {output.name for output in service.outputs})),
    )


def _of_part(
    workspace: Workspace,
    engine: Engine,
    part: LogPart,
    first: int,
    definition: str,
    most_late: dt.timedelta,
    told: Told,
) -> tuple[Recomputed, list[Finding]]:
    recomputed = recompute(engine, part.service, part.logged, first)
    layout = part.logged.layout
    changed = {name for name, version in layout.versions.items() if workspace.versions.get(name) != version}
    audited = Audited(
        engine=engine,
        service=part.service,
        recomputed=recomputed,
        changed=frozenset(changed),
        is_changed=layout.definition != definition,
        most_late=most_late,
        tolerant=tolerant_outputs(part.service, engine.dialect),
    )
    return recomputed, list(find_causes(audited, told))


def _rate(output: Output, parts: Sequence[Recomputed], findings: Sequence[Finding]) -> FeatureRate:
    values = sum(int(output.name in row.values) for one in parts for row in one.rows)
    differ = Counter(one.cause for one in findings if one.output == output.name)
    return FeatureRate(name=output.name, view=output.instance.view.name, values=values, differ=differ)


def _lateness(findings: Iterable[Finding]) -> Iterator[Lateness]:
    """By view; a request counts once, whatever number of its features differ."""
    lags: dict[str, dict[int, dt.timedelta]] = {}
    for one in findings:
        if one.cause == "late" and one.lag is not None:
            lags.setdefault(one.through or one.view, {})[one.row.number] = one.lag
    for view, own in lags.items():
        yield Lateness(view=view, lags=tuple(sorted(own.values())))
