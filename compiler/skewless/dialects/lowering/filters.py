"""The calls of aggregates in the tree of an aggregate, and the rows that FILTER leaves them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

_BY_NAME = frozenset({"ARRAY_AGG", "LISTAGG"})
"""Aggregates that are written in the engine's own words."""


def aggregate_calls(tree: exp.Expr) -> list[exp.Expr]:
    """The outermost calls of aggregates and window functions, which are each over the rows of the query itself."""
    return list(_calls(tree))


def _calls(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.AggFunc | exp.RowNumber) or (isinstance(node, exp.Anonymous) and node.name in _BY_NAME):
        yield node
    elif not isinstance(node, exp.Query):
        for child in node.iter_expressions():
            yield from _calls(child)


def replaced_calls(tree: exp.Expr, calls: Sequence[tuple[exp.Expr, exp.Expr]]) -> exp.Expr:
    """The tree with other calls in the places of its own."""
    holder = exp.Paren(this=tree)
    for call, other in calls:
        call.replace(other)
    changed: exp.Expr = holder.this
    changed.parent = None
    return changed


def only_where(tree: exp.Expr, condition: exp.Expr) -> exp.Expr:
    """The aggregate with arguments that are NULL where the condition does not hold, so that they do not count."""
    for call in aggregate_calls(tree):
        place = _argument(call)
        if isinstance(place, exp.Star):
            place.replace(where(condition, exp.Literal.number(1)))
        else:
            place.replace(where(condition, place))
    return tree


def _argument(call: exp.Expr) -> exp.Expr:
    """What an aggregate does not count when it is NULL."""
    within = call.parent
    if isinstance(call, exp.PercentileCont | exp.PercentileDisc) and isinstance(within, exp.WithinGroup):
        first: exp.Expr = within.expression.expressions[0].this
    elif isinstance(call, exp.ArgMax | exp.ArgMin):
        first = call.expression
    else:
        first = call.expressions[0] if isinstance(call, exp.Anonymous) else call.this
    return first.expressions[0] if isinstance(first, exp.Distinct) else first


def where(condition: exp.Expr, value: exp.Expr) -> exp.Expr:
    """The value where the condition holds, NULL elsewhere."""
    return exp.Case(ifs=[exp.If(this=condition.copy(), true=value.copy())])
