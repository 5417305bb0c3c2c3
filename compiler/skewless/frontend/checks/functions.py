"""`unknown-function`: a call of something that DuckDB does not have."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from skewless.dialects.functions import function_name, nondeterministic
from skewless.frontend.faults import Abandoned, Faults

_OWN = frozenset({"as_of", "event_time"})
Unknown = Callable[[str], str | None]
"""What to do about a function that does not exist; None of one that does."""


def check_functions(query: exp.Expr, unknown: Unknown, faults: Faults) -> None:
    """Every call of the whole query. Raises Abandoned if one is unknown: it may be an aggregate that is misspelt, and
    then the query has another shape than the one that was meant."""
    found = [(node, name, help_line) for node, name in _calls(query) if (help_line := unknown(name)) is not None]
    for node, name, help_line in found:
        faults.report("unknown-function", node, f"there is no function '{name}'", help_line)
    if found:
        raise Abandoned


def _calls(query: exp.Expr) -> list[tuple[exp.Expr, str]]:
    """The calls that sqlglot does not know; not those in FROM and those of chance, which are refused as such."""
    return [
        (node, name)
        for node in query.find_all(exp.Anonymous)
        if (name := function_name(node)) is not None
        and name not in _OWN
        and nondeterministic(node) is None
        and not isinstance(node.parent, exp.Table)
    ]
