"""A training set, or a profile that was frozen of one, into the profile that served values are compared with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlglot import exp

from skewless.contract.instances import ServicePlan
from skewless.engines.engine import Engine
from skewless.ground.durations import Duration
from skewless.ground.errors import DataError
from skewless.monitor.binning import bins_of
from skewless.monitor.counting import tallies
from skewless.monitor.places import Places, is_parquet, read_as
from skewless.monitor.profile import FORMAT, FeatureProfile, Profile, read_profile
from skewless.monitor.relations import FeatureColumns, Relation, value_column
from skewless.monitor.tallies import Tally
from skewless.project.model import Monitoring

_NAME = "_baseline"
_DAY = Duration.parse("1 day")


def baseline_profile(
    places: Places,
    baseline: str,
    service: ServicePlan,
    monitoring: Monitoring,
    now: dt.datetime,
    told: Callable[[int, int], None],
) -> Profile:
    """The profile of a baseline: a profile's file (.json), Parquet files, a table of the warehouse, or a query.

    `told` hears how many of how many features are counted. Raises DataError for what holds no feature of the service.
    """
    if baseline.lower().endswith(".json"):
        return _checked(read_profile(Path(baseline)), baseline, service)
    in_files = is_parquet(baseline)
    what = f"the baseline '{baseline}'"
    if in_files:
        found = places.read_files(_NAME, _paths(places, baseline), what)
    else:
        found = places.read_table(_NAME, baseline, what)
    engine = places.files if in_files else places.warehouse
    relation = Relation(engine=engine, source=read_as(_NAME), features=tuple(_features(service, found, engine)))
    profile = Profile(
        format=FORMAT,
        service=service.name,
        baseline=baseline,
        made_at=now,
        rows=_rows(relation),
        features=_profiled(relation, monitoring, told),
    )
    return _checked(profile, baseline, service)


def _paths(places: Places, baseline: str) -> list[str]:
    pattern = f"{baseline.rstrip('/')}/**/*.parquet" if Path(baseline).is_dir() else baseline
    paths = places.glob(pattern)
    if not paths:
        raise DataError(
            f"the baseline '{baseline}' does not exist", help="make one: skewless train --output FILE.parquet"
        )
    return paths


def _features(service: ServicePlan, found: Mapping[str, str], engine: Engine) -> list[FeatureColumns]:
    spelled = {name.lower(): name for name in found}
    names = [
        (output.name, spelled[output.name.lower()]) for output in service.outputs if output.name.lower() in spelled
    ]
    return [
        FeatureColumns(name=name, dtype=found[own], value=value_column(own, found[own], engine)) for name, own in names
    ]


def _profiled(
    relation: Relation, monitoring: Monitoring, told: Callable[[int, int], None]
) -> tuple[FeatureProfile, ...]:
    known = {one.name: (one, kind) for one in relation.features if (kind := one.kind) is not None}
    total = 2 * len(known)
    bins = {}
    for number, (name, (feature, kind)) in enumerate(known.items()):
        told(number, total)
        bins[name] = bins_of(relation, feature, kind, bins=monitoring.bins, categories=monitoring.categories)
    counted = tallies(relation, bins, _DAY, lambda done: told(len(known) + done, total))
    profiles = []
    for name, (feature, _) in known.items():
        tally = counted[name].get(0, Tally())
        profiles.append(
            FeatureProfile(
                name=name,
                type=feature.dtype,
                bins=bins[name],
                counts=tally.counts(bins[name].count),
                nulls=tally.nulls,
            )
        )
    return tuple(profiles)


def _rows(relation: Relation) -> int:
    return int(relation.engine.rows(relation.select(exp.Count(this=exp.Star())))[0][0])


def _checked(profile: Profile, baseline: str, service: ServicePlan) -> Profile:
    if not {output.name for output in service.outputs} & {one.name for one in profile.features}:
        raise DataError(
            f"the baseline '{baseline}' has no feature of '{service.name}'",
            help=f"its features: {', '.join(output.name for output in service.outputs)}",
        )
    if not profile.rows:
        raise DataError(f"the baseline '{baseline}' has no rows", help="give the training set of the model")
    return profile
