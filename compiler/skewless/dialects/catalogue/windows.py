"""Functions of windows, and the functions that each engine lets read an explicit frame.

OVER belongs to every window or aggregate call of a template, outside of IGNORE NULLS. The order of the window must be
total wherever a value depends on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from skewless.dialects.catalogue.aggregates.forms import list_of
from skewless.dialects.catalogue.entry import Check, Engine, Entry, Refused, Result, Rounding, documented, entry, first
from skewless.ground.dtypes import BIGINT, DOUBLE, DataType

Frame = Literal["rows", "range"]
"""`range` is RANGE with an INTERVAL; RANGE from UNBOUNDED PRECEDING to CURRENT ROW is open to whatever ROWS is."""


def _window(
    signature: str,
    result: DataType | Result,
    sql: str,
    page: str,
    rounding: Rounding = "exact",
    check: Check | None = None,
    snowflake: str = "",
) -> Entry:
    """Spelled alike unless Snowflake's SQL is given."""
    return entry(
        signature, result, spark=sql, snowflake=documented(snowflake or sql, f"functions/{page}"), shape="window",
        rounding=rounding, check=check,
    )  # fmt: skip


def _counts_from_one(constants: Sequence[str | None]) -> Refused | None:
    """The last argument is 1 or more."""
    is_positive = constants[-1] is not None and constants[-1].isdigit() and int(constants[-1]) > 0
    return None if is_positive else Refused("there is no such place", "count from 1")


def _is_near(constants: Sequence[str | None]) -> Refused | None:
    """Snowflake's NTH_VALUE goes no further."""
    if (refused := _counts_from_one(constants)) is not None:
        return refused
    return None if int(constants[-1] or 0) <= 1000 else Refused("not every engine has a place beyond 1000",
                                                                "filter by row_number()")  # fmt: skip


_RANKS = [
    *(_window(f"{name}()", BIGINT, f"CAST({name.upper()}() AS RESULT)", name)
      for name in ("row_number", "rank", "dense_rank")),
    *(_window(f"{name}()", DOUBLE, f"{name.upper()}()", name) for name in ("percent_rank", "cume_dist")),
    _window("ntile(CONSTANT INTEGER)", BIGINT, "CAST(NTILE($1) AS RESULT)", "ntile", check=_counts_from_one),
]  # fmt: skip
# Snowflake's syntax has a distance with a default only, which is NULL by default.
_NEIGHBOURS = [
    _window(f"{name}({parameters})", first, f"{name.upper()}({arguments})", name, "passed",
            snowflake=f"{name.upper()}({in_full})")
    for name in ("lag", "lead")
    for parameters, arguments, in_full in (
        ("ANY", "$1", "$1"),
        ("ANY, CONSTANT INTEGER", "$1, $2", "$1, $2, NULL"),
        ("ANY, CONSTANT INTEGER, ANY", "$1, $2, $3", "$1, $2, $3"),
    )
]  # fmt: skip
_PLACES = [
    *(_window(f"{name}(ANY)", first, f"{name.split('_')[0].upper()}_VALUE($1)", f"{name.split('_')[0]}_value", "passed")
      for name in ("first_value", "last_value", "first", "last")),
    _window("any_value(ANY)", first, "FIRST_VALUE($1) IGNORE NULLS", "first_value", "passed"),
    _window("nth_value(ANY, CONSTANT INTEGER)", first, "NTH_VALUE($1, $2)", "nth_value", "passed", _is_near),
    entry("list(ANY)", list_of, shape="window", rounding="passed",
          spark="CASE WHEN COUNT(1) > 0 THEN TRANSFORM(COLLECT_LIST(STRUCT($1 AS _value)), _row -> _row._value) END",
          snowflake=Refused("Snowflake leaves NULL out of the arrays it collects",
                            "use list() in an aggregate view, which has a way around that")),
]  # fmt: skip
ENTRIES: tuple[Entry, ...] = (*_RANKS, *_NEIGHBOURS, *_PLACES)

UNFRAMED = frozenset({"row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead"})
"""They read the partition, whatever the frame; Spark and Snowflake do not let one be written."""
# Without products and covariances: DuckDB puts parts of a frame together, and these depend on which parts.
_ON_SPARK = frozenset(
    {"avg", "bit_and", "bit_or", "bit_xor", "bool_and", "bool_or", "count", "count_if", "mad", "max", "median", "min",
     "quantile_cont", "quantile_disc", "regr_avgx", "regr_avgy", "regr_sxx", "regr_syy", "sem", "stddev_pop",
     "stddev_samp", "sum", "var_pop", "var_samp"}
)  # fmt: skip
# https://docs.snowflake.com/en/sql-reference/functions-window-syntax; MEDIAN and PERCENTILE_* take no frame, and
# the moments are made of COUNT and SUM.
_ON_SNOWFLAKE = frozenset(
    {"avg", "count", "count_if", "max", "min", "regr_avgx", "regr_avgy", "sem", "stddev_pop",
     "stddev_samp", "sum", "var_pop", "var_samp"}
)  # fmt: skip
VALUES = frozenset({"any_value", "first", "first_value", "last", "last_value", "list", "nth_value"})
"""They depend on the order of the rows in a frame."""
IGNORING_NULLS = frozenset({"first_value", "last_value", "nth_value", "lag", "lead"})
FRAMED: Mapping[Engine, Mapping[Frame, frozenset[str]]] = {
    "spark": {"rows": _ON_SPARK | VALUES, "range": _ON_SPARK | VALUES},
    "snowflake": {"rows": _ON_SNOWFLAKE | VALUES, "range": _ON_SNOWFLAKE},
}
"""By DuckDB's names and without DISTINCT, which neither engine has in a window."""
