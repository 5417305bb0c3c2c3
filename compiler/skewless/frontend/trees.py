"""Walks over sqlglot's trees, typed: its traits (Func, Query) are no Expressions to a type checker, every node is one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from sqlglot import exp

_WRAPPERS = (exp.IgnoreNulls, exp.RespectNulls, exp.Filter)


def walk(tree: exp.Expr) -> Iterator[exp.Expression]:
    """Every node, the tree itself first."""
    return cast(Iterator[exp.Expression], tree.walk())


def find_all(tree: exp.Expr, *kinds: type[exp.Expr]) -> Iterator[exp.Expression]:
    """Every node of the kinds, outer ones first."""
    return cast(Iterator[exp.Expression], tree.find_all(*kinds))


def conjuncts(condition: exp.Expr | None) -> list[exp.Expression]:
    """The parts of a conjunction; none of no condition."""
    if condition is None:
        return []
    inner = condition.unnest() if isinstance(condition, exp.Paren) else condition
    if isinstance(inner, exp.And):
        return [*conjuncts(inner.left), *conjuncts(inner.right)]
    return [cast(exp.Expression, condition)]


def is_call(node: exp.Expr, name: str) -> bool:
    """Whether the node calls a function that sqlglot does not know, such as `as_of()`."""
    return isinstance(node, exp.Anonymous) and str(node.this).lower() == name


def called(node: exp.Expr) -> exp.Expression:
    """The function itself, without the FILTER and the treatment of NULLs around it."""
    while isinstance(node, _WRAPPERS):
        node = node.this
    return cast(exp.Expression, node)


def is_windowed(node: exp.Expr) -> bool:
    """Whether the call is the function of a window, which gives a value for each row."""
    while isinstance(node.parent, _WRAPPERS) and node.parent.this is node:
        node = node.parent
    return isinstance(node.parent, exp.Window) and node.parent.this is node


def unwrapped(query: exp.Expr) -> exp.Expression:
    """A query without the brackets around it."""
    return cast(exp.Expression, query.unnest() if isinstance(query, exp.Subquery) else query)


def conjunction(parts: Iterable[exp.Expression]) -> exp.Expression | None:
    """One condition that holds where all parts do; None of no parts. The parts are not copied."""
    found = list(parts)
    return cast(exp.Expression, exp.and_(*found, copy=False)) if found else None
