"""The condition of an as-of join, taken apart."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from skewless.dialects.lowering.core import Unportable


@dataclass(frozen=True, slots=True)
class AsofParts:
    """`left key = right key AND ... AND left time >= right time`."""

    equalities: list[exp.EQ]
    match: exp.GTE


def asof_parts(join: exp.Join) -> AsofParts:
    """Raises Unportable for a condition that says anything else."""
    parts = conjuncts(join.args["on"])
    equalities = [part for part in parts if isinstance(part, exp.EQ)]
    matches = [part for part in parts if isinstance(part, exp.GTE) and is_of(part.expression, join.this.alias_or_name)]
    if len(matches) != 1 or len(equalities) + 1 != len(parts):
        raise Unportable(
            join, "this as-of join has no proven meaning there",
            "write equalities and one `left time >= right time`, joined by AND",
        )  # fmt: skip
    return AsofParts(equalities, matches[0])


def conjuncts(condition: exp.Expr) -> list[exp.Expr]:
    """What is joined by AND, whatever brackets stand around it."""
    condition = condition.unnest()
    if isinstance(condition, exp.And):
        return [*conjuncts(condition.this), *conjuncts(condition.expression)]
    return [condition]


def sides(equality: exp.EQ, alias: str) -> tuple[exp.Expr, exp.Expr]:
    """The left relation's side, and that of the right one, which has the alias."""
    return (equality.expression, equality.this) if is_of(equality.this, alias) else (equality.this, equality.expression)


def is_of(tree: exp.Expr, alias: str) -> bool:
    """Whether the expression reads a column of the relation."""
    return any(node.table == alias for node in tree.find_all(exp.Column))
