"""`nondeterministic-function`: training and serving would get different answers."""

from __future__ import annotations

import re

from sqlglot import exp

from skewless.dialects.functions import aggregate_order, function_name, is_moment, nondeterministic
from skewless.frontend.faults import Faults
from skewless.frontend.positions import place, position
from skewless.frontend.quotes import unquoted

_LIST_AGGREGATES = frozenset({"list_aggregate", "list_aggr", "array_aggregate", "array_aggr", "aggregate"})
_REASONS = {
    "approximate": ("is approximate, and no two engines agree on it",
                    "use an exact aggregate: count(distinct x), quantile_cont(x, 0.5)"),
    "undecided": ("decides ties by the order in which rows arrive",
                  "use an aggregate with a total order, such as last() or arg_max()"),
    "internal": ("is internal to DuckDB", "use an aggregate that DuckDB documents"),
}  # fmt: skip


def check_determinism(query: exp.Expr, text: str, faults: Faults) -> None:
    """Every call of the whole query, wherever it stands; `text` is what the query was parsed from."""
    found = [node for node in query.find_all(exp.Func) if nondeterministic(node) is not None]
    _locate_words([node for node in found if not position(node)], text)
    for node in found:
        name = nondeterministic(node) or ""
        faults.report(
            "nondeterministic-function",
            node,
            f"{name}() differs between training and serving",
            _help(name),
        )
    for node in query.find_all(exp.AggFunc, exp.Anonymous):
        if (found_reason := _REASONS.get(aggregate_order(node) or "")) is not None:
            reason, help_line = found_reason
            faults.report("nondeterministic-function", node, f"{function_name(node)}() {reason}", help_line)
    _check_list_aggregates(query, faults)


def _check_list_aggregates(query: exp.Expr, faults: Faults) -> None:
    """`list_aggregate(x, 'mode')`: an aggregate whose name is a text."""
    for node in query.find_all(exp.Anonymous):
        name = node.expressions[1] if function_name(node) in _LIST_AGGREGATES and len(node.expressions) > 1 else None
        if isinstance(name, exp.Literal):
            called = exp.Anonymous(this=name.name)
            if (found := _REASONS.get(aggregate_order(called) or "")) is not None:
                faults.report("nondeterministic-function", node, f"{name.name}() {found[0]}", found[1])


def _help(name: str) -> str:
    if name == "age":
        return "write age(as_of(), x)"
    if is_moment(name):
        return "write as_of(), the moment for which the feature is computed"
    return "compute it upstream and store it as a column of the source"


def _locate_words(nodes: list[exp.Func], text: str) -> None:
    """Gives functions that are written without brackets (`current_date`) the positions that sqlglot does not keep.

    They are found by their names, the n-th node at the n-th place: which is which does not matter, as all are reported.
    """
    names = {function_name(node) or "" for node in nodes}
    for name in names:
        words = re.finditer(rf"(?<![\w.\"]){re.escape(name)}(?![\w\"])(?!\s*\()", unquoted(text), re.IGNORECASE)
        for node, word in zip((node for node in nodes if function_name(node) == name), words, strict=False):
            place(node, word.start(), word.end() - 1)
