"""What a selection is made from: views, sources and services, and what each depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

ResourceType = Literal["view", "source", "service"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One thing that can be selected. A source table is called `source.table`; a path is relative to the project."""

    name: str
    path: str
    resource_type: ResourceType
    tags: tuple[str, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    package: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes by name, in the order in which they are to be shown. Names that are not in it are not followed."""

    nodes: Mapping[str, Node]

    def parents(self) -> dict[str, list[str]]:
        """For each node the nodes it depends on."""
        return {
            name: [parent for parent in node.depends_on if parent in self.nodes] for name, node in self.nodes.items()
        }

    def children(self) -> dict[str, list[str]]:
        """For each node the nodes that depend on it."""
        found: dict[str, list[str]] = {name: [] for name in self.nodes}
        for name, parents in self.parents().items():
            for parent in parents:
                found[parent].append(name)
        return found


def reach(start: frozenset[str], edges: Mapping[str, list[str]], depth: int | None = None) -> frozenset[str]:
    """All names at most `depth` edges away, or at any distance; those of `start` are not counted."""
    found: set[str] = set()
    edge: set[str] = set(start)
    while edge and depth != 0:
        edge = {after for name in edge for after in edges[name]} - found - start
        found |= edge
        depth = None if depth is None else depth - 1
    return frozenset(found)
