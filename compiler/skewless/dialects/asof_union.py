"""An as-of join as a window over both sides, for engines that have no such join.

Rows of both sides are put on one timeline as structs, and each left row takes the last right one before it. A struct
under a relation's alias is read as the relation was: `alias.column` is a field of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from skewless.contract.names import column, identifier
from skewless.dialects.asof_parts import asof_parts, sides

_PAIRS, _LINE = "_pairs", "_line"
_TIME, _IS_LEFT = "_time", "_is_left"


def asof_as_union(
    source: exp.From, joins: list[exp.Join], join: exp.Join, before: Sequence[str]
) -> tuple[exp.From, list[exp.Join]]:
    """FROM of the pairs; left rows without a right one stay when the join is a LEFT join."""
    alias = join.this.alias_or_name
    parts = asof_parts(join)
    keys = [sides(equality, alias) for equality in parts.equalities]
    left_time, right_time = parts.match.this, parts.match.expression
    names = [f"_key_{number}" for number in range(1, len(keys) + 1)]
    left = exp.Select(
        expressions=[
            _named(exp.true(), _IS_LEFT), _named(left_time.copy(), _TIME),
            *(_named(own.copy(), name) for (own, _), name in zip(keys, names, strict=True)),
            *(_named(_packed(source, one), one) for one in before), _named(exp.Null(), alias),
        ],
        from_=source, joins=joins,
    )  # fmt: skip
    present = [exp.Not(this=exp.Is(this=exp.paren(other.copy()), expression=exp.Null())) for _, other in keys]
    right = exp.Select(
        expressions=[
            _named(exp.false(), _IS_LEFT), _named(right_time.copy(), _TIME),
            *(_named(other.copy(), name) for (_, other), name in zip(keys, names, strict=True)),
            *(_named(exp.Null(), one) for one in before), _named(_struct(alias), alias),
        ],
        from_=exp.From(this=join.this), where=exp.Where(this=exp.and_(*present)) if present else None,
    )  # fmt: skip
    pairs = _last_right(exp.Union(this=left, expression=right, distinct=False), names, before, alias)
    if join.side != "LEFT":
        pairs = exp.Select(
            expressions=[exp.Star()],
            from_=exp.From(this=exp.Subquery(this=pairs, alias=exp.TableAlias(this=identifier(_PAIRS)))),
            where=exp.Where(this=exp.Not(this=exp.Is(this=column(alias), expression=exp.Null()))),
        )
    return exp.From(this=exp.Subquery(this=pairs, alias=exp.TableAlias(this=identifier(_PAIRS)))), []


def _last_right(line: exp.Union, keys: Sequence[str], before: Sequence[str], alias: str) -> exp.Select:
    """The left rows, each with the last right row on the line up to it; right rows of its own time come before it."""
    last = exp.Window(
        this=exp.IgnoreNulls(this=exp.LastValue(this=column(alias))),
        partition_by=[column(key) for key in keys],
        order=exp.Order(
            expressions=[
                exp.Ordered(this=column(_TIME), nulls_first=True),
                exp.Ordered(this=column(_IS_LEFT), nulls_first=True),
            ]
        ),
        spec=exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"),
    )
    return exp.Select(
        expressions=[*(column(one) for one in before), _named(last, alias)],
        from_=exp.From(this=exp.Subquery(this=line, alias=exp.TableAlias(this=identifier(_LINE)))),
        qualify=exp.Qualify(this=column(_IS_LEFT)),
    )


def _packed(source: exp.From, alias: str) -> exp.Expr:
    """A relation's row as a struct; after an as-of join it is one already."""
    return column(alias, _PAIRS) if source.this.alias == _PAIRS else _struct(alias)


def _struct(alias: str) -> exp.Expr:
    return exp.Struct(expressions=[exp.Column(this=exp.Star(), table=identifier(alias))])


def _named(tree: exp.Expr, name: str) -> exp.Expr:
    return exp.Alias(this=tree, alias=identifier(name))
