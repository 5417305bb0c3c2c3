"""A statement over the rows of one example into one over the rows of many, side by side: each row says which it is of.

    SELECT m._row, COUNT(e.x) AS n FROM spine AS m LEFT JOIN orders AS e ON e.k = m.k GROUP BY m._row

becomes

    SELECT m._row, COUNT(e.x) AS n, m._given_example
    FROM spine AS m LEFT JOIN orders AS e ON e.k = m.k AND e._given_example = m._given_example
    GROUP BY m._row, m._given_example

Every relation that is read has the column `_given_example`. Rows of two examples never meet: not in a join, a group or
a window, and not where rows are made distinct.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from skewless.contract.names import aliased, column, identifier
from skewless.dialects.functions import aggregate_order

EXAMPLE = "_given_example"
"""The number of the example that a row is of; a name that no column of a user's may have."""
_METHODS = ("", "ASOF")


class Inseparable(Exception):
    """What in a statement does not let examples share it."""


def side_by_side(query: exp.Query) -> exp.Query:
    """The statement for many examples; its rows have `_given_example` as their last column. Raises Inseparable."""
    many = query.copy()
    _carry(many)
    return many


def _carry(query: exp.Expr) -> None:
    """Has the rows of a query say which example they are of."""
    if (with_ := query.args.get("with_")) is not None:
        if with_.args.get("recursive"):
            raise Inseparable("WITH RECURSIVE")
        for cte in with_.expressions:
            _carry(cte.this)
    if isinstance(query, exp.SetOperation):
        _carry(query.this)
        _carry(query.expression)
    elif isinstance(query, exp.Subquery):
        _carry(query.this)
    elif isinstance(query, exp.Select):
        _carry_select(query)
    else:
        raise Inseparable(query.key.upper())


def _carry_select(select: exp.Select) -> None:
    _check_rows_are_of_one(select)
    example = _from(select)
    for window in (node for node in _own(select) if isinstance(node, exp.Window)):
        if not window.alias:  # else it is a use of one that has a name
            window.set("partition_by", [*(window.args.get("partition_by") or []), example.copy()])
    if (group := select.args.get("group")) is not None:
        group.append("expressions", example.copy())
    if not select.is_star:
        select.append("expressions", aliased(example, EXAMPLE))


def _check_rows_are_of_one(select: exp.Select) -> None:
    """Raises Inseparable where a row of the result is made of more than rows that belong together."""
    if select.args.get("limit") is not None or select.args.get("offset") is not None:
        raise Inseparable("LIMIT")
    if (distinct := select.args.get("distinct")) is not None and distinct.args.get("on") is not None:
        raise Inseparable("DISTINCT ON")
    if select.is_star and select.args.get("joins"):
        raise Inseparable("* of a join")
    group = select.args.get("group")
    if group is not None and not _is_list(group):
        raise Inseparable("GROUP BY of another kind than a list")
    for node in _own(select):
        if isinstance(node, exp.Query):
            raise Inseparable("a query within an expression")
        if group is None and aggregate_order(node) is not None and not _is_windowed(node):
            raise Inseparable("an aggregate without GROUP BY")


def _is_list(group: exp.Group) -> bool:
    others = (exp.Rollup, exp.Cube, exp.GroupingSets)
    return not any(value for key, value in group.args.items() if key != "expressions") and not any(
        isinstance(one, others) for one in group.expressions
    )


def _is_windowed(node: exp.Expr) -> bool:
    """Whether it is the function of an OVER, and not an argument of one."""
    above = node.parent
    while isinstance(above, exp.Filter | exp.IgnoreNulls | exp.RespectNulls):
        node, above = above, above.parent
    return isinstance(above, exp.Window) and above.this is node


def _own(select: exp.Select) -> Iterator[exp.Expr]:
    """The nodes of a SELECT beside the relations that it reads and their conditions, down to queries within them."""
    for key, value in select.args.items():
        if key not in ("with_", "from_", "joins"):
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, exp.Expr):
                    yield from part.walk(prune=lambda node: isinstance(node, exp.Query))


def _from(select: exp.Select) -> exp.Expr:
    """Keeps the relations' examples apart; returns which example a joined row is of."""
    from_ = select.args.get("from_")
    if from_ is None:
        raise Inseparable("a SELECT without FROM")
    example: exp.Expr = _of(from_.this)
    for join in select.args.get("joins") or []:
        if isinstance(join.this, exp.Lateral):
            _pick(join.this, example)
            continue
        other = _of(join.this)
        _join(join, exp.EQ(this=other, expression=example.copy()))
        if join.side in ("RIGHT", "FULL"):
            example = exp.Coalesce(this=example, expressions=[other.copy()])
    return example


def _of(relation: exp.Expr) -> exp.Column:
    """Which example a row of the relation is of."""
    if isinstance(relation, exp.Subquery):
        _carry(relation)
    elif not isinstance(relation, exp.Table) or not isinstance(relation.this, exp.Identifier):
        raise Inseparable("a relation that is no table")
    return column(EXAMPLE, relation.alias_or_name)


def _join(join: exp.Join, same: exp.EQ) -> None:
    if join.method not in _METHODS:
        raise Inseparable(f"{join.method} JOIN")
    if join.args.get("using"):
        join.append("using", identifier(EXAMPLE))
        return
    condition = join.args.get("on")
    join.set("on", same if condition is None else exp.and_(condition, same))
    if join.kind == "CROSS":
        join.set("kind", None)


def _pick(lateral: exp.Lateral, example: exp.Expr) -> None:
    """A query that is asked for each row: of the rows of its example."""
    picked = lateral.this.this if isinstance(lateral.this, exp.Subquery) else None
    if not isinstance(picked, exp.Select) or picked.args.get("with_") is not None:
        raise Inseparable("LATERAL of another kind than a SELECT")
    picked.where(exp.EQ(this=_from(picked), expression=example.copy()), copy=False)
