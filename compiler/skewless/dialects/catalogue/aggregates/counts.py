"""Counts, sums and averages."""

from __future__ import annotations

from collections.abc import Sequence

from skewless.dialects.catalogue.aggregates.forms import FLOATING, LISTS, SCALARS, UPSTREAM, alike
from skewless.dialects.catalogue.entry import Entry, Result, Rounding, Support, documented, entry
from skewless.dialects.promotion import decimal
from skewless.ground.dtypes import BIGINT, DOUBLE, HUGEINT, DataType


def _distinct_on_snowflake(name: str) -> Support:
    # Adding 0 makes -0.0 what it equals.
    return documented(f"COUNT(DISTINCT $1{' + 0' if name in FLOATING else ''})", "functions/count")


_COUNTS = [
    alike("count()", BIGINT, "COUNT(*)", "count"),
    alike("count(ANY)", BIGINT, "COUNT($1)", "count", "dropped"),
    *(entry(f"count distinct({name})", BIGINT, spark="COUNT(DISTINCT $1)", snowflake=_distinct_on_snowflake(name),
            shape="aggregate") for name in SCALARS),
    entry("count distinct(ANY[])", BIGINT, spark="COUNT(DISTINCT $1)", snowflake=LISTS, shape="aggregate"),
    alike("count_if(BOOLEAN)", HUGEINT, "CAST(SUM(CAST($1 AS INT)) AS RESULT)", "sum"),
]  # fmt: skip


def _sum(distinct: str) -> list[Entry]:
    """Whole numbers are added as decimals where they could leave 64 bits."""
    name, word = f"sum{distinct.lower()}", distinct.strip() + " " if distinct else ""
    plain = f"CAST(SUM({word}$1) AS RESULT)"
    wide = f"CAST(SUM({word}CAST($1 AS DECIMAL(20, 0))) AS RESULT)"
    page = "functions/sum"
    rows: list[tuple[str, DataType | Result, str, str, Rounding]] = [
        ("BOOLEAN", HUGEINT, f"CAST(SUM({word}CAST($1 AS INT)) AS RESULT)",
         f"CAST(SUM({word}CAST($1 AS INT)) AS RESULT)", "exact"),
        ("INTEGER", HUGEINT, plain, plain, "exact"),
        ("BIGINT", HUGEINT, wide, plain, "exact"),
        ("HUGEINT", HUGEINT, plain, plain, "exact"),
        ("DECIMAL", _summed, plain, plain, "exact"),
        ("DOUBLE", DOUBLE, f"SUM({word}$1)", f"SUM({word}$1)", "own"),
    ]  # fmt: skip
    return [
        entry(f"{name}({of})", result, spark=spark, snowflake=documented(snowflake, page), shape="aggregate",
              rounding=rounding)
        for of, result, spark, snowflake, rounding in rows
    ]  # fmt: skip


def _summed(types: Sequence[DataType]) -> DataType:
    return decimal(38, types[0].scale)


def _avg(distinct: str) -> list[Entry]:
    """The exact sum over the count: engines that average decimals by themselves cut the digits off."""
    name, word = f"avg{distinct.lower()}", distinct.strip() + " " if distinct else ""

    def of(argument: str) -> str:
        return f"CAST(SUM({word}{argument}) AS DOUBLE) / NULLIF(COUNT({word}$1), 0)"

    wide = "CAST($1 AS DECIMAL(20, 0))"
    page = "functions/sum"
    return [
        entry(f"{name}(INTEGER)", DOUBLE, spark=of("$1"), snowflake=documented(of("$1"), page), shape="aggregate"),
        *(entry(f"{name}({kind})", DOUBLE, spark=of(wide if kind == "BIGINT" else "$1"),
                snowflake=documented(of("$1"), page), shape="aggregate", rounding="own")
          for kind in ("BIGINT", "HUGEINT", "DECIMAL")),
        entry(f"{name}(DOUBLE)", DOUBLE, spark=f"AVG({word}$1)",
              snowflake=documented(f"AVG({word}$1)", "functions/avg"), shape="aggregate", rounding="own"),
    ]  # fmt: skip


_PRODUCT = entry(
    "product(DOUBLE)", DOUBLE, snowflake=UPSTREAM, shape="aggregate", rounding="own",
    spark="CASE WHEN COUNT($1) > 0 THEN AGGREGATE(COLLECT_LIST($1), CAST(1 AS DOUBLE), (_a, _x) -> _a * _x) END",
)  # fmt: skip
_SHARE = "SIZE(FILTER(_all, _one -> _one IS NOT DISTINCT FROM _value)) / SIZE(_all)"
# An array of one array, so that the values are collected once.
_ENTROPY = entry(
    "entropy(ANY)", DOUBLE, snowflake=UPSTREAM, shape="aggregate", rounding="own",
    spark="GET(TRANSFORM(ARRAY(COLLECT_LIST($1)), _all -> AGGREGATE(ARRAY_DISTINCT(_all), CAST(0 AS DOUBLE), "
          f"(_sum, _value) -> _sum - {_SHARE} * LOG(2, {_SHARE}))), 0)",
)  # fmt: skip

ENTRIES: tuple[Entry, ...] = (
    *_COUNTS,
    *_sum(""),
    *_sum(" DISTINCT"),
    *_avg(""),
    *_avg(" DISTINCT"),
    _PRODUCT,
    _ENTROPY,
)
