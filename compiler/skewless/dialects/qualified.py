"""QUALIFY as a condition on a query inside, for dialects that have none, and for those where sqlglot writes none.

sqlglot's own way loses the aliases of the relations and the order of the rows, and takes a column for an output that
has its name.
"""

from __future__ import annotations

from sqlglot import exp

_INSIDE, _KEPT, _ORDER = "_inside", "_kept", "_order_"
_AFTER = ("distinct", "limit", "offset")
"""What is done with the rows that are kept."""


def unqualified(node: exp.Select) -> exp.Select:
    """The same rows in the same order; the query itself if it has no QUALIFY."""
    qualify, order, with_ = (node.args.get(key) for key in ("qualify", "order", "with_"))
    if qualify is None:
        return node
    outputs = {item.alias_or_name.lower() for item in node.expressions}
    keys = [key for key in (order.expressions if order is not None else []) if not _is_output(key, outputs)]
    inside = node.copy()
    for key in ("qualify", "order", "with_", *_AFTER):
        inside.set(key, None)
    inside.comments = None
    inside.set(
        "expressions",
        [
            *inside.expressions,
            _named(qualify.this.copy(), _KEPT),
            *(_named(key.this.copy(), f"{_ORDER}{number}") for number, key in enumerate(keys, start=1)),
        ],
    )
    outside = exp.Select(
        expressions=[exp.Column(this=_name(item.alias_or_name)) for item in node.expressions],
        from_=exp.From(this=exp.Subquery(this=inside, alias=exp.TableAlias(this=_name(_INSIDE)))),
        where=exp.Where(this=exp.Column(this=_name(_KEPT))),
    )
    if order is not None:
        numbers = iter(range(1, len(keys) + 1))
        items = [key.copy() if _is_output(key, outputs) else _moved(key, next(numbers)) for key in order.expressions]
        outside.set("order", exp.Order(expressions=items))
    for key in _AFTER:
        outside.set(key, node.args.get(key))
    if with_ is not None:
        outside.set("with_", with_.copy())
    outside.comments = node.comments
    return outside


def _is_output(key: exp.Ordered, outputs: set[str]) -> bool:
    """A name in ORDER BY is that of an output first."""
    return isinstance(key.this, exp.Column) and not key.this.table and key.this.name.lower() in outputs


def _moved(key: exp.Ordered, number: int) -> exp.Ordered:
    moved = key.copy()
    moved.set("this", exp.Column(this=_name(f"{_ORDER}{number}")))
    return moved


def _named(tree: exp.Expr, name: str) -> exp.Expr:
    return exp.Alias(this=tree, alias=_name(name))


def _name(text: str) -> exp.Identifier:
    return exp.Identifier(this=text, quoted=True)
