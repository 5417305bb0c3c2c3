"""A value of a YAML file together with the place where it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from yaml import MappingNode, Node, ScalarNode  # type: ignore[import-untyped, unused-ignore]

from skewless.ground.spans import Span

_TEXT = "tag:yaml.org,2002:str"


class _Unreadable:
    __slots__ = ()


UNREADABLE = _Unreadable()
"""Stands in the data for a value that has a diagnostic already, so that nobody reports it as missing too."""


def is_readable(data: Any) -> bool:
    """Whether no value in the data is UNREADABLE."""
    if isinstance(data, dict):
        return all(is_readable(value) for value in data.values())
    return all(is_readable(item) for item in data) if isinstance(data, list) else data is not UNREADABLE


@dataclass(frozen=True, slots=True)
class Place:
    """A value of a YAML file: the data, and the nodes they were made of.

    `place.at("sources", 0, "tables", 1)` goes down; `key("event_time")` and `value("event_time")` are the
    spans of an entry of a mapping, or the place's own when there is no such entry.
    """

    file: str
    node: Node
    data: Any

    @property
    def span(self) -> Span:
        return span_of(self.file, self.node)

    def at(self, *path: str | int) -> Place:
        place = self
        for step in path:
            place = Place(self.file, _child(place.node, step), place.data[step])
        return place

    def items(self) -> Iterator[Place]:
        """The places of a list's items."""
        for node, data in zip(self.node.value, self.data, strict=True):
            yield Place(self.file, node, data)

    def key(self, name: str) -> Span:
        pair = pair_of(self.node, name)
        return span_of(self.file, pair[0]) if pair else self.span

    def value(self, name: str) -> Span:
        pair = pair_of(self.node, name)
        return span_of(self.file, pair[1]) if pair else self.span

    def each_value(self, name: str) -> tuple[Span, ...]:
        """The spans of the items of a list; of the value itself when it is no list but one alone."""
        if isinstance(self.data.get(name), list):
            return tuple(item.span for item in self.at(name).items())
        return (self.value(name),)

    def only(self, names: Mapping[str, str]) -> Place:
        """The entries of a mapping that `names` has, under its names: `{"ttl": "+ttl"}`."""
        pairs = []
        for name, written in names.items():
            key, value = pair_of(self.node, written) or (self.node, self.node)
            pairs.append((ScalarNode(_TEXT, name, key.start_mark, key.end_mark), value))
        node = MappingNode(self.node.tag, pairs, self.node.start_mark, self.node.end_mark, flow_style=True)
        return Place(self.file, node, {name: self.data[written] for name, written in names.items()})

    def key_spans(self) -> dict[str, Span]:
        """Where each key of a mapping is written."""
        return {name: self.key(name) for name in self.data}


def pair_of(node: Node, name: str) -> tuple[Node, Node] | None:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if key.value == name:
                return key, value
    return None


def _child(node: Any, step: str | int) -> Any:
    if isinstance(step, int):
        return node.value[step]
    pair = pair_of(node, step)
    if pair is None:
        raise KeyError(step)
    return pair[1]


def span_of(file: str, node: Node) -> Span:
    start, end = node.start_mark, _end(node)
    line, column, end_line, end_column = start.line + 1, start.column + 1, end.line + 1, end.column
    if end_column == 0:
        # The end mark of a block is where the next line begins.
        end_line, end_column = max(line, end_line - 1), column
    if (end_line, end_column) < (line, column):
        end_line, end_column = line, column
    return Span(file=file, line=line, column=column, end_line=end_line, end_column=end_column)


def _end(node: Any) -> Any:
    """The end mark of the last thing in a node; a block's own is at the token after it, lines further down."""
    while not isinstance(node, ScalarNode) and node.flow_style is False and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node.end_mark
