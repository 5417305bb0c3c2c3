"""Named queries into one statement, each with the comment that explains it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp

from skewless.contract.names import column, identifier, table


@dataclass(frozen=True, slots=True, kw_only=True)
class Cte:
    name: str
    query: exp.Query
    comment: str


def statement(ctes: Iterable[Cte], final: exp.Query, comment: str) -> exp.Query:
    """The final query with its WITH clause. The queries are not copied: give each to one statement only."""
    expressions = []
    for cte in ctes:
        commented = cte.query
        _comment(commented, cte.comment)
        expressions.append(exp.CTE(this=commented, alias=exp.TableAlias(this=identifier(cte.name))))
    if expressions:
        final.set("with_", exp.With(expressions=expressions))
    if comment:
        final.comments = [comment]
    return final


def _comment(query: exp.Query, comment: str) -> None:
    first: exp.Expr = query
    while isinstance(first, exp.SetOperation):
        first = first.this
    first.comments = [f" {comment} "]


def renamed(query: exp.Query, names: dict[str, str]) -> exp.Query:
    """A copy of the query that reads the relations under their new names, aliases kept."""
    copied = query.copy()
    for found in copied.find_all(exp.Table):
        if not found.db and found.name in names:
            alias = found.alias or found.name
            found.set("this", identifier(names[found.name]))
            found.set("alias", exp.TableAlias(this=identifier(alias)))
    return copied


def select(
    projections: Iterable[exp.Expr],
    source: str,
    alias: str | None = None,
    where: exp.Expr | None = None,
) -> exp.Select:
    query = exp.Select(expressions=list(projections), from_=exp.From(this=table(source, alias)))
    if where is not None:
        query.set("where", exp.Where(this=where))
    return query


def same(left: str, right: str, names: Iterable[str], *, nulls_match: bool) -> exp.Expr:
    """Equality of the named columns. NULL keys match nothing, unless rows are led back to where they came from."""
    kind = exp.NullSafeEQ if nulls_match else exp.EQ
    return exp.and_(*(kind(this=column(name, left), expression=column(name, right)) for name in names))
