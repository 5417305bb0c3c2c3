"""Versions of views and services in the registry."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, and_, func, insert, select, update

from skewless.registry.database import UnreadableRow
from skewless.registry.records import Author, Scope, ServiceVersion, ViewVersion
from skewless.registry.tables import loads, pins, runs, service_versions, view_versions

_Read = TypeVar("_Read")


def put_views(connection: Connection, scope: Scope, author: Author, now: int, versions: Iterable[ViewVersion]) -> None:
    """Notes them as they are written now, and since when each is known.

    What a version means never changes, but how it is written does, who owns it, and the release that compiles it.
    """
    table = view_versions
    wanted = {version.version: version for version in versions}
    known = view_versions_of(connection, scope, wanted)
    own = {"project": scope.project, "created_at": now, "created_by": author.name}
    rows = [{**own, "version": name, **_columns(one)} for name, one in wanted.items() if name not in known]
    if rows:
        connection.execute(insert(table), rows)
    for name, one in wanted.items():
        if known.get(name, one) != one:
            mine = and_(table.c.project == scope.project, table.c.version == name)
            connection.execute(update(table).where(mine).values(**_columns(one)))


def view_versions_of(connection: Connection, scope: Scope, versions: Collection[str]) -> dict[str, ViewVersion]:
    """Version to what is known of it, of those that are known."""
    table = view_versions
    asked = select(table).where(and_(table.c.project == scope.project, table.c.version.in_(list(versions))))
    return {row.version: _view_version(row) for row in connection.execute(asked)}


def put_current(connection: Connection, scope: Scope, author: Author, now: int, version: ServiceVersion) -> None:
    """From now on this is the version of its service; the one that was is superseded, and stays until it is retired."""
    table = service_versions
    mine = and_(table.c.project == scope.project, table.c.target == scope.target, table.c.service == version.service)
    connection.execute(
        update(table)
        .where(mine, table.c.version != version.version, table.c.superseded_at.is_(None))
        .values(superseded_at=now)
    )
    found = connection.execute(select(table).where(mine, table.c.version == version.version)).first()
    if found is not None:
        if found.superseded_at is not None or found.retired_at is not None:
            again = {"current_since": now, "superseded_at": None, "retired_at": None}
            connection.execute(update(table).where(mine, table.c.version == version.version).values(**again))
        return
    own = {"project": scope.project, "target": scope.target, "service": version.service}
    connection.execute(
        insert(table).values(
            **own,
            version=version.version,
            definition=zlib.compress(version.definition),
            created_at=now,
            created_by=author.name,
            current_since=now,
        )
    )
    rows = [{**own, "service_version": version.version, "view_version": pin} for pin in version.pins]
    if rows:
        connection.execute(insert(pins), rows)


def supersede_all_but(connection: Connection, scope: Scope, now: int, services: Sequence[str]) -> None:
    """No version of another service is current from now on: the project has no such service any more."""
    table = service_versions
    others = and_(table.c.project == scope.project, table.c.target == scope.target, table.c.service.not_in(services))
    connection.execute(update(table).where(others, table.c.superseded_at.is_(None)).values(superseded_at=now))


def service_versions_of(connection: Connection, scope: Scope) -> list[ServiceVersion]:
    """All of the target's that are not retired, by service, the newest first."""
    table = service_versions
    asked = (
        select(table)
        .where(table.c.project == scope.project, table.c.target == scope.target, table.c.retired_at.is_(None))
        .order_by(table.c.service, table.c.current_since.desc())
    )
    rows = connection.execute(asked).all()
    pinned: dict[tuple[str, str], list[str]] = {}
    own = select(pins).where(pins.c.project == scope.project, pins.c.target == scope.target)
    for pin in connection.execute(own.order_by(pins.c.view_version)):
        pinned.setdefault((pin.service, pin.service_version), []).append(pin.view_version)
    return [_service_version(row, pinned.get((row.service, row.version), [])) for row in rows]


def elsewhere(connection: Connection, scope: Scope) -> dict[str, str]:
    """Versions that services of other targets read, or that were loaded for them last."""
    mine = and_(service_versions.c.project == scope.project, service_versions.c.target != scope.target)
    read = (
        select(pins.c.view_version, pins.c.target, pins.c.service)
        .join(
            service_versions,
            and_(
                service_versions.c.project == pins.c.project,
                service_versions.c.target == pins.c.target,
                service_versions.c.service == pins.c.service,
                service_versions.c.version == pins.c.service_version,
            ),
        )
        .where(mine, service_versions.c.retired_at.is_(None))
    )
    last = (
        select(func.max(loads.c.run).label("run"), runs.c.target, loads.c.view)
        .join(runs, runs.c.id == loads.c.run)
        .where(runs.c.project == scope.project, runs.c.target != scope.target, loads.c.status == "success")
        .group_by(runs.c.target, loads.c.view)
        .subquery()
    )
    loaded = select(loads.c.version, last.c.target).join(
        last, and_(loads.c.run == last.c.run, loads.c.view == last.c.view)
    )
    found = {row.version: f"the target {row.target} loads it" for row in connection.execute(loaded)}
    return found | {
        row.view_version: f"{row.service} of the target {row.target} reads it" for row in connection.execute(read)
    }


def retire(connection: Connection, scope: Scope, now: int, versions: Iterable[tuple[str, str]]) -> None:
    """These (service, version) are deployed nowhere any more. The current one of a service is never among them."""
    table = service_versions
    for service, version in versions:
        connection.execute(
            update(table)
            .where(
                table.c.project == scope.project,
                table.c.target == scope.target,
                table.c.service == service,
                table.c.version == version,
                table.c.superseded_at.is_not(None),
            )
            .values(retired_at=now)
        )


def _columns(one: ViewVersion) -> dict[str, Any]:
    return {
        "view": one.view,
        "owner": one.owner,
        "schema": one.schema,
        "meaning": one.meaning,
        "packages": json.dumps(dict(one.packages), sort_keys=True),
        "text": one.text,
        "definition": zlib.compress(one.definition),
        "written": None if one.written is None else zlib.compress(one.written),
    }


def _view_version(row: Row[Any]) -> ViewVersion:
    return ViewVersion(
        view=row.view,
        version=row.version,
        owner=row.owner,
        schema=row.schema,
        meaning=row.meaning,
        packages=_read(_packages, row.packages, row),
        text=row.text,
        definition=_read(zlib.decompress, row.definition, row),
        written=None if row.written is None else _read(zlib.decompress, row.written, row),
    )


def _packages(text: str) -> dict[str, str]:
    return dict(json.loads(text))


def _read(decode: Callable[[Any], _Read], value: object, row: Row[Any]) -> _Read:
    try:
        return decode(value)
    except (zlib.error, ValueError, TypeError) as error:
        raise UnreadableRow(f"what it holds of the version {row.version} cannot be read ({error})") from error


def _service_version(row: Row[Any], pinned: list[str]) -> ServiceVersion:
    return ServiceVersion(
        service=row.service,
        version=row.version,
        definition=_read(zlib.decompress, row.definition, row),
        pins=tuple(pinned),
        created_at=row.created_at,
        created_by=row.created_by,
        superseded_at=row.superseded_at,
        retired_at=row.retired_at,
    )
