"""A workspace into the names under which a view can be asked for alone: its own, and the aliases of services."""

from __future__ import annotations

from dataclasses import dataclass

from skewless.contract.instances import ServicePlan, service_of_view
from skewless.project.model import ServiceView
from skewless.tasks.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A view under a name. `on` holds the keys and request fields that have another name there."""

    name: str
    view: str
    on: tuple[tuple[str, str], ...] = ()


def uses_by_name(workspace: Workspace) -> dict[str, tuple[Use, ...]]:
    """What each name stands for: one thing, unless services use it for several. A view's own name comes first."""
    own = (Use(name=name, view=name) for name in workspace.views)
    aliases = (_use(entry) for service in workspace.files.services for entry in service.views)
    served = {name for name in workspace.views if is_served(plan_of_use(workspace, Use(name=name, view=name)))}
    found: dict[str, tuple[Use, ...]] = {}
    for use in (*own, *aliases):
        if use.view in served:
            found[use.name] = tuple(dict.fromkeys((*found.get(use.name, ()), use)))
    return found


def plan_of_use(workspace: Workspace, use: Use) -> ServicePlan:
    """The service that consists of the view alone, under that name."""
    return service_of_view(workspace.views[use.view], workspace.views, name=use.name, on=dict(use.on))


def served_views(workspace: Workspace) -> tuple[ServicePlan, ...]:
    """A service for each view that can be asked for by itself, and for each alias that stands for one thing only."""
    return tuple(
        plan_of_use(workspace, uses[0])
        for name, uses in uses_by_name(workspace).items()
        if len(uses) == 1 or uses[0] == Use(name=name, view=name)
    )


def is_served(plan: ServicePlan) -> bool:
    """Whether all views of a service are online, those among them that others join."""
    return all(instance.view.online for instance in plan.instances)


def _use(entry: ServiceView) -> Use:
    on = tuple(sorted((key, column) for key, column in entry.on.items() if key != column))
    return Use(name=entry.alias or entry.view, view=entry.view, on=on)
