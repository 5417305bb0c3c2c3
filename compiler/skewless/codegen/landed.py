"""A source's own rows and the landed ones into one relation.

Where a row may replace another of its primary key, one that is in both places replaces itself, and nothing is to be
done. Where the source promises that no two rows share their primary key, versions are not looked at, and so each event
must be read once:

    SELECT amount FROM (own rows) AS own
    WHERE NOT EXISTS (SELECT 1 FROM (landed rows) AS landed WHERE landed.order_id = own.order_id)
    UNION ALL
    SELECT amount FROM (landed rows) AS landed
    QUALIFY ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY known_at, amount) = 1
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlglot import exp

from skewless.codegen.ctes import same
from skewless.contract.ir import SourceTable
from skewless.contract.names import column, identifier

_OWN, _LANDED = "own", "landed"
Typed = Callable[[SourceTable, Sequence[str]], exp.Select]
"""The named columns of a relation, in their declared types."""


def read_part(source: SourceTable, physical: Mapping[str, object]) -> SourceTable | None:
    """The landed rows of a source, if there are any to be read; `physical` is what an engine found."""
    part = source.landed_part
    return part if part is not None and part.name in physical else None


def both(source: SourceTable, landed: SourceTable, names: Sequence[str], typed: Typed) -> exp.Query:
    """The named columns of both."""
    if source.has_versions:
        return exp.Union(this=typed(source, names), expression=typed(landed, names), distinct=False)
    return exp.Union(
        this=_not_landed(source, landed, names, typed), expression=_first(landed, names, typed), distinct=False
    )


def _not_landed(source: SourceTable, landed: SourceTable, names: Sequence[str], typed: Typed) -> exp.Select:
    """Of an event that is in both places the landed row counts: it says when the online state had it."""
    key = source.primary_key
    again = exp.Select(
        expressions=[exp.Literal.number(1)],
        from_=exp.From(this=_named(typed(landed, key), _LANDED)),
        where=exp.Where(this=same(_LANDED, _OWN, key, nulls_match=False)),
    )
    return exp.Select(
        expressions=[column(name, _OWN) for name in names],
        from_=exp.From(this=_named(typed(source, _with(names, key)), _OWN)),
        where=exp.Where(this=exp.Not(this=exp.Exists(this=again))),
    )


def _first(landed: SourceTable, names: Sequence[str], typed: Typed) -> exp.Select:
    """Of deliveries of one event the first counts: it was known from then on."""
    key, known = landed.primary_key, landed.known_at or landed.happened
    order = [exp.Ordered(this=column(name), nulls_first=True) for name in _with([known], names)]
    number = exp.Window(
        this=exp.RowNumber(), partition_by=[column(name) for name in key], order=exp.Order(expressions=order)
    )
    return exp.Select(
        expressions=[column(name) for name in names],
        from_=exp.From(this=_named(typed(landed, _with(names, [*key, known])), _LANDED)),
        qualify=exp.Qualify(this=exp.EQ(this=number, expression=exp.Literal.number(1))),
    )


def _with(names: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*names, *more)))


def _named(query: exp.Select, alias: str) -> exp.Subquery:
    return exp.Subquery(this=query, alias=exp.TableAlias(this=identifier(alias)))
