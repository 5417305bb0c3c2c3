"""Runs of a target, as the registry knows them, and how fresh its views are."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from skewless.ground.moments import microseconds
from skewless.registry.records import LoadRecord, RunRecord

if TYPE_CHECKING:
    from skewless.registry.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """The last load of a version that succeeded, and how old what it holds is."""

    load: LoadRecord
    age: dt.timedelta | None
    is_current: bool
    """Whether the current version of a service reads it; or no service reads the view, and it was loaded last."""


def runs_of(registry: Registry, count: int) -> list[RunRecord]:
    """The last ones, the newest first."""
    return registry.runs(count)


def freshness(registry: Registry, now: dt.datetime) -> list[Freshness]:
    """Of every version that runs keep up to date, by view. `now` is naive UTC."""
    services = registry.services()
    current = {pin for service in services if service.is_current for pin in service.pins}
    read = {pin for service in services for pin in service.pins}
    seen = {version.rpartition("@")[0] for version in read}
    found = []
    for load in registry.last_loads():
        is_current = load.version in current or load.view not in seen
        seen.add(load.view)
        if is_current or load.version in read:
            age = None if load.loaded_to is None else dt.timedelta(microseconds=microseconds(now) - load.loaded_to)
            found.append(Freshness(load=load, age=age, is_current=is_current))
    return found
