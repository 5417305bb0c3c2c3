"""What the compiler knows of DuckDB's functions: which aggregate, which need an order, which may differ between calls.

The sets are those of the pinned DuckDB; a test compares them with `duckdb_functions()`.
"""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

# Their value depends on the order of rows, so the total order is written into them.
ORDERED_AGGREGATES = frozenset(
    {"any_value", "arbitrary", "arg_max", "arg_min", "argmax", "argmin", "array_agg", "first", "group_concat",
     "last", "list", "listagg", "max_by", "min_by", "mode", "string_agg"}
)  # fmt: skip
APPROXIMATE_AGGREGATES = frozenset({"approx_count_distinct", "approx_quantile", "approx_top_k", "reservoir_quantile"})
# Ties are decided by whichever row came first, and no order can be written into them.
UNDECIDED_AGGREGATES = frozenset({"arg_max_null", "arg_min_null", "arg_max_nulls_last", "arg_min_nulls_last", "lttb"})
UNORDERED_AGGREGATES = frozenset(
    {"avg", "bit_and", "bit_or", "bit_xor", "bitstring_agg", "bool_and", "bool_or", "corr", "count", "count_if",
     "count_star", "countif", "covar_pop", "covar_samp", "entropy", "favg", "fsum", "histogram", "histogram_exact",
     "kahan_sum", "kurtosis", "kurtosis_pop", "mad", "max", "mean", "median", "min", "product", "quantile",
     "quantile_cont", "quantile_disc", "regr_avgx", "regr_avgy", "regr_count", "regr_intercept", "regr_r2",
     "regr_slope", "regr_sxx", "regr_sxy", "regr_syy", "sem", "skewness", "stddev", "stddev_pop", "stddev_samp",
     "sum", "sum_no_overflow", "sumkahan", "var_pop", "var_samp", "variance"}
)  # fmt: skip
# Internals of DuckDB: states of aggregates, and structures that no feature type holds.
INTERNAL_AGGREGATES = frozenset({"combine_aggr", "decimal_average", "variant_group_object"})
AGGREGATES = (
    ORDERED_AGGREGATES | APPROXIMATE_AGGREGATES | UNDECIDED_AGGREGATES | UNORDERED_AGGREGATES | INTERNAL_AGGREGATES
)

# The moment of evaluation, a generator, or the state of a session.
NONDETERMINISTIC_FUNCTIONS = frozenset(
    {"ago", "current_catalog", "current_connection_id", "current_database", "current_date", "current_localtime",
     "current_localtimestamp", "current_query", "current_query_id", "current_role", "current_schema",
     "current_schemas", "current_setting", "current_time", "current_timestamp", "current_transaction_id",
     "current_user", "currval", "error", "gen_random_uuid", "get_current_time", "get_current_timestamp", "getenv",
     "getvariable", "in_search_path", "localtime", "localtimestamp", "nextval", "now", "pg_conf_load_time",
     "pg_postmaster_start_time", "rand", "random",
     "session_user", "setseed", "setval", "sleep_ms", "stats", "today", "transaction_timestamp", "txid_current",
     "user", "uuid", "uuidv4", "uuidv7", "vector_type", "version", "write_log"}
)  # fmt: skip
_MOMENTS = frozenset(
    {"ago", "current_date", "current_localtime", "current_localtimestamp", "current_time", "current_timestamp",
     "get_current_time", "get_current_timestamp", "localtime", "localtimestamp", "now", "today",
     "transaction_timestamp"}
)  # fmt: skip

SHUFFLED = "_shuffled"
"""Generated SQL's own function: a whole number that looks random and is the same for the same values."""

Order = Literal["ordered", "unordered", "approximate", "undecided", "internal"]
_BY_CLASS: dict[type[exp.Expr], str] = {
    exp.ArrayAgg: "list",
    exp.GroupConcat: "string_agg",
    exp.LogicalAnd: "bool_and",
    exp.LogicalOr: "bool_or",
    exp.CountIf: "count_if",
    exp.ApproxDistinct: "approx_count_distinct",
    exp.ApproxQuantile: "approx_quantile",
    exp.ArgMax: "arg_max",
    exp.ArgMin: "arg_min",
    exp.AnyValue: "any_value",
    exp.PercentileCont: "quantile_cont",
    exp.PercentileDisc: "quantile_disc",
    exp.Mode: "mode",
    exp.BitwiseAndAgg: "bit_and",
    exp.BitwiseOrAgg: "bit_or",
    exp.BitwiseXorAgg: "bit_xor",
}
_FUNCTION_CLASSES: dict[type[exp.Expr], str] = {
    exp.Rand: "random",
    exp.Randn: "random",
    exp.Uuid: "uuid",
    exp.CurrentDate: "current_date",
    exp.CurrentTime: "current_time",
    exp.CurrentTimestamp: "current_timestamp",
    exp.CurrentDatetime: "current_timestamp",
    exp.CurrentUser: "current_user",
    exp.CurrentVersion: "version",
    exp.Localtime: "localtime",
    exp.Localtimestamp: "localtimestamp",
}


def function_name(node: exp.Expr) -> str | None:
    """The name of a call as DuckDB knows it, in lower case; None if the node is no call."""
    if isinstance(node, exp.Anonymous | exp.AnonymousAggFunc):
        return str(node.this).lower()
    if (name := _BY_CLASS.get(type(node)) or _FUNCTION_CLASSES.get(type(node))) is not None:
        return name
    return node.sql_name().lower() if isinstance(node, exp.Func) else None


def aggregate_order(node: exp.Expr) -> Order | None:
    """How an aggregate depends on the order of its rows; None if the node is no aggregate."""
    if not isinstance(node, exp.AggFunc | exp.Anonymous):
        return None
    name = function_name(node)
    if name in ORDERED_AGGREGATES:
        return "ordered"
    if name in APPROXIMATE_AGGREGATES:
        return "approximate"
    if name in UNDECIDED_AGGREGATES:
        return "undecided"
    if name in INTERNAL_AGGREGATES:
        return "internal"
    return "unordered" if name in UNORDERED_AGGREGATES or isinstance(node, exp.AggFunc) else None


def nondeterministic(node: exp.Expr) -> str | None:
    """The name of the function if two evaluations of it may differ; None otherwise."""
    name = function_name(node)
    if name == "age" and isinstance(node, exp.Anonymous) and len(node.expressions) == 1:
        return "age"
    return name if name in NONDETERMINISTIC_FUNCTIONS else None


def is_moment(name: str) -> bool:
    """Whether a nondeterministic function stands for the present, so that `as_of()` replaces it."""
    return name in _MOMENTS or name == "age"
