"""How many rows of each day a source has: what shows, later on, that rows of an earlier day have landed since."""

from __future__ import annotations

from sqlglot import exp

from skewless.codegen.ctes import Cte, statement
from skewless.codegen.pipeline import Sources
from skewless.codegen.scan import known_from, typed_columns
from skewless.codegen.state import CUTOFF, cutoff_cte
from skewless.codegen.training.plan import named
from skewless.contract.ir import SourceTable
from skewless.contract.names import AT, MOMENT, SINCE, column, table
from skewless.contract.types import cast

DAY, BEFORE, NOW = "day", "before", "now"
"""The columns: a date, its rows that were known until the parameter `$since`, and those known until `$as_of`."""


def day_counts_query(source: SourceTable, sources: Sources) -> exp.Query:
    """A row for each day on which rows of a timed source became known until `$as_of`."""
    times = {source.event_time, source.known_at}
    names = tuple(known.name for known in source.columns if known.name in times)
    typed = typed_columns(source, names, sources.relations, sources.physical)
    day = cast(known_from(source), "DATE")
    is_before = exp.LTE(this=known_from(source), expression=column(SINCE, MOMENT))
    one = exp.Case(ifs=[exp.If(this=is_before, true=exp.Literal.number(1))])
    query = exp.Select(
        expressions=[
            named(day, DAY),
            named(exp.Count(this=one), BEFORE),
            named(exp.Count(this=exp.Star()), NOW),
        ],
        from_=exp.From(this=table("typed")),
        joins=[exp.Join(this=table(CUTOFF, MOMENT), kind="CROSS")],
        where=exp.Where(this=exp.LTE(this=known_from(source), expression=column(AT, MOMENT))),
        group=exp.Group(expressions=[day.copy()]),
    )
    ctes = [cutoff_cte(since=True), Cte(name="typed", query=typed, comment=f"{source.name}: when rows became known")]
    return statement(ctes, query, f" {source.name}: how many rows became known on each day. ")
