"""`nondeterministic-function`: training and serving would get different answers."""

from __future__ import annotations

from sqlglot import exp

from skewless.dialects.catalog import aggregate_order, is_moment, nondeterministic
from skewless.frontend.faults import Faults


def check_determinism(query: exp.Expr, faults: Faults) -> None:
    """Every call of the whole query, wherever it stands."""
    for node in query.find_all(exp.Func):
        if (name := nondeterministic(node)) is not None:
            faults.report(
                "nondeterministic-function",
                node,
                f"{name}() differs between training and serving",
                "write as_of(), the moment for which the feature is computed" if is_moment(name)
                else "compute it upstream and store it as a column of the source",
            )  # fmt: skip
        elif (order := aggregate_order(node)) in ("approximate", "undecided", "internal"):
            reason = {
                "approximate": "is approximate, and no two engines agree on it",
                "undecided": "decides ties by the order in which rows arrive",
                "internal": "is internal to DuckDB",
            }
            faults.report(
                "nondeterministic-function",
                node,
                f"{(node.sql_name() if not isinstance(node, exp.Anonymous) else str(node.this)).lower()}() "
                f"{reason[order]}",
                "use an exact aggregate, or one with a total order such as last() or arg_max()",
            )
