"""What is built of several of Snowflake's functions, run on DuckDB, whose functions of these names do what is documented
of Snowflake's for the values that they are given here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from portability.both import lowered
from portability.pools import rows, type_named

from skewless.dialects.snowflake import Snowflake

_MACROS = ("bitand(a, b) AS a & b", "bitor(a, b) AS a | b", "bitxor(a, b) AS xor(a, b)", "to_char(x) AS x::VARCHAR")
_ONE = (
    "floor(c1)", "ceil(c1)", "round(c1)", "trunc(c1)", "sqrt(c1)", "ln(c1)", "log10(c1)", "log2(c1)", "exp(c1)",
    "cbrt(c1)", "atan(c1)", "degrees(c1)", "radians(c1)", "isnan(c1)", "isinf(c1)", "isfinite(c1)",
)  # fmt: skip
_BITS = ("c1 & c2", "c1 | c2", "xor(c1, c2)")
CASES = [
    *(((kind,), text) for kind in ("DOUBLE",) for text in (*_ONE, "c1::INTEGER")),
    *((("DOUBLE", "DOUBLE"), text) for text in ("c1 // c2", "log(c1, c2)")),
    *(((kind, kind), text) for kind in ("INTEGER", "BIGINT") for text in _BITS),
    *(((kind,), "~c1") for kind in ("INTEGER", "BIGINT")),
    (("INTEGER", "INTEGER"), "c1 // c2"),
    *((("DATE",), f"{part}(c1)") for part in ("decade", "century", "millennium")),
    *(((kind,), "c1::DECIMAL(12, 1)") for kind in ("DECIMAL(12,2)", "DECIMAL(18,6)")),
    *(((kind,), "c1::INTEGER") for kind in ("DECIMAL(12,2)", "DECIMAL(18,6)")),
]


@pytest.mark.parametrize(("kinds", "text"), CASES, ids=[f"{','.join(kinds)} {text}" for kinds, text in CASES])
def test_it_is_duckdb_s_value(kinds: Sequence[str], text: str) -> None:
    types = {f"c{place}": type_named(kind) for place, kind in enumerate(kinds, start=1)}
    own, _, _ = lowered(text, types)
    there = lowered(text, types, Snowflake())[1].sql(dialect="snowflake")
    columns = ", ".join(f"?::{kind} AS c{place}" for place, kind in enumerate(kinds, start=1))
    with duckdb.connect() as connection:
        for macro in _MACROS:
            connection.execute(f"CREATE MACRO {macro}")
        for row in rows(tuple(kinds)):
            wanted = _value(connection, f"SELECT {own} FROM (SELECT {columns})", row)
            if wanted is not duckdb.Error:
                assert _same(wanted, _value(connection, f"SELECT {there} FROM (SELECT {columns})", row)), row


def test_a_power_is_duckdb_s_or_stops_the_query() -> None:
    types = {"c1": type_named("DOUBLE"), "c2": type_named("DOUBLE")}
    own, there = "power(c1, c2)", lowered("power(c1, c2)", types, Snowflake())[1].sql(dialect="snowflake")
    with duckdb.connect() as connection:
        for macro in _MACROS:
            connection.execute(f"CREATE MACRO {macro}")
        for row in rows(("DOUBLE", "DOUBLE")):
            wanted, found = (
                _value(connection, f"SELECT {sql} FROM (SELECT ?::DOUBLE AS c1, ?::DOUBLE AS c2)", row)
                for sql in (own, there)
            )
            is_said = all(one is None or not math.isinf(one) for one in row) and (row[0] != 0 or (row[1] or 0) >= 0)
            assert _same(wanted, found) or (found is duckdb.Error and not is_said), row


def test_a_quotient_that_is_nearly_whole_is_cut() -> None:
    """Snowflake's division rounds 2999999 / 3000000 to 1.000000."""
    tree = lowered("c1 // c2", dict.fromkeys(("c1", "c2"), type_named("INTEGER")), Snowflake())[1]
    assert tree.sql(dialect="snowflake") == (
        "CAST((c1 - c1 % NULLIF(c2, 0)) / NULLIF(c2, 0) AS DECIMAL(10, 0))"
    )  # fmt: skip


def test_a_pattern_for_the_whole_text_is_one_group() -> None:
    """The ends of `^a|b$` are not those of both choices."""
    tree = lowered("regexp_full_match(c1, 'a|b')", {"c1": type_named("VARCHAR")}, Snowflake())[1]
    sql = tree.sql(dialect="snowflake")
    assert sql.startswith("REGEXP_LIKE(c1, CONCAT('(', ")
    assert sql.endswith(", ')'))")


def _value(connection: duckdb.DuckDBPyConnection, sql: str, row: Sequence[Any]) -> Any:
    try:
        (found,) = connection.execute(sql, list(row)).fetchall()[0]
    except duckdb.Error:
        return duckdb.Error
    return float(found) if isinstance(found, Decimal | int) and not isinstance(found, bool) else found


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return (math.isnan(one) and math.isnan(other)) or math.isclose(one, other, rel_tol=1e-14, abs_tol=5e-324)
    return bool(one == other and type(one) is type(other))
