"""`unsupported-shape` and `unordered-limit`: clauses that have no row-by-row meaning."""

from __future__ import annotations

from sqlglot import exp

from skewless.dialects.catalog import aggregate_order
from skewless.frontend.faults import Faults

_CLAUSES = {
    "group": ("GROUP BY in a step of the pipeline would aggregate over all time", "aggregate in the outermost SELECT"),
    "having": ("HAVING would make an entity come and go", "compute the value and filter in the model that reads it"),
    "distinct": ("DISTINCT compares rows with each other, whenever they become known",
                 "to count an event once, give its source a primary_key"),
    "order": ("rows of a pipeline have no order", "drop ORDER BY, or write it inside the aggregate or the window"),
    "pivot": ("PIVOT aggregates over all time", "write one filtered aggregate a column"),
    "connect": ("a recursive query has no row-by-row meaning", None),
}  # fmt: skip


def check_row_step(query: exp.Query, faults: Faults) -> None:
    """A query inside the pipeline: only what works on each row by itself."""
    check_limit(query, faults)
    for clause, (message, help_line) in _CLAUSES.items():
        if node := query.args.get(clause):
            faults.report("unsupported-shape", node, message, help_line)
    check_expressions(query, faults)
    for item in query.expressions:
        for node in item.find_all(exp.AggFunc, exp.Anonymous):
            if aggregate_order(node) is not None and node.find_ancestor(exp.Window) is None:
                faults.report(
                    "unsupported-shape",
                    node,
                    "an aggregate in a step of the pipeline would read all time",
                    "aggregate in the outermost SELECT, with a window",
                )
            elif is_call(node, "as_of"):
                faults.report(
                    "unsupported-shape",
                    node,
                    "as_of() is not known yet while rows are prepared",
                    "use it in the outermost SELECT",
                )


def check_limit(query: exp.Query, faults: Faults) -> None:
    for clause in ("limit", "offset", "fetch"):
        if node := query.args.get(clause):
            faults.report(
                "unordered-limit",
                node,
                f"{clause.upper()} keeps some rows and not others, and which ones changes as rows arrive",
                "filter with WHERE, or take the first and last of an entity with first(), last() or a latest view",
            )


def check_expressions(query: exp.Query, faults: Faults) -> None:
    """Queries inside expressions read rows without a moment."""
    for item in (*query.expressions, *_conditions(query)):
        for node in item.find_all(exp.Subquery, exp.Exists, exp.Select):
            faults.report(
                "unsupported-shape",
                node,
                "a subquery in an expression would read rows that are not yet visible",
                "join a static source, or use ASOF JOIN for a timed one",
            )
            return


def is_call(node: exp.Expression, name: str) -> bool:
    return isinstance(node, exp.Anonymous) and str(node.this).lower() == name


def _conditions(query: exp.Query) -> list[exp.Expression]:
    return [node for clause in ("where", "qualify", "having") if (node := query.args.get(clause)) is not None]
