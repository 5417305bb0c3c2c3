"""`diff`: two states of a project compared."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from skewless.contract.definition import Definitions
from skewless.diff.compare import compare_views
from skewless.diff.result import Change, Difference, Kind
from skewless.diff.services import compare_services
from skewless.project.graph import Graph, reach


def difference(
    before: Definitions, now: Definitions, against: str, graph: Graph, names: Collection[str] | None = None
) -> Difference:
    """Every view and service, or the named ones, and what reads the views that change."""
    views = compare_views(before, now)
    found = [*views, *compare_services(before, now, views)]
    chosen = [one for one in found if names is None or one.name in names]
    return Difference(
        against=against,
        changes=tuple(chosen),
        touched={one.name: _downstream(graph, one.name) for one in chosen if one.resource == "view" and one.kind},
    )


def valued(found: Difference, evaluate: Callable[[Change], Change]) -> Difference:
    """The same, changed views evaluated both ways."""
    return replace(
        found, changes=tuple(evaluate(change) if change.kind >= Kind.VALUES else change for change in found.changes)
    )


def _downstream(graph: Graph, view: str) -> tuple[str, ...]:
    """The views and services that read a view, through other views too, in the graph's order."""
    own = frozenset(key for key, node in graph.nodes.items() if node.resource_type == "view" and node.name == view)
    below = reach(own, graph.children()) - own
    return tuple(
        f"{node.resource_type} {node.name}"
        for key, node in graph.nodes.items()
        if key in below and node.resource_type in ("view", "service")
    )
