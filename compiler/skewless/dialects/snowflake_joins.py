"""As-of joins and picks of one row, in the joins that Snowflake has.

https://docs.snowflake.com/en/sql-reference/constructs/asof-join: the match condition compares a column of each side, ON
has equalities only, and a left row without a right one is padded with NULL, so an inner join needs a filter. A
correlated subquery with ORDER BY and LIMIT is not among those that are supported
(https://docs.snowflake.com/en/user-guide/querying-subqueries), so a pick is ranked in a subquery and joined.
"""

from __future__ import annotations

from sqlglot import exp

from skewless.contract.names import column, identifier
from skewless.dialects.asof_parts import asof_parts, conjuncts, sides
from skewless.dialects.lowering.core import Unportable, Untyped

Joined = tuple[exp.From, list[exp.Join], exp.Expr | None]
"""FROM, its joins, and the condition on the joined rows; None if all of them are wanted."""

_COMPARISONS = (exp.EQ, exp.LT, exp.LTE, exp.GT, exp.GTE)


def asof_join(source: exp.From, joins: list[exp.Join], join: exp.Join) -> Joined:
    """`ASOF JOIN ... MATCH_CONDITION (left time >= right time) ON ...` of DuckDB's as-of join."""
    alias = join.this.alias_or_name
    parts = asof_parts(join)
    equalities, match = parts.equalities, parts.match
    if not equalities:
        raise Unportable(join, "an as-of join without a key has not been tried there", "join by a key")
    right = _pruned(join.this, alias, equalities, source)
    source, joins, time = _with_time(source, joins, match.this, f"_match_{alias}")
    bound = exp.Join(
        this=right,
        method="ASOF",
        match_condition=exp.GTE(this=time, expression=match.expression.copy()),
        on=exp.and_(*(equality.copy() for equality in equalities)),
    )
    is_padded = str(join.args.get("side") or "").upper() == "LEFT"
    return source, [*joins, bound], None if is_padded else _is_not_null(match.expression)


def _with_time(
    source: exp.From, joins: list[exp.Join], time: exp.Expr, name: str
) -> tuple[exp.From, list[exp.Join], exp.Expr]:
    """FROM and joins in which the left time is a column: the relation that it belongs to is widened by it."""
    if isinstance(time, exp.Column):
        return source, joins, time.copy()
    owners = {node.table for node in time.find_all(exp.Column)}
    if len(owners) != 1:
        raise Unportable(time, "an as-of join compares a time of one relation there", "compute the time upstream")
    (owner,) = owners
    for holder in (source, *joins):
        if holder.this.alias_or_name == owner:
            wide = exp.Select(
                expressions=[exp.Column(this=exp.Star(), table=identifier(owner)), _named(time.copy(), name)],
                from_=exp.From(this=holder.this.copy()),
            )
            holder.set("this", exp.Subquery(this=wide, alias=exp.TableAlias(this=identifier(owner))))
    return source, joins, column(name, owner)


def _pruned(right: exp.Expr, alias: str, equalities: list[exp.EQ], source: exp.From) -> exp.Expr:
    """The right side without rows whose keys are not on the left, which the optimizer does not leave out by itself.

    Keys that do not come from FROM's own relation prune nothing.
    """
    conditions = []
    for equality in equalities:
        own, other = sides(equality, alias)
        if isinstance(own, exp.Column) and own.table == source.this.alias_or_name:
            keys = exp.Select(expressions=[own.copy()], from_=exp.From(this=source.this.copy()))
            conditions.append(exp.In(this=other.copy(), query=exp.Subquery(this=keys)))
    if not conditions:
        return right
    rows = exp.Select(
        expressions=[exp.Column(this=exp.Star(), table=identifier(alias))],
        from_=exp.From(this=right),
        where=exp.Where(this=exp.and_(*conditions)),
    )
    return exp.Subquery(this=rows, alias=exp.TableAlias(this=identifier(alias)))


def picked_join(source: exp.From, joins: list[exp.Join], join: exp.Join) -> list[exp.Join]:
    """The joins with a LATERAL pick of one row as a join with the picks of all left rows.

    Left rows that are alike in what the pick reads of them have one pick: it is ranked for each such combination.
    """
    alias, pick = join.this.alias_or_name, join.this.this.this
    if pick.args.get("where") is None or pick.args.get("order") is None:
        raise Untyped("a part of the pick has been told as a fault")
    inner = {pick.args["from_"].this.alias_or_name}
    outer = _outer_columns(pick, inner)
    if not outer or pick.args.get("joins") or not _is_one_row(pick):
        raise Unportable(join, "this correlated subquery has no proven spelling there", "use ASOF JOIN")
    names = {node: f"_outer_{number}" for number, node in enumerate(outer, start=1)}
    distinct = exp.Select(
        expressions=[_named(node.copy(), name) for node, name in names.items()],
        from_=source.copy(),
        joins=[one.copy() for one in joins],
        distinct=exp.Distinct(),
    )
    wanted = "_outer"
    where = exp.replace_tree(
        pick.args["where"].this.copy(),
        lambda node: column(names[node], wanted) if isinstance(node, exp.Column) and node in names else node,
    )
    rank = exp.Window(
        this=exp.RowNumber(),
        partition_by=[column(name, wanted) for name in names.values()],
        order=pick.args["order"].copy(),
    )
    ranked = exp.Select(
        expressions=[*(one.copy() for one in pick.expressions), *(column(name, wanted) for name in names.values())],
        from_=exp.From(this=exp.Subquery(this=distinct, alias=exp.TableAlias(this=identifier(wanted)))),
        joins=[exp.Join(this=pick.args["from_"].this.copy(), on=where)],
        qualify=exp.Qualify(this=exp.EQ(this=rank, expression=exp.Literal.number(1))),
    )
    bound = exp.Join(
        this=exp.Subquery(this=ranked, alias=exp.TableAlias(this=identifier(alias))),
        side=join.args.get("side"),
        on=exp.and_(*(_same(pick, node, column(name, alias)) for node, name in names.items())),
    )
    return [*joins, bound]


def _same(pick: exp.Expr, outer: exp.Column, ranked: exp.Expr) -> exp.Expr:
    """A left row's value is that of the pick; NULL is too, unless a comparison keeps such rows from having a pick."""
    compared = [part for part in conjuncts(pick.args["where"].this) if isinstance(part, _COMPARISONS)]
    is_present = any(outer in (part.this, part.expression) for part in compared)
    return (exp.EQ if is_present else exp.NullSafeEQ)(this=outer.copy(), expression=ranked)


def _outer_columns(pick: exp.Expr, inner: set[str]) -> list[exp.Column]:
    """The columns of the left rows that the pick depends on."""
    found = [node for node in pick.args["where"].find_all(exp.Column) if node.table not in inner]
    return list(dict.fromkeys(found))


def _is_one_row(pick: exp.Expr) -> bool:
    limit = pick.args.get("limit")
    return limit is not None and limit.expression.name == "1" and pick.args.get("order") is not None


def _is_not_null(node: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=node.copy(), expression=exp.Null()))


def _named(tree: exp.Expr, name: str) -> exp.Expr:
    return exp.Alias(this=tree, alias=identifier(name))
