"""Whatever SQL can say and a feature view cannot mean: a clause that is not allowed here is refused, never dropped."""

from __future__ import annotations

from sqlglot import exp

from skewless.dialects.functions import function_name
from skewless.frontend.faults import Abandoned, Faults
from skewless.frontend.positions import position
from skewless.ground.codes import Code

_ALLOWED: dict[type[exp.Expr], frozenset[str]] = {
    exp.Select: frozenset(
        {"with_", "expressions", "from_", "joins", "laterals", "where", "group", "having", "qualify", "windows",
         "order", "limit", "offset", "distinct", "sample"}
    ),
    exp.Union: frozenset({"with_", "this", "expression", "distinct", "order", "limit", "offset"}),
    exp.Subquery: frozenset({"this", "alias", "sample"}),
    exp.CTE: frozenset({"this", "alias", "materialized"}),
    exp.Table: frozenset({"this", "db", "catalog", "alias", "sample", "ordinality"}),
    exp.TableAlias: frozenset({"this"}),
    exp.Join: frozenset({"this", "on", "side", "kind", "using", "method"}),
    exp.Between: frozenset({"this", "low", "high"}),
}  # fmt: skip
_LIMIT_HELP = "filter with WHERE, or take the first and last of an entity with first(), last() or a latest view"
_REASONS: dict[str, tuple[Code, str, str | None]] = {
    "pivots": ("unsupported-shape", "PIVOT aggregates over all time", "write one filtered aggregate a column"),
    "columns": ("unsupported-shape", "names of columns after an alias are not supported",
                "name the columns where they are selected: expression as name"),
    "by_name": ("unsupported-shape", "UNION ALL BY NAME is not supported",
                "write UNION ALL, and list the columns of each query in the same order"),
    "limit": ("unordered-limit", "LIMIT keeps some rows and not others, and which ones changes as rows arrive",
              _LIMIT_HELP),
    "offset": ("unordered-limit", "OFFSET keeps some rows and not others, and which ones changes as rows arrive",
               _LIMIT_HELP),
    "order": ("unsupported-shape", "rows of a pipeline have no order",
              "drop ORDER BY, or write it inside the aggregate or the window"),
    "symmetric": ("unsupported-shape", "BETWEEN SYMMETRIC is not supported", "write the smaller bound first"),
    "when": ("unsupported-shape", "AT reads another state of a source than the one that was known at the moment",
             "drop AT; what is visible at as_of() follows from the source's time rules"),
    "joins": ("unsupported-shape", "a join in brackets is not supported", "write the joins one after the other"),
    "into": ("unsupported-shape", "a feature view writes to no table", "drop INTO"),
    "locks": ("unsupported-shape", "a feature view locks no rows", "drop FOR UPDATE"),
}  # fmt: skip
_MANY_ROWS = frozenset({"unnest", "generate_subscripts", "regexp_split_to_table"})
_CONSTRUCTS = (
    exp.TableSample, exp.Explode, exp.Columns, exp.PositionalColumn, exp.Placeholder, exp.Parameter, exp.Limit,
    exp.WithinGroup, exp.Anonymous,
)  # fmt: skip
# With these the columns that follow have other names, so nothing more can be said.
_RENAMING = frozenset({"pivots", "columns", "joins"})


def check_clauses(query: exp.Expr, faults: Faults) -> None:
    """Every clause of the whole query, wherever it stands. Raises Abandoned when names cannot be told any more."""
    renames = False
    for node in query.walk():
        for key in _refused(node):
            code, message, help_line = _REASONS.get(key, ("unsupported-shape", _unknown(key), None))
            faults.report(code, _place(node, key), message, help_line)
            renames = renames or key in _RENAMING
        if isinstance(node, _CONSTRUCTS):
            _check_construct(node, faults)
    if renames:
        raise Abandoned


def _refused(node: exp.Expr) -> list[str]:
    allowed = _ALLOWED.get(type(node))
    if allowed is None or (isinstance(node, exp.TableAlias) and _is_of_function(node.parent)):
        return []
    return [key for key, value in node.args.items() if value and key not in allowed]


def _place(node: exp.Expr, key: str) -> exp.Expr:
    """The clause itself where it has a position, or else what it belongs to."""
    value = node.args[key]
    clause = value[0] if isinstance(value, list) else value
    return clause if isinstance(clause, exp.Expr) and position(clause) else node


def _is_of_function(node: exp.Expr | None) -> bool:
    """A table function is refused as such, whatever its columns are called."""
    return not isinstance(node, exp.CTE | exp.Subquery | exp.Table) or isinstance(node.this, exp.Func)


def _unknown(key: str) -> str:
    return f"{key.rstrip('_').replace('_', ' ').upper()} has no meaning in a feature view"


def _check_construct(node: exp.Expr, faults: Faults) -> None:
    """Single constructs that would be read otherwise than they are meant."""
    if isinstance(node, exp.TableSample):
        faults.report(
            "nondeterministic-function", node, "a sample differs from one run to the next",
            "drop the sample; to train on fewer rows, sample the spine",
        )  # fmt: skip
    elif isinstance(node, exp.Explode) or function_name(node) in _MANY_ROWS:
        faults.report(
            "unsupported-shape", node, "unnest() makes several rows of one, and nothing orders them",
            "reduce the list where it is: list_sum(), list_filter(), list_transform()",
        )  # fmt: skip
    elif isinstance(node, exp.Columns):
        faults.report("unsupported-shape", node, "COLUMNS() chooses columns by a pattern", "name the columns")
    elif isinstance(node, exp.PositionalColumn):
        faults.report("unsupported-shape", node, "a column is read by name, not by its position", "name the column")
    elif isinstance(node, exp.Placeholder | exp.Parameter):
        faults.report(
            "unsupported-shape", node, "a model has no parameters", "read a project's variable with {{ var('name') }}"
        )
    elif isinstance(node, exp.Limit) and not isinstance(node.parent, exp.Query):
        faults.report(
            "unsupported-shape", node, "LIMIT inside an aggregate is not supported",
            "take a part of the list: list(x order by y)[1:3]",
        )  # fmt: skip
    elif isinstance(node, exp.WithinGroup):
        faults.report(
            "unsupported-shape", node, "WITHIN GROUP is not supported", "write quantile_cont(x, 0.5) or median(x)"
        )
    elif isinstance(node, exp.Anonymous) and node.expressions and function_name(node) in ("as_of", "event_time"):
        faults.report("unsupported-shape", node, f"{function_name(node)}() takes no argument", "write as_of()")
