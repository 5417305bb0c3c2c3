"""Small questions about sqlglot's trees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

_WRAPPERS = (exp.IgnoreNulls, exp.RespectNulls, exp.Filter)


def conjuncts(condition: exp.Expr | None) -> list[exp.Expr]:
    """The parts of a conjunction; none of no condition."""
    if condition is None:
        return []
    inner = condition.unnest() if isinstance(condition, exp.Paren) else condition
    if isinstance(inner, exp.And):
        return [*conjuncts(inner.left), *conjuncts(inner.right)]
    return [condition]


def own(tree: exp.Expr, *kinds: type[exp.Expr]) -> Iterator[exp.Expr]:
    """The nodes of the kinds that are not those of a query inside the tree."""
    for node in tree.walk(prune=lambda below: isinstance(below, exp.Query) and below is not tree):
        if isinstance(node, kinds):
            yield node


def is_call(node: exp.Expr, name: str) -> bool:
    """Whether the node calls a function that sqlglot does not know, such as `as_of()`."""
    return isinstance(node, exp.Anonymous) and str(node.this).lower() == name


def called(node: exp.Expr) -> exp.Expr:
    """The function itself, without the FILTER and the treatment of NULLs around it."""
    while isinstance(node, _WRAPPERS):
        node = node.this
    return node


def is_windowed(node: exp.Expr) -> bool:
    """Whether the call is the function of a window, which gives a value for each row."""
    while isinstance(node.parent, _WRAPPERS) and node.parent.this is node:
        node = node.parent
    return isinstance(node.parent, exp.Window) and node.parent.this is node


def unwrapped(query: exp.Expr) -> exp.Expr:
    """A query without the brackets around it."""
    return query.unnest() if isinstance(query, exp.Subquery) else query


def conjunction(parts: Iterable[exp.Expr]) -> exp.Expr | None:
    """One condition that holds where all parts do; None of no parts. The parts are not copied."""
    found = list(parts)
    return exp.and_(*found, copy=False) if found else None
