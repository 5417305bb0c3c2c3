"""Runs in the registry: who ran what and when, and what became of each view."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from skewless.registry.records import Author, LoadRecord, RunRecord, Scope
from skewless.registry.tables import loads, runs


def begin(connection: Connection, scope: Scope, author: Author, now: int, command: str) -> int:
    """The number of a run that begins."""
    made = connection.execute(
        insert(runs)
        .returning(runs.c.id)
        .values(
            project=scope.project,
            target=scope.target,
            command=command,
            user=author.user,
            host=author.host,
            release=author.release,
            started_at=now,
            status="running",
        )
    )
    return int(made.scalar_one())


def add_load(connection: Connection, run: int, load: LoadRecord, now: int) -> None:
    connection.execute(
        insert(loads).values(
            run=run,
            view=load.view,
            version=load.version,
            status=load.status,
            message=load.message,
            how=load.how,
            microseconds=load.microseconds,
            entities=load.entities,
            rows=load.rows,
            as_of=load.as_of,
            loaded_to=load.loaded_to,
            ended_at=now,
        )
    )


def end(connection: Connection, run: int, now: int, status: str) -> None:
    connection.execute(update(runs).where(runs.c.id == run).values(ended_at=now, status=status))


def newest(connection: Connection, scope: Scope, count: int) -> list[RunRecord]:
    """The last runs of the target, the newest first."""
    asked = select(runs).where(runs.c.project == scope.project, runs.c.target == scope.target)
    found = connection.execute(asked.order_by(runs.c.id.desc()).limit(count)).all()
    of_run: dict[int, list[LoadRecord]] = {row.id: [] for row in found}
    for row in connection.execute(select(loads).where(loads.c.run.in_(list(of_run))).order_by(loads.c.ended_at)):
        of_run[row.run].append(_load(row))
    return [_run(row, of_run[row.id]) for row in found]


def last_loads(connection: Connection, scope: Scope) -> list[LoadRecord]:
    """Of each version that was ever loaded for the target, the last load that succeeded; by view, the last one first.

    A run loads a view before the versions of the past that it brings up beside it.
    """
    last = (
        select(func.max(loads.c.run).label("run"), loads.c.version)
        .join(runs, runs.c.id == loads.c.run)
        .where(runs.c.project == scope.project, runs.c.target == scope.target, loads.c.status == "success")
        .group_by(loads.c.version)
        .subquery()
    )
    asked = (
        select(loads)
        .join(last, (loads.c.run == last.c.run) & (loads.c.version == last.c.version))
        .order_by(loads.c.view, loads.c.run.desc(), loads.c.ended_at)
    )
    return [_load(row) for row in connection.execute(asked)]


def _load(row: Row[Any]) -> LoadRecord:
    return LoadRecord(
        view=row.view,
        version=row.version,
        status=row.status,
        message=row.message,
        how=row.how,
        microseconds=row.microseconds,
        entities=row.entities,
        rows=row.rows,
        as_of=row.as_of,
        loaded_to=row.loaded_to,
        ended_at=row.ended_at,
    )


def _run(row: Row[Any], found: Iterable[LoadRecord]) -> RunRecord:
    return RunRecord(
        id=row.id,
        target=row.target,
        command=row.command,
        user=row.user,
        host=row.host,
        release=row.release,
        started_at=row.started_at,
        ended_at=row.ended_at,
        status=row.status,
        loads=tuple(found),
    )
