"""A workspace into its definitions, and back from where `compile` left them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path

from skewless.contract.definition import (
    FILE,
    FORMAT,
    Definitions,
    OutputDefinition,
    ServiceDefinition,
    ViewDefinition,
    definitions_from_json,
)
from skewless.contract.instances import ServicePlan
from skewless.ground.errors import UsageError
from skewless.tasks.bundles import package_versions
from skewless.tasks.workspace import Workspace


def definitions_of(workspace: Workspace, names: Collection[str] | None = None) -> Definitions:
    """Those of a project that compiles, or of the named views alone, without services."""
    views = {
        name: ViewDefinition(
            view=view,
            fingerprint=workspace.fingerprints[name],
            text=text_of(workspace, name),
        )
        for name, view in workspace.views.items()
        if names is None or name in names
    }
    plans = workspace.services.values() if names is None else ()
    services = {plan.name: service_definition(plan, workspace) for plan in plans}
    return Definitions(packages=package_versions(), views=views, services=services)


def text_of(workspace: Workspace, name: str) -> str:
    """A digest of a view's SQL after macros."""
    return hashlib.sha256(workspace.lowered.rendered[name].encode()).hexdigest()


def service_definition(plan: ServicePlan, workspace: Workspace) -> ServiceDefinition:
    """What a service is, with the versions that it reads now."""
    outputs = tuple(
        OutputDefinition(
            name=output.name,
            type=str(output.instance.view.feature(output.feature).dtype),
            view=output.instance.view.name,
            feature=output.feature,
            on=tuple(output.instance.on),
        )
        for output in plan.outputs
    )
    read = dict.fromkeys(instance.view.name for instance in plan.instances)
    return ServiceDefinition(
        name=plan.name,
        spine=tuple((name, str(dtype)) for name, dtype in plan.spine_columns.items()),
        outputs=outputs,
        pins=tuple((name, workspace.fingerprints[name]) for name in read),
    )


def read_definitions(folder: Path) -> Definitions:
    """Those that a `compile` of this release left in a target folder. Raises UsageError."""
    file = folder / FILE if folder.is_dir() else folder
    try:
        found = definitions_from_json(file.read_bytes())
    except OSError as error:
        text = f"there are no definitions in '{folder}': {error.strerror}"
        raise UsageError(text, help=f"it must be a target folder: `skewless compile` writes {FILE} into it") from error
    except ValueError as error:
        raise UsageError(
            f"'{file}' cannot be read: {error}", help="compile that state of the project again, with this release"
        ) from error
    if found.format != FORMAT:
        raise UsageError(
            f"'{file}' is of another release", help="compile that state of the project again, with this one"
        )
    return found
