"""ASOF JOIN of two timed relations: for each left row, the last right row known when the left row became known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from skewless.contract.clock import later, tick
from skewless.contract.ir import Timing
from skewless.contract.names import EVENT_TIME, KNOWN_AT, VISIBLE_TO, column, table, tie
from skewless.frontend.carry import known_from
from skewless.frontend.scope import Relation, Scope
from skewless.frontend.trees import conjuncts

if TYPE_CHECKING:
    from skewless.frontend.pipeline import PipelineBuilder


def bind_asof(
    builder: PipelineBuilder, join: exp.Join, scope: Scope, alias: str, relation: Relation
) -> tuple[Scope, exp.Join]:
    """The scope with the right side in it, and the join that picks its row.

    When both sides are settled one inequality on event time says it all, and DuckDB's own ASOF JOIN is used over a
    right side made unique. Otherwise known time is a second inequality, and the pick is a correlated first row.
    """
    from skewless.frontend.joins import join_condition

    timed = scope.timed
    if timed is None or relation.timing is None or timed[1].timing is None:
        raise builder.faults.abandon(
            "unsupported-shape",
            join.this,
            f"ASOF JOIN needs an event time on both sides, and '{alias}' is static",
            "use LEFT JOIN, by the whole primary_key of the static source",
        )
    _check_sides(builder, join)
    if relation.ties is None:
        raise builder.faults.abandon(
            "no-total-order",
            join.this,
            f"rows of '{alias}' with equal event times have no order, so the pick would be a coin toss",
            "give the source a primary_key or a tie_break",
        )
    right = Relation(
        name=relation.name, columns=relation.columns, timing=None, event_time=None, ties=None, unique_by=None
    )
    joined = Scope({**scope.relations, alias: right}, dict(scope.merged), scope.multiplied)
    condition = join_condition(builder, join, scope, joined, alias, relation)
    equalities, strict = _split(builder, join, condition, timed, alias, relation)
    builder.note_columns(joined, condition if condition is not None else join)
    if timed[1].timing.is_settled and relation.timing.is_settled:
        bound, name = _settled(builder, join, equalities, strict, timed, alias, relation)
    else:
        bound, name = _correlated(join, equalities, strict, timed, alias, relation), relation.name
    kept = Relation(name=name, columns=relation.columns, timing=None, event_time=None, ties=None, unique_by=None)
    return Scope({**scope.relations, alias: kept}, joined.merged, joined.multiplied), bound


def _check_sides(builder: PipelineBuilder, join: exp.Join) -> None:
    side, kind = (str(join.args.get(key) or "").upper() for key in ("side", "kind"))
    if side not in ("", "LEFT") or kind not in ("", "INNER", "OUTER"):
        raise builder.faults.abandon(
            "unsupported-shape", join.this, f"ASOF {side or kind} JOIN is not supported",
            "use ASOF JOIN or ASOF LEFT JOIN, with the rows that the view is about on the left",
        )  # fmt: skip


def _split(
    builder: PipelineBuilder,
    join: exp.Join,
    condition: exp.Expr | None,
    timed: tuple[str, Relation],
    alias: str,
    relation: Relation,
) -> tuple[list[exp.EQ], bool]:
    """The equalities, and whether the match on event time is strict."""
    help_line = _help(timed, alias, relation)
    parts = conjuncts(condition)
    equalities = [part for part in parts if isinstance(part, exp.EQ) and _links(part, alias)]
    rest = [part for part in parts if part not in equalities]
    if len(rest) == 0 and join.args.get("using"):
        raise builder.faults.abandon(
            "unsupported-shape", join.this, "ASOF JOIN with USING hides which times are compared", help_line
        )
    if len(rest) != 1:
        raise builder.faults.abandon(
            "unsupported-shape", rest[-1] if rest else join.this,
            "ASOF JOIN takes equalities and one comparison of event times", help_line,
        )  # fmt: skip
    return equalities, _strictness(builder, rest[0], timed, alias, relation)


def _links(part: exp.EQ, alias: str) -> bool:
    tables = [{node.table for node in side.find_all(exp.Column)} for side in (part.left, part.right)]
    return ({alias} in tables) and not all(alias in names for names in tables)


def _help(timed: tuple[str, Relation], alias: str, relation: Relation) -> str:
    left, right = timed[1].event_time or "event_time", relation.event_time or "event_time"
    return f"write ON {timed[0]}.key = {alias}.key AND {timed[0]}.{left} >= {alias}.{right}"


def _strictness(
    builder: PipelineBuilder, match: exp.Expr, timed: tuple[str, Relation], alias: str, relation: Relation
) -> bool:
    help_line = _help(timed, alias, relation)
    if not isinstance(match, exp.GT | exp.GTE | exp.LT | exp.LTE):
        raise builder.faults.abandon(
            "unsupported-shape", match, "ASOF JOIN needs one comparison of event times", help_line
        )
    left, right, is_earlier = match.left, match.right, isinstance(match, exp.LT | exp.LTE)
    if isinstance(left, exp.Column) and left.table == alias:
        left, right, is_earlier = right, left, not is_earlier
    if not (_is_time(left, timed[0], timed[1]) and _is_time(right, alias, relation)):
        raise builder.faults.abandon(
            "unsupported-shape", match, "ASOF JOIN compares the event times of its two sides", help_line
        )
    if is_earlier:
        raise builder.faults.abandon(
            "future-leakage", match, "this ASOF JOIN picks a row that happens later", help_line
        )
    return isinstance(match, exp.GT | exp.LT)


def _is_time(node: exp.Expr, alias: str, relation: Relation) -> bool:
    return isinstance(node, exp.Column) and node.table == alias and node.name in (relation.event_time, EVENT_TIME)


def _settled(
    builder: PipelineBuilder,
    join: exp.Join,
    equalities: list[exp.EQ],
    strict: bool,
    timed: tuple[str, Relation],
    alias: str,
    relation: Relation,
) -> tuple[exp.Join, str]:
    unique = _unique_right(builder, equalities, alias, relation)
    known_later = _known(relation) - _known(timed[1])
    shift = -max(known_later, 1 if strict else 0)
    match = exp.GTE(this=later(column(EVENT_TIME, timed[0]), min(shift, 0)), expression=column(EVENT_TIME, alias))
    bound = exp.Join(
        this=table(unique, alias),
        method="ASOF",
        side=join.args.get("side"),
        on=exp.and_(*(equality.copy() for equality in equalities), match),
    )
    return bound, unique


def _known(relation: Relation) -> int:
    """Microseconds from a settled row's event time to the first moment at which it is known."""
    timing = _timing(relation)
    if timing.delay is None:
        raise AssertionError(f"rows of {relation.name} are not settled")
    return timing.delay.microseconds + tick(timing.inclusive)


