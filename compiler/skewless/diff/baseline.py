"""What a project is compared with: what the registry has, a target folder, or a revision of git."""

from __future__ import annotations

import io
import subprocess
import tempfile
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from skewless.contract.definition import (
    Definitions,
    ServiceDefinition,
    ViewDefinition,
    service_from_json,
    view_from_json,
)
from skewless.ground.errors import CompileError, RegistryError, UsageError
from skewless.registry.records import VIEW_BUNDLES
from skewless.tasks.bundles import package_versions
from skewless.tasks.definitions import definitions_of
from skewless.tasks.kept_writers import why_not
from skewless.tasks.noted import reading_noted
from skewless.tasks.workspace import Workspace, load_workspace

if TYPE_CHECKING:
    from skewless.registry.records import ServiceVersion, ViewVersion
    from skewless.registry.registry import Registry

_OTHERWISE = "compare with --state, or with the registry"


def of_registry(registry: Registry, views: Collection[str]) -> Definitions:
    """The current versions of services and of the views that they read; of these other views, the one that their own
    bundle reads, or the last that was loaded.

    Raises RegistryError when there are none, and when they are of another release.
    """
    current = {one.service: _service(one) for one in registry.services() if one.is_current}
    services = {name: service for name, service in current.items() if name != VIEW_BUNDLES}
    versions = {load.view: load.version for load in reversed(registry.last_loads())}
    if VIEW_BUNDLES in current:
        versions |= dict(current[VIEW_BUNDLES].pins)
    versions = {view: version for view, version in versions.items() if view in views}
    versions |= {view: version for service in services.values() for view, version in service.pins}
    known = registry.views(list(versions.values()))
    if not known:
        raise RegistryError(
            f"the registry {registry.address} has no version of a view of this target yet",
            help="load the project first: skewless run; or compare with --state or --against",
        )
    for one in known.values():
        if (reason := why_not(one)) is not None:
            help_line = "load the project with this release: skewless run"
            raise RegistryError(f"{one.version} cannot be compared: {reason}", help=help_line)
    return _definitions({one.view: _view(one) for one in known.values()}, services)


def of_revision(workspace: Workspace, revision: str) -> Definitions:
    """The project as it was, compiled under the same target and variables. Raises UsageError, CompileError."""
    root = workspace.root.resolve()
    top = Path(_git(root, "rev-parse", "--show-toplevel", otherwise=_OTHERWISE).decode().strip())
    inside = root.relative_to(top.resolve())
    _git(
        root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", wrong=f"git knows no revision '{revision}'"
    )
    with tempfile.TemporaryDirectory(prefix="skewless-diff-") as folder:
        with zipfile.ZipFile(io.BytesIO(_git(top, "archive", "--format=zip", revision, str(inside)))) as archive:
            archive.extractall(folder)
        profiles = workspace.options.profiles_dir or (root if (root / "profiles.yml").is_file() else None)
        options = replace(workspace.options, project_dir=Path(folder) / inside, profiles_dir=profiles, target_path=None)
        try:
            before = load_workspace(options, workspace.environment)
            before.check()
        except CompileError as error:
            first = error.diagnostics[0]
            raise UsageError(
                f"the project does not compile at '{revision}': {first.message} ({first.span})",
                help="compare with a revision that does",
            ) from error
        return definitions_of(before)


def _git(folder: Path, *arguments: str, wrong: str = "", otherwise: str = "write a branch, a tag or a commit") -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False)  # noqa: S603, S607
    except FileNotFoundError as error:
        raise UsageError("git is not installed", help=_OTHERWISE) from error
    if done.returncode:
        said = " ".join(done.stderr.decode(errors="replace").split())
        raise UsageError(wrong or f"git: {said or 'it failed'}", help=otherwise)
    return done.stdout


def _view(one: ViewVersion) -> ViewDefinition:
    with reading_noted(one.version):
        return ViewDefinition(view=view_from_json(one.definition), fingerprint=one.version, text=one.text)


def _service(one: ServiceVersion) -> ServiceDefinition:
    with reading_noted(one.version):
        return service_from_json(one.definition)


def _definitions(views: Mapping[str, ViewDefinition], services: Mapping[str, ServiceDefinition]) -> Definitions:
    """Without services that read a view of which nothing is known."""
    whole = {name: service for name, service in services.items() if all(view in views for view, _ in service.pins)}
    return Definitions(packages=package_versions(), views=views, services=whole)
