"""Leases: who may load a view of a target now. They are held for a minute, and again as long as the holder lives.

What is loaded is right without them, for stores see to that; they keep two runs from doing the same work, and tell the
second one of the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, delete, insert, select, update

from skewless.ground.process import Process
from skewless.registry.records import Scope
from skewless.registry.tables import leases

HELD_FOR, RENEWED_EVERY = 60_000_000, 10.0
"""Microseconds for which a lease is held, and seconds after which that is said again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A lease that somebody else has."""

    name: str
    holder: str
    since: int


def take(
    connection: Connection, scope: Scope, names: Sequence[str], *, token: str, holder: str, now: int
) -> list[Held]:
    """All of the leases or none; returns those that others have. What has run out is free, and what was held by a
    process that has ended."""
    mine = and_(leases.c.project == scope.project, leases.c.target == scope.target)
    asked = select(leases).where(mine, leases.c.name.in_(list(names))).order_by(leases.c.name).with_for_update()
    found = connection.execute(asked).all()
    held = [
        Held(name=row.name, holder=row.holder, since=row.since)
        for row in found
        if row.token != token and row.expires_at > now and not _has_ended(row.process)
    ]
    if held:
        return held
    # Those that were looked at, and no others: another process may have added its own since, and then adding fails.
    ended = [row.token for row in found]
    connection.execute(delete(leases).where(mine, leases.c.name.in_(list(names)), leases.c.token.in_(ended)))
    rows = [
        {
            "project": scope.project,
            "target": scope.target,
            "name": name,
            "token": token,
            "holder": holder,
            "process": str(Process.own()),
            "since": now,
            "expires_at": now + HELD_FOR,
        }
        for name in names
    ]
    if rows:
        connection.execute(insert(leases), rows)
    return []


def renew(connection: Connection, token: str, now: int) -> None:
    connection.execute(update(leases).where(leases.c.token == token).values(expires_at=now + HELD_FOR))


def release(connection: Connection, token: str) -> None:
    connection.execute(delete(leases).where(leases.c.token == token))


def _has_ended(process: str) -> bool:
    known = Process.parse(process)
    return known is not None and known.has_ended
