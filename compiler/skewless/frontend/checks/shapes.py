"""`unsupported-shape` and `unordered-limit`: clauses that have no row-by-row meaning."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from skewless.dialects.functions import aggregate_order
from skewless.frontend.faults import Faults
from skewless.frontend.trees import is_call, is_windowed, own

_CLAUSES = {
    "group": ("GROUP BY in a step of the pipeline would aggregate over all time", "aggregate in the outermost SELECT"),
    "having": ("HAVING would make an entity come and go", "compute the value and filter in the model that reads it"),
    "distinct": ("DISTINCT compares rows with each other, whenever they become known",
                 "to count an event once, give its source a primary_key"),
    "order": ("rows of a pipeline have no order", "drop ORDER BY, or write it inside the aggregate or the window"),
}  # fmt: skip


def check_row_step(query: exp.Query, faults: Faults) -> None:
    """A query inside the pipeline: only what works on each row by itself."""
    check_limit(query, faults)
    for clause, (message, help_line) in _CLAUSES.items():
        if node := query.args.get(clause):
            faults.report("unsupported-shape", node, message, help_line)
    check_expressions(query, faults)
    check_row_parts([*query.expressions, *conditions(query)], faults)


def check_row_parts(parts: Sequence[exp.Expr], faults: Faults) -> None:
    """Expressions that are computed for each row by itself, before any moment is known."""
    check_no_aggregates(parts, faults)
    for part in parts:
        for node in own(part, exp.Anonymous):
            if is_call(node, "as_of"):
                faults.report(
                    "unsupported-shape",
                    node,
                    "as_of() is not known yet while rows are prepared",
                    "use it in the SELECT list, the FILTERs or the WHERE of the outermost SELECT",
                )


def check_no_aggregates(parts: Sequence[exp.Expr], faults: Faults) -> None:
    for part in parts:
        for node in own(part, exp.AggFunc, exp.Anonymous):
            if aggregate_order(node) is not None and not is_windowed(node):
                faults.report(
                    "unsupported-shape",
                    node,
                    "an aggregate over the rows of a pipeline would read all time",
                    "aggregate in the SELECT list of the outermost SELECT, with a window",
                )


def check_limit(query: exp.Query, faults: Faults) -> None:
    for clause in ("limit", "offset"):
        if node := query.args.get(clause):
            faults.report(
                "unordered-limit",
                node,
                f"{clause.upper()} keeps some rows and not others, and which ones changes as rows arrive",
                "filter with WHERE, or take the first and last of an entity with first(), last() or a latest view",
            )


def check_expressions(query: exp.Query, faults: Faults) -> None:
    """Queries inside expressions read rows without a moment."""
    for item in (*query.expressions, *conditions(query)):
        node = next(item.find_all(exp.Subquery, exp.Exists, exp.Select), None)
        if node is not None:
            faults.report(
                "unsupported-shape",
                node,
                "a subquery in an expression would read rows that are not yet visible",
                "join a static source, or use ASOF JOIN for a timed one",
            )


def conditions(query: exp.Query) -> list[exp.Expr]:
    """Everything of a query that is computed for its rows, besides the SELECT list."""
    clauses = [node for clause in ("where", "qualify", "having", "group") if (node := query.args.get(clause))]
    return [*clauses, *join_conditions(query), *(query.args.get("windows") or [])]


def join_conditions(query: exp.Query) -> list[exp.Expr]:
    return [on for join in query.args.get("joins") or [] if (on := join.args.get("on")) is not None]
