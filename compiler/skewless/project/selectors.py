"""One selector, a bare word or `method:value`, into the names of the nodes that it matches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any, get_args

from skewless.ground.diagnostics import did_you_mean
from skewless.ground.errors import UsageError
from skewless.project.graph import Graph, Node, ResourceType, reach

State = Mapping[str, frozenset[str]]
"""The names behind each of the states, against what was given."""
STATES = ("new", "modified", "modified.body", "modified.config", "modified.schema", "modified.tests", "unmodified")

_TYPES = get_args(ResourceType)
_ALIASES = {"model": "view", "feature": "view", "feature_view": "view", "exposure": "service"}


def matching(graph: Graph, method: str | None, value: str, state: State | None) -> frozenset[str]:
    """The names that match. Raises UsageError when there is no such method."""
    if method is None:
        return _where(graph, lambda node: _bare(node, value))
    if method == "state":
        return _changed(graph, value, state)
    if method == "service":
        return _service(graph, value)
    if method.startswith("config."):
        path = method.removeprefix("config.").split(".")
        return _where(graph, lambda node: _has(node.config, path, value))
    if method == "resource_type":
        return _where(graph, lambda node: node.resource_type == _resource_type(value))
    if method not in _METHODS:
        raise _unknown_method(method)
    return _where(graph, lambda node: _METHODS[method](node, value))


def closest(graph: Graph, text: str) -> str | None:
    """What may have been meant by a word that matches nothing."""
    if "," in text:
        return None
    word = text.strip("@+0123456789")
    for node in graph.nodes.values():
        if node.resource_type != "view" and word in (node.name, node.name.partition(".")[0]):
            return f"did you mean '{node.resource_type}:{word}'?"
    return did_you_mean(word, [node.name for node in graph.nodes.values() if node.resource_type == "view"])


def _where(graph: Graph, matches: Callable[[Node], bool]) -> frozenset[str]:
    return frozenset(name for name, node in graph.nodes.items() if matches(node))


def _bare(node: Node, word: str) -> bool:
    """A view by its name, its path or file, or one of its folders: `risk`, `risk.cards`, `project.risk`."""
    if node.resource_type != "view":
        return False
    if "/" in word:
        return _path(node, word)
    if word.endswith((".sql", ".yml", ".yaml")):
        return _file(node, word)
    return fnmatchcase(node.name, word) or _folder(node, word)


def _folder(node: Node, word: str) -> bool:
    """dbt's dotted names. The feature path is not known here, so a word may begin at any folder of the path."""
    folders = PurePosixPath(node.path).parent.parts
    starts = [(node.package, *folders[index:], node.name) for index in range(len(folders) + 1)]
    starts += [names[1:] for names in starts]
    wanted = word.split(".")
    return any(_begins(names, wanted) for names in starts)


def _begins(names: tuple[str, ...], wanted: list[str]) -> bool:
    return len(names) >= len(wanted) and all(fnmatchcase(name, glob) for name, glob in zip(names, wanted, strict=False))


def _path(node: Node, value: str) -> bool:
    """The file itself or any folder above it."""
    path = PurePosixPath(node.path)
    wanted = str(PurePosixPath(value))
    return any(fnmatchcase(str(place), wanted) for place in (path, *path.parents))


def _file(node: Node, value: str) -> bool:
    path = PurePosixPath(node.path)
    return fnmatchcase(path.name, value) or fnmatchcase(path.stem, value)


def _tag(node: Node, value: str) -> bool:
    return any(fnmatchcase(tag, value) for tag in node.tags)


def _source(node: Node, value: str) -> bool:
    """`payments` is every table of the source, `payments.transactions` one; the package may come first."""
    if node.resource_type != "source":
        return False
    names = node.name.split(".")
    return _begins(tuple(names), value.split(".")) or _begins((node.package, *names), value.split("."))


def _package(node: Node, value: str) -> bool:
    return fnmatchcase(node.package, value)


_METHODS: Mapping[str, Callable[[Node, str], bool]] = {
    "tag": _tag,
    "path": _path,
    "file": _file,
    "source": _source,
    "package": _package,
    "fqn": _bare,
}


def _unknown_method(method: str) -> UsageError:
    known = [*_METHODS, "service", "config.<key>", "resource_type", "state"]
    near = did_you_mean(method.partition(".")[0], [*known, "config"])
    if (near and "'config'" in near) or method == "config":
        near = "write config.<key>:<value>, such as config.owner:risk"
    return UsageError(f"there is no selector method '{method}:'", help=near or f"the methods: {', '.join(known)}")


def _service(graph: Graph, value: str) -> frozenset[str]:
    """A service and every view that its features are made of, also through the views that other views use."""
    services = _where(graph, lambda node: node.resource_type == "service" and fnmatchcase(node.name, value))
    needed = reach(services, graph.parents())
    return services | {name for name in needed if graph.nodes[name].resource_type == "view"}


def _changed(graph: Graph, value: str, state: State | None) -> frozenset[str]:
    if state is None:
        raise UsageError("`state:` needs a state to compare with", help="add --state and a folder with a manifest.json")
    if value not in STATES:
        near = did_you_mean(value, STATES) or f"the states: {', '.join(STATES)}"
        raise UsageError(f"'{value}' is not a state", help=near)
    return frozenset(graph.nodes) & state.get(value, frozenset())


def _resource_type(value: str) -> str:
    kind = _ALIASES.get(value, value)
    if kind not in _TYPES:
        hint = did_you_mean(value, _TYPES) or f"the resource types: {', '.join(_TYPES)}"
        raise UsageError(f"'{value}' is not a resource type", help=hint)
    return kind


def _has(config: Any, path: list[str], value: str) -> bool:
    """Whether the configuration has the value under a path of keys; in a list, as an item; booleans in any case."""
    for key in path:
        if not isinstance(config, Mapping) or key not in config:
            return False
        config = config[key]
    if isinstance(config, bool):
        return str(config).lower() == value.lower()
    items = config if isinstance(config, list | tuple) else [*config] if isinstance(config, Mapping) else [config]
    return any(fnmatchcase(str(item), value) for item in items)
