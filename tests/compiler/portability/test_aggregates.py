"""Aggregates on DuckDB and on Spark: every entry of the catalogue over groups of values, and those that have an order."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pytest

from portability.both import lowered
from portability.conformance import cases
from portability.grouped import Grouped, types
from portability.pools import KINDS
from skewless.dialects.lowering.core import Unportable
from skewless.dialects.snowflake import Snowflake

CASES = cases(shape="aggregate")
NARROW = {"TINYINT": "INTEGER", "SMALLINT": "INTEGER"}
ORDERS = (
    "{0}, _i", "{0} NULLS FIRST, _i", "{0} DESC NULLS FIRST, _i DESC", "{0} DESC, _i DESC NULLS FIRST",
    "{0} DESC, _i", "{0} NULLS FIRST, _i DESC",
)  # fmt: skip
OWN_ORDERS = ("{0}", "{0} NULLS FIRST", "{0} DESC", "{0} DESC NULLS FIRST")
KEYS = tuple(kind for kind in KINDS if not kind.endswith("[]"))


@pytest.mark.parametrize(("kinds", "texts"), CASES, ids=[",".join(kinds) for kinds, _ in CASES])
def test_spark_gives_duckdb_s_values(grouped: Grouped, kinds: tuple[str, ...], texts: list[str]) -> None:
    filtered = [f"{text} FILTER (WHERE keep)" for text in texts]
    written = [lowered(text, types(kinds))[:2] for text in (*texts, *filtered)]
    assert grouped.differences(kinds, written) == []


@pytest.mark.parametrize(("kinds", "texts"), CASES, ids=[",".join(kinds) for kinds, _ in CASES])
def test_types_are_those_of_duckdb(kinds: tuple[str, ...], texts: list[str]) -> None:
    check_types(kinds, texts)


def check_types(kinds: tuple[str, ...], texts: list[str]) -> None:
    columns = ", ".join(f"NULL::{dtype} AS {name}" for name, dtype in types(kinds).items())
    with duckdb.connect() as connection:
        for text in texts:
            sql, _, dtype = lowered(text, types(kinds))
            (found,) = connection.execute(f"SELECT typeof({sql}) FROM (SELECT {columns})").fetchall()[0]
            assert NARROW.get(found, found) == str(dtype), text


def ordered_texts(kind: str, key: str, orders: Sequence[str] = ORDERS) -> list[str]:
    """Aggregates of `c1` in an order by the key, which is total."""
    names = ["first({0} ORDER BY {1})", "last({0} ORDER BY {1})", "list({0} ORDER BY {1})", "mode({0} ORDER BY {1})"]
    if kind == "VARCHAR":
        names += ["string_agg({0}, '|' ORDER BY {1})", "string_agg({0} ORDER BY {1})"]
    return [name.format("c1", order.format(key)) for name in names for order in orders]


@pytest.mark.parametrize("kind", KINDS)
def test_ordered_aggregates_of_every_type(grouped: Grouped, kind: str) -> None:
    check_ordered(grouped, (kind,), ordered_texts(kind, "t", ORDERS[2:5]))


@pytest.mark.parametrize("key", KEYS)
def test_orders_by_every_type(grouped: Grouped, key: str) -> None:
    check_ordered(grouped, ("VARCHAR", key), ordered_texts("VARCHAR", "c2"))


@pytest.mark.parametrize("kind", KEYS)
def test_ordered_aggregates_of_distinct_values(grouped: Grouped, kind: str) -> None:
    names = ["list(DISTINCT c1 ORDER BY {0})", *(["string_agg(DISTINCT c1, '|' ORDER BY {0})"] * (kind == "VARCHAR"))]
    check_ordered(grouped, (kind,), [name.format(order.format("c1")) for name in names for order in OWN_ORDERS])


def check_ordered(grouped: Grouped, kinds: tuple[str, ...], texts: list[str]) -> None:
    check_types(kinds, texts)
    filtered = [f"{text} FILTER (WHERE keep)" for text in texts]
    written = [lowered(text, types(kinds))[:2] for text in (*texts, *filtered)]
    assert grouped.differences(kinds, written) == []


ON_SNOWFLAKE = {
    "count(*) FILTER (WHERE keep)": "COUNT(CASE WHEN keep THEN 1 END)",
    "count(DISTINCT c1) FILTER (WHERE keep)": "COUNT(DISTINCT CASE WHEN keep THEN c1 END)",
    "max(c1) FILTER (WHERE keep)": "MAX(CASE WHEN keep THEN c1 END)",
    "quantile_cont(c1, 0.9) FILTER (WHERE keep)":
        "PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY CASE WHEN keep THEN CAST(c1 AS DOUBLE) END)",
    "string_agg(c2, ';' ORDER BY t DESC, _i) FILTER (WHERE keep)":
        "CASE WHEN COUNT(CASE WHEN keep THEN c2 END) > 0 THEN LISTAGG(CASE WHEN keep THEN c2 END, ';') "
        "WITHIN GROUP (ORDER BY t DESC NULLS LAST, _i ASC) END",
}  # fmt: skip


@pytest.mark.parametrize("text", ON_SNOWFLAKE)
def test_what_does_not_count_is_null_on_snowflake(text: str) -> None:
    """Snowflake has no FILTER."""
    _, tree, _ = lowered(text, types(("INTEGER", "VARCHAR")), Snowflake())
    assert tree.sql(dialect="snowflake") == ON_SNOWFLAKE[text]


REFUSED = {
    "arg_max(c1, c2)": "last(x ORDER BY y",
    "any_value(c1)": "first(x ORDER BY",
    "first(c1)": "first(x ORDER BY",
    "mode(c1)": "mode(x ORDER BY",
    "mode(DISTINCT c1 ORDER BY c1)": "drop DISTINCT",
    "mode(ln(c1) ORDER BY _i)": "exact everywhere",
    "histogram(c1)": "count each value",
    "skewness(c1)": "upstream",
    "median(c1::DECIMAL(12,2))": "quantile_disc",
    "regr_count(c1, c1)": "count(*)",
    "regr_intercept(c1, c1)": "regr_slope",
    "stddev_samp(DISTINCT c1)": "distinct values",
    "sum(c1 ORDER BY t)": "drop ORDER BY",
    "list(c1 ORDER BY ln(c1), _i)": "exact everywhere",
    "list(DISTINCT c1 ORDER BY t)": "the value itself",
    "max(c1, 3)": "portable: max",
    "string_agg(c2, c2 ORDER BY _i)": "string_agg(x, ','",
    "approx_count_distinct(c1)": "count(DISTINCT x)",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_engines_do_not_share_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(Unportable) as error:
        lowered(text, types(("INTEGER", "VARCHAR")))
    assert error.value.reason
    assert REFUSED[text] in error.value.rewrite
