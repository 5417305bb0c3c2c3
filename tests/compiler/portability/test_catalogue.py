"""The catalogue against DuckDB and Spark themselves: every entry, on every value at which engines have differed."""

from __future__ import annotations

import duckdb
import pytest
from sqlglot import parse_one

from portability.both import Both, lowered
from portability.conformance import cases, expressions_of, typed
from portability.pools import type_named
from skewless.dialects.catalogue import ENTRIES
from skewless.dialects.catalogue.entry import Refused, Written
from skewless.dialects.lowering.core import Unportable
from skewless.ground.dtypes import DataType

CASES = cases()
_NARROW = {"TINYINT": "INTEGER", "SMALLINT": "INTEGER", '"NULL"': "NULL"}


@pytest.mark.parametrize(("kinds", "texts"), CASES, ids=[",".join(kinds) for kinds, _ in CASES])
def test_spark_gives_duckdb_s_values(both: Both, kinds: tuple[str, ...], texts: list[str]) -> None:
    written = [lowered(text, typed(kinds))[:2] for text in texts]
    assert both.differences(kinds, written) == []


@pytest.mark.parametrize(("kinds", "texts"), CASES, ids=[",".join(kinds) for kinds, _ in CASES])
def test_types_are_those_of_duckdb(kinds: tuple[str, ...], texts: list[str]) -> None:
    columns = ", ".join(f"NULL::{type_named(kind)} AS c{place}" for place, kind in enumerate(kinds, start=1))
    with duckdb.connect() as connection:
        for text in texts:
            sql, _, dtype = lowered(text, typed(kinds))
            (found,) = connection.execute(f"SELECT typeof({sql}) FROM (SELECT {columns})").fetchall()[0]
            assert _NARROW.get(found, found) == str(dtype), text


@pytest.mark.parametrize(
    "text",
    ["2147483647", "2147483648", "-2147483648", "-2147483649", "-(2147483648)", "9223372036854775808",
     "-9223372036854775808", "-9223372036854775809", "1.50", "-1.50", "-0.05", "-00.5", ".5", "1.", "0012.50",
     "-1e3"],
)  # fmt: skip
def test_a_number_has_duckdb_s_type(text: str) -> None:
    sql, _, dtype = lowered(text, {})
    with duckdb.connect() as connection:
        assert connection.execute(f"SELECT typeof({sql})").fetchall() == [(str(dtype),)]


def test_a_null_that_leaves_the_type_open_is_refused() -> None:
    with pytest.raises(Unportable, match=r"round\(NULL, INTEGER\)"):
        lowered("round(NULL, 0)", {})
    assert str(lowered("coalesce(NULL, 1)", {})[2]) == "INTEGER"


def test_every_entry_is_executed() -> None:
    assert [one.signature for one in ENTRIES if not isinstance(one.spark, Refused) and not expressions_of(one)] == []


def test_every_entry_says_something_of_every_engine() -> None:
    for entry in ENTRIES:
        for support in (entry.spark, entry.snowflake):
            if isinstance(support, Refused):
                assert support.reason, entry.signature
                assert support.rewrite, entry.signature
        if isinstance(entry.snowflake, Written):
            assert entry.snowflake.source.startswith("https://docs.snowflake.com/"), entry.signature


@pytest.mark.parametrize("engine", ["spark", "snowflake"])
def test_templates_survive_being_read_and_written(engine: str) -> None:
    """sqlglot reads a template into its tree and writes it back: it must not know better."""
    for entry in ENTRIES:
        support = entry.spark if engine == "spark" else entry.snowflake
        if isinstance(support, Written):
            text = support.sql.replace("$*", "_1, _2").replace("$", "_").replace("RESULT", "INT")
            assert _plain(parse_one(text, dialect=engine).sql(dialect=engine)) == _plain(text), entry.signature


def _plain(text: str) -> str:
    return "".join(text.split()).upper()


def test_an_entry_is_there_once() -> None:
    signatures = [(entry.name, entry.parameters) for entry in ENTRIES]
    assert len(signatures) == len(set(signatures))
    assert all(
        isinstance(entry.result([DataType(kind="DOUBLE")] * 3), DataType) for entry in ENTRIES if not entry.parameters
    )
