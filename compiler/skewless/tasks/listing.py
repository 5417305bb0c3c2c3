"""A workspace into the graph that selections are made from, and the selected part of it into a list."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from skewless.project.graph import Graph, Node
from skewless.project.model import UnitTest
from skewless.tasks.manifest import unique_id

if TYPE_CHECKING:
    from skewless.tasks.workspace import Workspace

Listed = Literal["view", "source", "service", "unit_test"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of `ls`."""

    unique_id: str
    resource_type: Listed
    name: str
    path: str
    tags: tuple[str, ...]
    config: Mapping[str, Any]
    depends_on: tuple[str, ...]


def graph_of(workspace: Workspace) -> Graph:
    """Sources, then views after those they refer to, then services. Keys are unique ids, since a view and a service
    may have one name."""
    nodes = [*_sources(workspace), *_views(workspace), *_services(workspace)]
    project = workspace.files.name
    return Graph({unique_id(node.resource_type, project, node.name): node for node in nodes})


def entries(workspace: Workspace, graph: Graph, selected: Collection[str]) -> tuple[Entry, ...]:
    """The selected nodes in the graph's order, and the unit tests of the selected views."""
    nodes = [_entry(key, node) for key, node in graph.nodes.items() if key in selected]
    project = workspace.files.name
    tests = [
        _unit_test(test, project)
        for test in workspace.files.unit_tests
        if unique_id("view", project, test.model) in selected
    ]
    return (*nodes, *tests)


def _entry(key: str, node: Node) -> Entry:
    return Entry(
        unique_id=key,
        resource_type=node.resource_type,
        name=node.name,
        path=node.path,
        tags=node.tags,
        config=node.config,
        depends_on=node.depends_on,
    )


def _unit_test(test: UnitTest, project: str) -> Entry:
    return Entry(
        unique_id=unique_id("unit_test", project, f"{test.model}.{test.name}"),
        resource_type="unit_test",
        name=test.name,
        path=test.span.file,
        tags=(),
        config={},
        depends_on=(unique_id("view", project, test.model),),
    )


def _sources(workspace: Workspace) -> list[Node]:
    return [
        Node(
            name=source.full_name,
            path=source.span.file,
            resource_type="source",
            tags=source.tags,
            config={"meta": source.meta, "tags": source.tags},
            package=workspace.files.name,
        )
        for source in workspace.files.sources
    ]


def _views(workspace: Workspace) -> list[Node]:
    lowered, project = workspace.lowered, workspace.files.name
    return [
        Node(
            name=view.name,
            path=view.path,
            resource_type="view",
            tags=_tags(view.config.get("tags")),
            config=view.config,
            depends_on=(
                *(unique_id("view", project, name) for name in lowered.references.get(view.name, ())),
                *(unique_id("source", project, name) for name in lowered.sources_read.get(view.name, ())),
            ),
            package=project,
        )
        for view in workspace.views.values()
    ]


def _services(workspace: Workspace) -> list[Node]:
    project = workspace.files.name
    return [
        Node(
            name=service.name,
            path=service.span.file,
            resource_type="service",
            depends_on=tuple(dict.fromkeys(unique_id("view", project, use.view) for use in service.views)),
            package=project,
        )
        for service in workspace.files.services
    ]


def _tags(written: str | Sequence[str] | None) -> tuple[str, ...]:
    return (written,) if isinstance(written, str) else tuple(written or ())
