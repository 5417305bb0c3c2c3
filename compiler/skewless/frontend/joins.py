"""The joins of a row pipeline: plain ones to static relations, as-of ones between timed relations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from skewless.contract.names import column, table
from skewless.frontend.asof import bind_asof
from skewless.frontend.checks.shapes import check_row_parts, join_conditions
from skewless.frontend.positions import place_as
from skewless.frontend.scope import Relation, Resolver, Scope
from skewless.frontend.trees import conjunction, conjuncts

if TYPE_CHECKING:
    from skewless.frontend.pipeline import PipelineBuilder


def bind_joins(
    builder: PipelineBuilder, query: exp.Select, ctes: Mapping[str, Relation], scope: Scope, source: exp.Select
) -> tuple[Scope, exp.Select]:
    """The scope after all joins, and the SELECT that holds the FROM clause with them."""
    _check_conditions(query, builder)
    for join in query.args.get("joins") or []:
        alias, relation = builder.bind_item(join.this, ctes)
        if scope.alias(alias) is not None:
            raise builder.faults.abandon(
                "duplicate-name", join.this, f"two relations of this FROM are called '{alias}'",
                "give one of them another alias",
            )  # fmt: skip
        if str(join.args.get("method") or "").upper() == "ASOF":
            scope, bound = bind_asof(builder, join, scope, alias, relation)
        else:
            scope, bound = _bind_static(builder, join, scope, alias, relation)
        source.append("joins", bound)
    return scope, source


def _check_conditions(query: exp.Select, builder: PipelineBuilder) -> None:
    conditions = join_conditions(query)
    check_row_parts(conditions, builder.faults)
    for condition in conditions:
        if (window := condition.find(exp.Window)) is not None:
            builder.faults.report(
                "unsupported-shape", window, "a window cannot decide which rows are joined",
                "compute it in a CTE, and join by its column",
            )  # fmt: skip


def _bind_static(
    builder: PipelineBuilder, join: exp.Join, scope: Scope, alias: str, relation: Relation
) -> tuple[Scope, exp.Join]:
    _check_kind(builder, join, scope, alias, relation)
    joined = Scope({**scope.relations, alias: relation}, dict(scope.merged), scope.multiplied)
    condition = join_condition(builder, join, scope, joined, alias, relation)
    bound = exp.Join(this=table(relation.name, alias), side=join.args.get("side"), kind=join.args.get("kind"))
    if condition is not None:
        bound.set("on", condition)
        builder.note_columns(joined, condition)
    if not _finds_at_most_one(condition, alias, relation):
        joined = replace(joined, multiplied=scope.multiplied or join.this)
    return joined, bound


def _check_kind(builder: PipelineBuilder, join: exp.Join, scope: Scope, alias: str, relation: Relation) -> None:
    faults = builder.faults
    if relation.timing is not None:
        if scope.timed is None:
            raise faults.abandon(
                "unsupported-shape",
                join.this,
                "a static source comes first and a timed one is joined to it",
                f"start with the timed one: from {alias} left join ...",
            )
        raise faults.abandon(
            "untimed-join",
            join.this,
            f"a plain join of two timed relations pairs rows of '{scope.timed[0]}' with rows of '{alias}' of any time",
            "use ASOF LEFT JOIN, or make two views and join them in a request view",
        )
    method = str(join.args.get("method") or "").upper()
    side = str(join.args.get("side") or "").upper()
    kind = str(join.args.get("kind") or "").upper()
    if method or side in ("RIGHT", "FULL") or kind not in ("", "INNER", "OUTER", "CROSS"):
        words = " ".join(word for word in (method, side, kind) if word)
        raise faults.abandon(
            "unsupported-shape",
            join.this,
            f"{words} JOIN is not supported in a row pipeline",
            "use JOIN or LEFT JOIN",
        )


def join_condition(
    builder: PipelineBuilder, join: exp.Join, left: Scope, joined: Scope, alias: str, relation: Relation
) -> exp.Expr | None:
    """The ON condition, resolved; USING becomes one, and its columns are then found on the left."""
    if (on := join.args.get("on")) is not None:
        return Resolver(joined, builder.faults).resolve(on.copy())
    conditions: list[exp.Expr] = []
    for node in join.args.get("using") or []:
        name = node.name
        right = relation.spelled(name)
        if right is None:
            builder.faults.report("unknown-column", node, f"'{alias}' has no column '{name}'")
            continue
        own = exp.Column(this=exp.to_identifier(name))
        place_as(own.this, node)
        found = Resolver(left, builder.faults).resolve(own)
        joined.merged[name.lower()] = found.table if isinstance(found, exp.Column) else alias
        conditions.append(exp.EQ(this=found, expression=column(right, alias)))
    return conjunction(conditions)


def _finds_at_most_one(condition: exp.Expr | None, alias: str, relation: Relation) -> bool:
    """Whether a row finds at most one partner: the equalities cover a key of the static relation."""
    equalities = [part for part in conjuncts(condition) if isinstance(part, exp.EQ)]
    matched = {
        side.name
        for equality in equalities
        for side, other in ((equality.left, equality.right), (equality.right, equality.left))
        if isinstance(side, exp.Column) and side.table == alias and not _reads(other, alias)
    }
    return relation.unique_by is not None and relation.unique_by <= matched


def _reads(node: exp.Expr, alias: str) -> bool:
    return any(found.table == alias for found in node.find_all(exp.Column))
