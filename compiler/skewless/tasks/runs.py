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
    is_newest: bool
    """Whether no other version of the view was noted later."""


def runs_of(registry: Registry, count: int) -> list[RunRecord]:
    """The last ones, the newest first."""
    return registry.runs(count)


def freshness(registry: Registry, now: dt.datetime) -> list[Freshness]:
    """Of every version that was loaded, by view, the newest first. `now` is naive UTC."""
    seen: set[str] = set()
    found = []
    for load in registry.last_loads():
        age = None if load.loaded_to is None else dt.timedelta(microseconds=microseconds(now) - load.loaded_to)
        found.append(Freshness(load=load, age=age, is_newest=load.view not in seen))
        seen.add(load.view)
    return found
