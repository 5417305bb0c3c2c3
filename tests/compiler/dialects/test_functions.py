"""What the compiler believes of DuckDB's functions is what the pinned DuckDB says."""

from __future__ import annotations

import duckdb
import pytest
import sqlglot

from skewless.dialects import functions
from skewless.dialects.emit import emit


def test_every_aggregate_of_duckdb_is_known() -> None:
    found = duckdb.sql("SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'aggregate'")
    assert {name for (name,) in found.fetchall()} == set(functions.AGGREGATES)


def test_every_function_that_may_differ_between_calls_is_refused() -> None:
    found = duckdb.sql("SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability <> 'CONSISTENT'")
    volatile = {name for (name,) in found.fetchall()}
    assert volatile <= functions.NONDETERMINISTIC_FUNCTIONS, volatile - functions.NONDETERMINISTIC_FUNCTIONS


def test_every_macro_that_reads_the_clock_is_refused() -> None:
    found = duckdb.sql("SELECT function_name, macro_definition FROM duckdb_functions() WHERE function_type = 'macro'")
    words = ("now(", "today(", "current_", "random(", "uuid(", "getvariable(")
    reads = {name for name, definition in found.fetchall() if any(word in str(definition).lower() for word in words)}
    assert reads
    assert reads <= functions.NONDETERMINISTIC_FUNCTIONS, reads - functions.NONDETERMINISTIC_FUNCTIONS


@pytest.mark.parametrize("name", sorted(functions.NONDETERMINISTIC_FUNCTIONS))
def test_a_nondeterministic_function_is_recognised_as_a_call(name: str) -> None:
    tree = sqlglot.parse_one(f"SELECT {name}()", dialect="duckdb")
    assert any(functions.nondeterministic(node) for node in tree.walk()), repr(tree)


@pytest.mark.parametrize("name", sorted(functions.AGGREGATES - functions.INTERNAL_AGGREGATES - {"count_star"}))
def test_an_aggregate_is_recognised_whatever_node_it_becomes(name: str) -> None:
    try:
        tree = sqlglot.parse_one(f"SELECT {name}(x)", dialect="duckdb")
    except sqlglot.ParseError:
        tree = sqlglot.parse_one(f"SELECT {name}(x, y)", dialect="duckdb")
    assert any(functions.aggregate_order(node) for node in tree.walk()), repr(tree)


ROUND_TRIPS = [
    "hour(t)", "isodow(t)", "dayofweek(t)", "week(t)", "epoch(t)", "strftime(t, '%Y-%m')", "list_value(1, 2)[1]",
    "list_value(1, 2)[-1]", "len('abc')", "'{\"a\": 1}' ->> '$.a'", "regexp_matches('abc', 'b')", "'abc' ~ 'b'",
    "split_part('a,b', ',', 2)", "substring('hello', 0, 2)", "trunc(x)", "greatest(1, NULL, 3)", "'abc' ilike 'A%'",
    "x IS NOT DISTINCT FROM y", "coalesce(NULL, x)", "CASE WHEN x > 1 THEN 'a' ELSE 'b' END", "x IN (1, 2)", "x ** 2",
    "date '2020-02-29' + INTERVAL 1 YEAR", "x::DECIMAL(10, 2)", "time_bucket(INTERVAL 1 HOUR, t)", "md5('a')", "hash('a')",
    "concat_ws('-', 'a', NULL, 'b')", "round(x, 1)", "'a' || 'b'", "levenshtein('a', 'b')", "try_cast('x' AS INTEGER)",
    "nullif(x, y)", "date_diff('day', t, t + INTERVAL 36 HOUR)", "date_sub('hour', t, t + INTERVAL 90 MINUTE)",
    "list_transform([1, 2], lambda q: q + 1)", "list_sum([1, 2])", "date_trunc('month', t)", "last_day(t)", "-x ** 2",
    "NOT x = y", "x BETWEEN 1 AND 2 + 1", "ascii('é')", "lpad('a', 3, 'x')", "(t AT TIME ZONE 'America/New_York')::VARCHAR",
    "extract(quarter FROM t)", "make_timestamp(2020, 1, 2, 3, 4, 5.5)", "bit_count(7)", "y & 3", "xor(5, 3)", "~5",
    "if(x > 1, 'a', 'b')", "ifnull(NULL, 3)", "list_contains([1, 2], 2)", "array_length([1, 2])", "contains('abc', 'b')",
    "starts_with('abc', 'a')", "reverse('abc')", "strpos('hello', 'l')", "left('hello', -1)", "right('hello', 2)",
    "json_extract_string('{\"a\": \"b\"}', '$.a')", "isnan(x)", "isfinite(x)", "sign(-x)", "pi()", "degrees(x)", "exp(x)",
    "cbrt(27)", "unicode('é')", "chr(233)", "to_days(2)", "age(t, timestamp '2019-01-01')",
]  # fmt: skip


