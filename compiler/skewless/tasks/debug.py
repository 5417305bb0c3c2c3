"""A folder and a target into checks, in dbt's order: what is there, what can be read, what can be connected to."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

from skewless.contract.ir import SourceTable
from skewless.engines.engine import Engine
from skewless.ground.errors import SkewlessError
from skewless.project.environment import reveal
from skewless.project.losses import loss_of
from skewless.stores.redis_address import without_password
from skewless.tasks.bundles import package_versions
from skewless.tasks.open_registry import open_registry
from skewless.tasks.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at. `detail` says what was found, `help` what to do when it is not ok."""

    name: str
    ok: bool
    detail: str
    help: str | None = None
    is_warning: bool = False
    """Whether it works, and perhaps not as it is meant."""


def installation() -> tuple[tuple[str, str], ...]:
    """What runs: names and versions."""
    versions = package_versions()
    return (
        ("skewless version", versions["skewless"]),
        ("python version", platform.python_version()),
        ("python path", sys.executable),
        ("os info", platform.platform()),
        ("duckdb version", versions["duckdb"]),
        ("sqlglot version", versions["sqlglot"]),
    )


def settings(workspace: Workspace) -> tuple[tuple[str, str], ...]:
    """The target, as text: secrets are `*****`."""
    target = workspace.target
    return (
        ("project", str(workspace.root)),
        ("profile", target.profile),
        ("target", target.name),
        ("type", target.type),
        *((name, str(value)) for name, value in target.settings.items() if value is not None),
        ("threads", str(workspace.threads or "all")),
        ("online store", workspace.store_address),
        ("registry", without_password(str(reveal(target.registry)))),
    )


def connection_checks(workspace: Workspace) -> Iterator[Check]:
    """The engine, each source through it, the online store, and the registry."""
    try:
        engine = workspace.engine()
    except SkewlessError as error:
        yield _failed("engine connection", error)
    else:
        with engine:
            yield Check(name="engine connection", ok=True, detail="connection ok")
            yield from _sources(workspace, engine)
    yield _store(workspace)
    yield _registry(workspace)


def _sources(workspace: Workspace, engine: Engine) -> Iterator[Check]:
    for name, source in workspace.sources.items():
        try:
            columns = engine.physical([source])[name]
        except SkewlessError as error:
            yield _failed(f"source {name}", error)
        else:
            yield Check(name=f"source {name}", ok=True, detail=f"readable, {counted(len(columns), 'column')}")
            yield from _lossy_columns(source, columns)


def _lossy_columns(source: SourceTable, found: Mapping[str, str]) -> Iterator[Check]:
    for field in source.columns:
        loss = loss_of(found[field.name], field.dtype)
        if loss is not None:
            detail = f"{found[field.name]} is read as {field.dtype}: {loss}"
            yield Check(name=f"column {source.name}.{field.name}", ok=True, detail=detail, is_warning=True)


def _store(workspace: Workspace) -> Check:
    try:
        store = workspace.store()
        try:
            loaded = len(store.versions())
        finally:
            store.close()
    except SkewlessError as error:
        return _failed("online store", error)
    return Check(name="online store", ok=True, detail=f"connection ok, {counted(loaded, 'state')} loaded")


def _registry(workspace: Workspace) -> Check:
    try:
        with closing(open_registry(workspace.files, workspace.target)) as registry:
            services = len(registry.services())
    except SkewlessError as error:
        return _failed("registry", error)
    return Check(name="registry", ok=True, detail=f"connection ok, {counted(services, 'version')} of services known")


def counted(number: int, noun: str) -> str:
    """`1 state`, `2 states`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _failed(name: str, error: SkewlessError) -> Check:
    return Check(name=name, ok=False, detail=error.message, help=error.help)
