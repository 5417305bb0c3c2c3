"""`--select` and `--exclude` into the nodes they mean, in dbt's grammar.

`a b` is a union, `a,b` an intersection; `+a`, `a+` and `2+a+1` add what `a` depends on and what depends on it; `@a`
adds what depends on `a` with all that those need. What a word or a `method:value` means is in `selectors`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from skewless.ground.errors import UsageError
from skewless.project.graph import Graph, Node, reach
from skewless.project.selectors import State, closest, matching

__all__ = ["Graph", "Node", "Selected", "State", "select"]

_ATOM = re.compile(
    r"(?P<at>@)?(?:(?P<up>\d*)\+)?(?:(?P<method>[A-Za-z_]+(?:\.[\w.-]+)?):)?(?P<value>.*?)(?:\+(?P<down>\d*))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """Names in the order of the graph, and a sentence for each selector that matches nothing."""

    names: tuple[str, ...]
    warnings: tuple[str, ...]


def select(
    graph: Graph, *, select: Sequence[str] = (), exclude: Sequence[str] = (), state: State | None = None
) -> Selected:
    """The nodes that are selected and not excluded; all nodes when nothing is selected.

    `state` gives the names behind `state:modified` and `state:new`. Raises UsageError for a selector that cannot be
    read, for a method that does not exist, and for `state:` when there is no state to compare with.
    """
    warnings: list[str] = []
    chosen = _union(graph, select, state, warnings) if select else frozenset(graph.nodes)
    chosen -= _union(graph, exclude, state, warnings)
    return Selected(names=tuple(name for name in graph.nodes if name in chosen), warnings=tuple(warnings))


def _union(graph: Graph, arguments: Iterable[str], state: State | None, warnings: list[str]) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for part in (part for argument in arguments for part in argument.split()):
        some = _intersection(graph, part, state)
        if not some:
            hint = closest(graph, part)
            warnings.append(f"the selector '{part}' matches nothing" + (f"; {hint}" if hint else ""))
        found |= some
    return found


def _intersection(graph: Graph, text: str, state: State | None) -> frozenset[str]:
    sets = [_atom(graph, atom, state) for atom in text.split(",") if atom]
    return frozenset.intersection(*sets) if sets else frozenset()


def _atom(graph: Graph, text: str, state: State | None) -> frozenset[str]:
    match = _ATOM.fullmatch(text)
    if match is None or not match["value"]:
        raise UsageError(f"'{text}' is not a selector", help="write a name, a path or method:value, such as tag:daily")
    names = matching(graph, match["method"], match["value"], state)
    if match["at"] is None:
        return names | _around(graph, names, match["up"], match["down"])
    if match["up"] is not None or match["down"] is not None:
        raise UsageError(f"'{text}' combines @ with +", help=f"@{match['value']} already has both directions")
    affected = names | reach(names, graph.children())
    return affected | reach(affected, graph.parents())


def _around(graph: Graph, names: frozenset[str], up: str | None, down: str | None) -> frozenset[str]:
    """The neighbours that `2+a+1` asks for: None asks for none, an empty text for all of them."""
    above = frozenset[str]() if up is None else reach(names, graph.parents(), int(up) if up else None)
    below = frozenset[str]() if down is None else reach(names, graph.children(), int(down) if down else None)
    return above | below
