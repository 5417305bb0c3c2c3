"""`--select`, `--exclude` and `--state` into the nodes that they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from skewless.cli.console import Console

if TYPE_CHECKING:
    from skewless.project.graph import Graph
    from skewless.project.selectors import State
    from skewless.tasks.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What the options say, as they were written."""

    select: tuple[str, ...]
    exclude: tuple[str, ...]
    state: Path | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The nodes that were selected, by unique id, in the graph's order."""

    graph: Graph
    ids: tuple[str, ...]

    def names(self, *types: str) -> tuple[str, ...]:
        """Names of the chosen nodes of the types; of all of them when no type is given."""
        nodes = (self.graph.nodes[key] for key in self.ids)
        return tuple(node.name for node in nodes if not types or node.resource_type in types)


def choose(workspace: Workspace, selection: Selection, console: Console) -> Chosen:
    """The selected nodes. A selector that matches nothing is warned of; one that cannot be read is a UsageError."""
    from skewless.tasks.listing import graph_of

    graph = graph_of(workspace)
    ids = select_ids(graph, selection.select, selection.exclude, state_of(workspace, selection.state), console)
    if not ids:
        console.warn("nothing is selected")
    return Chosen(graph, ids)


def select_ids(
    graph: Graph, select: Sequence[str], exclude: Sequence[str], state: State | None, console: Console
) -> tuple[str, ...]:
    """The unique ids that are selected and not excluded."""
    from skewless.project.selection import select as select_nodes

    found = select_nodes(graph, select=select, exclude=exclude, state=state)
    for warning in found.warnings:
        console.warn(warning)
    return found.names


def state_of(workspace: Workspace, path: Path | None) -> State | None:
    """What is new and modified against the manifest in the folder; None when no folder is given."""
    if path is None:
        return None
    from skewless.tasks.manifest import changes, manifest_of, read_manifest

    return changes(read_manifest(path), manifest_of(workspace))