def _timing(relation: Relation) -> Timing:
    if relation.timing is None:
        raise AssertionError(f"{relation.name} has no time")
    return relation.timing


def _unique_right(builder: PipelineBuilder, equalities: list[exp.EQ], alias: str, relation: Relation) -> str:
    """A step that keeps, of right rows with one key and one event time, the last by tie-break."""
    keys = [side.copy() for part in equalities for side in (part.left, part.right) if _is_of(side, alias)]
    newest = exp.Window(
        this=exp.RowNumber(),
        partition_by=[*keys, column(EVENT_TIME, alias)],
        order=exp.Order(expressions=_last_first(alias, relation, [])),
    )
    query = exp.Select(
        expressions=[*(column(name, alias) for name in relation.columns), column(EVENT_TIME, alias)],
        from_=exp.From(this=table(relation.name, alias)),
        qualify=exp.Qualify(this=exp.EQ(this=newest, expression=exp.Literal.number(1))),
    )
    for name in relation.columns:
        builder.take_column(relation, name)
    return builder.add_step(
        f"{alias}_unique", query, f"{alias}: of rows with equal key and event time, the last by tie-break"
    )


def _correlated(
    join: exp.Join,
    equalities: list[exp.EQ],
    strict: bool,
    timed: tuple[str, Relation],
    alias: str,
    relation: Relation,
) -> exp.Join:
    left, right = _timing(timed[1]), _timing(relation)
    since = known_from(timed[0], left)
    kind = exp.LT if strict else exp.LTE
    conditions: list[exp.Expr] = [
        *(equality.copy() for equality in equalities),
        kind(this=column(EVENT_TIME, alias), expression=column(EVENT_TIME, timed[0])),
        exp.LTE(this=known_from(alias, right), expression=since),
    ]
    if right.has_versions:
        replaced = column(VISIBLE_TO, alias)
        current = exp.Is(this=replaced, expression=exp.Null())
        conditions.append(exp.paren(exp.or_(current, exp.LT(this=since.copy(), expression=replaced.copy()))))
    order = [EVENT_TIME] if right.is_settled else [EVENT_TIME, KNOWN_AT]
    pick = exp.Select(
        expressions=[column(name, alias) for name in relation.columns],
        from_=exp.From(this=table(relation.name, alias)),
        where=exp.Where(this=exp.and_(*conditions)),
        order=exp.Order(expressions=_last_first(alias, relation, order)),
        limit=exp.Limit(expression=exp.Literal.number(1)),
    )
    side = str(join.args.get("side") or "").upper()
    return exp.Join(
        this=exp.Lateral(this=exp.Subquery(this=pick), alias=exp.TableAlias(this=exp.to_identifier(alias))),
        side="LEFT" if side == "LEFT" else None,
        on=exp.true(),
    )


def _last_first(alias: str, relation: Relation, leading: list[str]) -> list[exp.Expr]:
    names = [*leading, *(tie(number) for number in range(1, len(relation.ties or ()) + 1))]
    return [exp.Ordered(this=column(name, alias), desc=True, nulls_first=False) for name in names]


def _is_of(side: exp.Expr, alias: str) -> bool:
    return any(node.table == alias for node in side.find_all(exp.Column))
