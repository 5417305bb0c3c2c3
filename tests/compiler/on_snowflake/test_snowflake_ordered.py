"""First and last in an order on Snowflake: the text of several keys sorts as DuckDB sorts the keys."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from sqlglot import exp, parse_one

from skewless.dialects.emit import emit
from skewless.dialects.lowering.core import ColumnType, Unportable
from skewless.dialects.snowflake import Snowflake
from skewless.dialects.statements import Statement
from skewless.ground.dtypes import DataType

from .grammar import unparsable

VALUES: dict[str, list[Any]] = {
    "f boolean": [True, False],
    "i integer": [0, 1, -1, 9, 10, 2**31 - 1, -(2**31)],
    "b bigint": [0, -1, 7, 70, 2**63 - 1, -(2**63)],
    "n decimal(12,2)": [Decimal(text) for text in ("0", "0.01", "-0.01", "2.5", "10", "9999999999.99", "-9999999999.99")],
    "d date": [dt.date(1, 1, 1), dt.date(1969, 12, 31), dt.date(1970, 1, 1), dt.date(9999, 12, 31)],
    "t timestamp": [
        dt.datetime(1, 1, 1), dt.datetime(1969, 12, 31, 23, 59, 59, 999999), dt.datetime(1970, 1, 1),
        dt.datetime(2026, 3, 1), dt.datetime(2026, 3, 1, 0, 0, 0, 1), dt.datetime(9999, 12, 31, 23, 59, 59),
    ],
    "s varchar": ["", "a", "ab", "abc", "b", "A", " ", "~", "\t", "é", "e\u0301", "z", "日本", "\U0001f600", "\uffff"],
}  # fmt: skip
NAMES = [declared.split()[0] for declared in VALUES]
ORDERS = [f"{way}{nulls}" for way in ("", " DESC") for nulls in (" NULLS FIRST", " NULLS LAST")]
SCHEMA = {
    "v": ColumnType(DataType.parse("bigint")),
    "g": ColumnType(DataType.parse("bigint")),
    "x": ColumnType(DataType.parse("double")),
    **{name: ColumnType(DataType.parse(dtype)) for name, dtype in (declared.split() for declared in VALUES)},
}


def lowered(text: str) -> exp.Query:
    return Statement(Snowflake(), lambda _: SCHEMA).query(parse_one(text, dialect="duckdb"))[0]


def as_duckdb(text: str) -> str:
    """Snowflake's text in DuckDB's spelling; its whole numbers have 38 digits there."""
    return lowered(text).sql(dialect="duckdb").replace("EPOCH_US(", "wide_epoch(")


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    dice = random.Random(11)
    with duckdb.connect() as connection:
        declared = [one.replace("integer", "hugeint").replace("bigint", "hugeint") for one in VALUES]
        connection.execute(f"CREATE TABLE r (v BIGINT, g BIGINT, x DOUBLE, {', '.join(declared)})")
        connection.execute("CREATE MACRO wide_epoch(moment) AS CAST(epoch_us(moment) AS HUGEINT)")
        for number in range(600):
            row = [number, number % 40, 1.0, *(dice.choice([None, *values]) for values in VALUES.values())]
            connection.execute(f"INSERT INTO r VALUES ({', '.join('?' * len(row))})", row)
        yield connection


def orders() -> Iterator[str]:
    """Each key by itself, with another before it, and all of them; ties end at `v`."""
    for name, order in itertools.product(NAMES, ORDERS):
        yield f"{name}{order}, v"
    for (left, right), order in itertools.product(itertools.permutations(NAMES, 2), ORDERS[1:3]):
        yield f"{left}{order}, {right}, v DESC"
    yield ", ".join([f"{name} DESC" for name in NAMES] + ["v"])


@pytest.mark.parametrize("name", ["first", "last"])
def test_the_first_and_the_last_row_are_duckdb_s(duck: duckdb.DuckDBPyConnection, name: str) -> None:
    for order in orders():
        text = f"SELECT g, {name}(v ORDER BY {order}) FILTER (WHERE f IS NOT NULL) AS l FROM r GROUP BY g ORDER BY g"
        expected = duck.execute(text).fetchall()
        assert duck.execute(as_duckdb(text)).fetchall() == expected, order


def test_the_value_may_be_null() -> None:
    text = emit(
        lowered("SELECT last(i ORDER BY v DESC NULLS LAST) FILTER (WHERE f) AS l FROM r"), "snowflake", pretty=False
    )
    key = "CASE WHEN (\"v\") IS NULL THEN '2' ELSE '1' || LPAD(TO_CHAR(9223372036854775807 - \"v\"), 20, '0') END"
    assert text == f'SELECT MAX_BY("i", CASE WHEN "f" THEN {key} END) AS "l" FROM "r"'
    assert unparsable(text) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("last(v ORDER BY x, v)", "a DOUBLE has none that sorts"),
        ("first(v ORDER BY CAST(n AS DECIMAL(38, 2)))", "a DECIMAL(38,2) has none that sorts"),
        ("list(i ORDER BY v)", "leaves NULL out"),
        ("list(DISTINCT i ORDER BY i)", "leaves NULL out"),
        ("mode(i ORDER BY v)", "equally frequent"),
        ("string_agg(DISTINCT s, ',' ORDER BY s)", "of distinct values"),
    ],
)
def test_what_has_no_form_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Unportable) as error:
        lowered(f"SELECT {text} AS l FROM r")
    assert reason in error.value.reason
    assert error.value.rewrite
