"""Runs and the freshness of views, as `ls --output runs` shows them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from skewless.ground.moments import moment_of

if TYPE_CHECKING:
    from skewless.registry.records import LoadRecord, RunRecord
    from skewless.tasks.runs import Freshness

RUN_COLUMNS = ("run", "started", "command", "by", "status", "seconds", "views", "errors", "entities", "rows")
FRESH_COLUMNS = ("view", "version", "current", "loaded_to", "age", "entities", "rows", "seconds")


def run_row(run: RunRecord) -> tuple[Any, ...]:
    """Entities and rows are those of the states that were loaded."""
    done = [load for load in run.loads if load.status == "success"]
    return (
        run.id,
        _second(run.started_at),
        run.command,
        f"{run.user}@{run.host}",
        run.status,
        None if run.ended_at is None else _seconds(run.ended_at - run.started_at),
        len(done),
        sum(load.status == "error" for load in run.loads),
        sum(load.entities or 0 for load in done),
        sum(load.rows or 0 for load in done),
    )


def fresh_row(one: Freshness) -> tuple[Any, ...]:
    load = one.load
    return (
        load.view,
        load.version.rpartition("@")[2],
        one.is_current,
        None if load.loaded_to is None else _second(load.loaded_to),
        None if one.age is None else _age(one.age),
        load.entities,
        load.rows,
        _seconds(load.microseconds),
    )


def as_run(run: RunRecord) -> dict[str, Any]:
    """All of a run, as JSON takes it."""
    return {
        "id": run.id,
        "target": run.target,
        "command": run.command,
        "user": run.user,
        "host": run.host,
        "release": run.release,
        "started_at": _stamp(run.started_at),
        "ended_at": None if run.ended_at is None else _stamp(run.ended_at),
        "status": run.status,
        "loads": [_as_load(load) for load in run.loads],
    }


def as_freshness(one: Freshness) -> dict[str, Any]:
    age = None if one.age is None else one.age.total_seconds()
    return {**_as_load(one.load), "age_seconds": age, "is_current": one.is_current}


def _as_load(load: LoadRecord) -> dict[str, Any]:
    return {
        "view": load.view,
        "version": load.version,
        "status": load.status,
        "message": load.message,
        "how": load.how,
        "seconds": _seconds(load.microseconds),
        "entities": load.entities,
        "rows": load.rows,
        "as_of": None if load.as_of is None else _stamp(load.as_of),
        "loaded_to": None if load.loaded_to is None else _stamp(load.loaded_to),
        "ended_at": _stamp(load.ended_at),
    }


def _stamp(moment: int) -> str:
    return f"{moment_of(moment).isoformat()}Z"


def _second(moment: int) -> str:
    return f"{moment_of(moment):%Y-%m-%d %H:%M:%S}"


def _seconds(microseconds: int) -> float:
    return round(microseconds / 1_000_000, 2)


def _age(age: dt.timedelta) -> str:
    """`2 days 03:04:05`."""
    seconds = max(round(age.total_seconds()), 0)
    days, rest = divmod(seconds, 86_400)
    clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    return f"{days} day{'' if days == 1 else 's'} {clock}" if days else clock
