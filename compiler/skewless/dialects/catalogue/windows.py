"""Functions of windows, and the functions that each engine lets read an explicit frame.

OVER belongs to every window or aggregate call of a template, outside of IGNORE NULLS. The order of the window must be
total wherever a value depends on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from skewless.dialects.catalogue.entry import Engine, Entry, Refused, Result, Rounding, documented, entry, first
from skewless.ground.dtypes import BIGINT, DOUBLE, DataType

Frame = Literal["rows", "range"]
"""`range` is RANGE with an INTERVAL; RANGE from UNBOUNDED PRECEDING to CURRENT ROW is open to whatever ROWS is."""


def _list(types: Sequence[DataType]) -> DataType:
    return DataType(kind="LIST", element=types[0])


def _window(signature: str, result: DataType | Result, sql: str, page: str, rounding: Rounding = "exact") -> Entry:
    return entry(
        signature,
        result,
        spark=sql,
        snowflake=documented(sql, f"functions/{page}"),
        shape="window",
        rounding=rounding,
    )


_RANKS = [
    *(_window(f"{name}()", BIGINT, f"CAST({name.upper()}() AS RESULT)", name)
      for name in ("row_number", "rank", "dense_rank")),
    *(_window(f"{name}()", DOUBLE, f"{name.upper()}()", name) for name in ("percent_rank", "cume_dist")),
    _window("ntile(CONSTANT INTEGER)", BIGINT, "CAST(NTILE($1) AS RESULT)", "ntile"),
]  # fmt: skip
_NEIGHBOURS = [
    _window(f"{name}({parameters})", first, f"{name.upper()}({arguments})", name, "passed")
    for name in ("lag", "lead")
    for parameters, arguments in (
        ("ANY", "$1"),
        ("ANY, CONSTANT INTEGER", "$1, $2"),
        ("ANY, CONSTANT INTEGER, ANY", "$1, $2, $3"),
    )
]
_PLACES = [
    *(_window(f"{name}(ANY)", first, f"{name.split('_')[0].upper()}_VALUE($1)", f"{name.split('_')[0]}_value", "passed")
      for name in ("first_value", "last_value", "first", "last")),
    _window("any_value(ANY)", first, "FIRST_VALUE($1) IGNORE NULLS", "first_value", "passed"),
    _window("nth_value(ANY, CONSTANT INTEGER)", first, "NTH_VALUE($1, $2)", "nth_value", "passed"),
    entry("list(ANY)", _list, shape="window", rounding="passed",
          spark="CASE WHEN COUNT(1) > 0 THEN TRANSFORM(COLLECT_LIST(STRUCT($1 AS _value)), _row -> _row._value) END",
          snowflake=Refused("Snowflake leaves NULL out of the arrays it collects",
                            "use list() in an aggregate view, which has a way around that")),
]  # fmt: skip
ENTRIES: tuple[Entry, ...] = (*_RANKS, *_NEIGHBOURS, *_PLACES)

UNFRAMED = frozenset(
    {"row_number", "rank", "rank_dense", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead"}
)
"""They read the partition, whatever the frame; Spark and Snowflake do not let one be written."""
_ON_SPARK = frozenset(
    {"avg", "bit_and", "bit_or", "bit_xor", "bool_and", "bool_or", "corr", "count", "covar_pop", "covar_samp", "mad",
     "max", "median", "min", "product", "quantile_cont", "quantile_disc", "regr_avgx", "regr_avgy", "regr_count",
     "regr_intercept", "regr_r2", "regr_slope", "regr_sxx", "regr_sxy", "regr_syy", "sem", "stddev_pop",
     "stddev_samp", "sum", "var_pop", "var_samp"}
)  # fmt: skip
# https://docs.snowflake.com/en/sql-reference/functions-window-syntax; MEDIAN and PERCENTILE_* take no frame, and
# the moments are made of COUNT and SUM.
_ON_SNOWFLAKE = frozenset(
    {"avg", "count", "max", "min", "regr_avgx", "regr_avgy", "regr_count", "sem", "stddev_pop", "stddev_samp", "sum",
     "var_pop", "var_samp"}
)  # fmt: skip
_VALUES = frozenset({"any_value", "first", "first_value", "last", "last_value", "nth_value"})
FRAMED: Mapping[Engine, Mapping[Frame, frozenset[str]]] = {
    "spark": {"rows": _ON_SPARK | _VALUES | {"list"}, "range": _ON_SPARK},
    "snowflake": {"rows": _ON_SNOWFLAKE | _VALUES, "range": _ON_SNOWFLAKE},
}
"""By DuckDB's names and without DISTINCT, which neither engine has in a window."""
