"""Aggregates on DuckDB and on Spark: every entry of the catalogue over groups of values, and those that have an order."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pytest

from portability.both import lowered
from portability.conformance import cases
from portability.grouped import Grouped, types
from portability.pools import KINDS

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
    names = ["first({0} ORDER BY {1})", "last({0} ORDER BY {1})", "list({0} ORDER BY {1})"]
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
