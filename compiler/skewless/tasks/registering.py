"""What a workspace tells the registry: who loads what, which versions there are, and which of them services read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from skewless.codegen.state import is_written
from skewless.codegen.written import written_view
from skewless.contract.definition import ServiceDefinition, ViewDefinition, service_to_json, view_to_json
from skewless.contract.fingerprint import MEANING, view_of
from skewless.contract.ir import FeatureView
from skewless.contract.source_plan import written_view_to_json
from skewless.registry.records import VIEW_BUNDLES, LoadRecord, ServiceVersion, ViewVersion
from skewless.tasks.bundles import package_versions
from skewless.tasks.definitions import definitions_of, service_definition
from skewless.tasks.uses import served_views
from skewless.tasks.workspace import Workspace

if TYPE_CHECKING:
    from skewless.registry.registry import Registry


@dataclass(frozen=True, slots=True)
class Noted:
    """A run that the registry knows of."""

    registry: Registry
    number: int
    redact: Callable[[str], str]

    def note(self, load: LoadRecord) -> None:
        """What became of one view, without secrets."""
        self.registry.add_load(self.number, replace(load, message=self.redact(load.message)))


@contextmanager
def noted_run(
    registry: Registry,
    workspace: Workspace,
    command: str,
    versions: Collection[str],
    *,
    wait: float = 0.0,
    told: Callable[[str], None] | None = None,
) -> Iterator[Noted]:
    """A run, noted with how it ended, that alone loads these versions of views for the target meanwhile.

    Raises RegistryError when another one loads one of them, and does not end within so many seconds.
    """
    number = registry.begin(command)
    status = "refused"
    try:
        with registry.leased(list(versions), f"run {number}", wait=wait, told=told):
            status = "interrupted"
            yield Noted(registry, number, workspace.environment.redact)
            status = "done"
    except Exception:
        status = "refused" if status == "refused" else "error"
        raise
    finally:
        registry.end(number, status)


def note_views(registry: Registry, workspace: Workspace, names: Iterable[str]) -> None:
    """The versions of views as they are written now, where the registry does not have them so.

    How rows get into a version follows from the rest of it, and takes longest: it is made for what is noted only.
    """
    definitions = definitions_of(workspace, frozenset(names)).views.values()
    known = registry.views([one.fingerprint for one in definitions])
    found = [(one.view, _view_version(one)) for one in definitions]
    registry.put_views(
        replace(version, written=_written(view, version.version))
        for view, version in found
        if version.version not in known or replace(known[version.version], written=None) != version
    )


def note_services(registry: Registry, workspace: Workspace, names: Iterable[str]) -> None:
    """The named services have their bundles, and read these versions of views from now on.

    Versions of services that the project has no more are superseded.
    """
    plans = [workspace.services[name] for name in names]
    note_views(registry, workspace, {instance.view.name for plan in plans for instance in plan.instances})
    registry.put_services(_service_version(service_definition(plan, workspace)) for plan in plans)
    registry.supersede_all_but([*workspace.services, VIEW_BUNDLES])


def note_view_bundles(registry: Registry, workspace: Workspace, names: Collection[str]) -> None:
    """The named views have their own bundles, which may be deployed with those of the services.

    Noted are the versions that no current service reads; a bundle that is left as it was reads what it read before.
    """
    current = [one for one in registry.services() if one.is_current]
    of_services = {pin for one in current for pin in one.pins if one.service != VIEW_BUNDLES}
    before = {pin for one in current for pin in one.pins if one.service == VIEW_BUNDLES}
    plans = served_views(workspace)
    anew, left = (
        {instance.view.name for plan in plans for instance in plan.instances if (plan.name in names) is is_written}
        for is_written in (True, False)
    )
    note_views(registry, workspace, anew)
    read = {workspace.fingerprints[name] for name in anew} | {pin for pin in before if view_of(pin) in left}
    pins = tuple((view_of(pin), pin) for pin in sorted(read - of_services))
    if pins or before:
        definition = ServiceDefinition(name=VIEW_BUNDLES, spine=(), outputs=(), pins=pins)
        registry.put_services([_service_version(definition)])


def _service_version(definition: ServiceDefinition) -> ServiceVersion:
    text = service_to_json(definition)
    return ServiceVersion(
        service=definition.name,
        version=hashlib.sha256(text).hexdigest()[:12],
        definition=text,
        pins=tuple(version for _, version in definition.pins),
    )


def _view_version(one: ViewDefinition) -> ViewVersion:
    """Without how its rows are written."""
    view = one.view
    schema = {
        "keys": {key.name: str(key.dtype) for key in view.keys},
        "requests": {known.name: str(known.dtype) for known in view.requests},
        "features": {feature.name: str(feature.dtype) for feature in view.features},
    }
    return ViewVersion(
        view=view.name,
        version=one.fingerprint,
        owner=view.config.get("owner"),
        schema=json.dumps(schema),
        meaning=MEANING,
        packages=package_versions(),
        text=one.text,
        definition=view_to_json(view),
        written=None,
    )


def _written(view: FeatureView, version: str) -> bytes | None:
    return written_view_to_json(written_view(view, version)) if is_written(view) else None
