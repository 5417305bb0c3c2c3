"""Where nodes are written. sqlglot keeps a place at leaves and names only, in `meta`."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlglot import exp

Node = TypeVar("Node", bound=exp.Expr)


class _Place(dict[str, Any]):
    """The place of one node, never changed: copies of the node share it, where each would copy a dictionary."""

    def __deepcopy__(self, memo: object) -> _Place:
        return self


def keep_positions(tree: exp.Expr) -> None:
    """Makes the positions that the parser found cheap to copy."""
    for node in tree.walk():
        if node._meta is not None:
            node._meta = _Place(node._meta)


def forget_positions(tree: exp.Expr) -> None:
    """Drops where nodes are written."""
    for node in tree.walk():
        node._meta = None


def position(tree: exp.Expr) -> dict[str, int]:
    """Where the tree begins and ends in the text that was parsed; nothing if it was made from nothing."""
    places = [node._meta for node in tree.walk() if node._meta is not None and "start" in node._meta]
    if not places:
        return {}
    return {"start": min(place["start"] for place in places), "end": max(place["end"] for place in places)}


def is_placed(node: exp.Expr) -> bool:
    """Whether the node itself, not only what is below it, has a position."""
    return node._meta is not None and "start" in node._meta


def place(node: exp.Expr, start: int, end: int) -> None:
    """Says where the node is written."""
    node._meta = _Place(start=start, end=end)


def place_as(node: Node, other: exp.Expr) -> Node:
    """The node, written where the other one is."""
    node._meta = other._meta
    return node


def place_over(node: exp.Expr, tree: exp.Expr) -> None:
    """Says that the node is written where the whole tree is."""
    if found := position(tree):
        place(node, found["start"], found["end"])