@pytest.mark.parametrize("text", ROUND_TRIPS)
def test_what_is_emitted_means_what_was_written(text: str) -> None:
    query = f"SELECT {text} AS value FROM (SELECT 2.5::DOUBLE AS x, 2::INTEGER AS y, TIMESTAMP '2020-05-06 07:08:09.5' AS t)"
    emitted = emit(sqlglot.parse_one(query, dialect="duckdb"))
    assert duckdb.sql(emitted).fetchall() == duckdb.sql(query).fetchall(), emitted


STRICTER = {
    "7 / 2": 3.5, "1 / 0": None, "0.0::DOUBLE / 0": None, "1::FLOAT / 3::FLOAT": 1 / 3, "7 % 0": None, "-7 % 3": -1,
    "7 // 0": None, "-7 // 2": -3, "-7.5::DOUBLE // 2": -3.0, "5.5 // 2": 2.0, "1.0::DOUBLE // 0": None, "ln(0)": None,
    "ln(-1.0)": None, "ln(1)": 0.0, "log(-1)": None, "log(100)": 2.0, "log10(0)": None, "log2(8)": 3.0, "log2(-8)": None,
    "log(2, 8)": 3.0, "log(1, 8)": None, "log(2, 0)": None, "sqrt(-1)": None, "sqrt(0)": 0.0, "sqrt(4)": 2.0,
    "round(2.5::DOUBLE)": 3.0, "round(-2.5::DOUBLE)": -3.0, "round(0.125::DOUBLE, 2)": 0.13, "2.5::DOUBLE::INTEGER": 2,
    "3.5::DOUBLE::INTEGER": 4, "-2.5::DOUBLE::BIGINT": -2, "greatest(1, NULL, 3)": 3, "least(2, NULL)": 2,
    "concat('a', NULL, 'b')": "ab", "'a' < 'B'": False, "length('🤦🏼‍♂️')": 5, "'NaN'::DOUBLE = 'NaN'::DOUBLE": True,
    "'NaN'::DOUBLE > 'Infinity'::DOUBLE": True, "date_diff('week', TIMESTAMP '2026-01-03', TIMESTAMP '2026-01-05')": 1,
    "date_diff('week', TIMESTAMP '2026-01-05', TIMESTAMP '2026-01-11 23:59:59')": 0,
    "2 * date_diff('week', TIMESTAMP '2026-01-01', TIMESTAMP '2026-01-22')": 6,
    "date_diff('week', TIMESTAMP '2026-01-05', TIMESTAMP '2026-01-03')": -1,
    "date_diff('hour', TIMESTAMP '2026-01-01 00:59:00', TIMESTAMP '2026-01-01 01:01:00')": 1,
    "isodow(DATE '2026-01-04')": 7, "week(DATE '2026-01-01')": 1, "regexp_replace('aabb', 'a', 'x')": "xabb",
    "regexp_replace('aabb', 'a', 'x', 'g')": "xxbb", "'abc' ~ 'b'": True, "1 + 2 / 4": 1.5, "8 / 4 / 2": 1.0,
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), STRICTER.items())
def test_a_value_is_what_the_semantics_say(text: str, value: object) -> None:
    emitted = emit(sqlglot.parse_one(f"SELECT {text} AS value", dialect="duckdb"))
    assert duckdb.sql(emitted).fetchall() == [(value,)], emitted


@pytest.mark.parametrize("text", ["7 / 2", "7 // 2", "ln(2)", "date_diff('week', t, t)", "(a + b) / c / d"])
def test_emitting_leaves_the_tree_as_it_was(text: str) -> None:
    tree = sqlglot.parse_one(f"SELECT {text}", dialect="duckdb")
    before = repr(tree)
    emit(tree)
    assert repr(tree) == before
