"""Joins and names in Snowflake's SQL. Its as-of join is read as the documentation says, and run on DuckDB."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from sqlglot import exp, parse_one

from skewless.contract.ir import Field, SourceTable
from skewless.contract.names import column, table
from skewless.dialects.emit import emit
from skewless.dialects.lowering.core import ColumnType, Unportable
from skewless.dialects.relations import NATIVE, Schema
from skewless.dialects.snowflake import Snowflake
from skewless.dialects.statements import Statement
from skewless.engines.snowflake_names import duckdb_name, own_name, shown_name, spelled_in
from skewless.engines.snowflake_tables import relation
from skewless.ground.dtypes import BIGINT, DATE, DOUBLE, TIMESTAMP, VARCHAR, DataType
from skewless.ground.durations import Duration
from skewless.ground.errors import DataError

from .grammar import unparsable

COLUMNS = {
    "l": {"id": BIGINT, "k": BIGINT, "d": DATE, "at": TIMESTAMP},
    "r": {"k": BIGINT, "t": TIMESTAMP, "v": VARCHAR},
    "s": {"k": BIGINT, "t": TIMESTAMP, "w": BIGINT},
}
RELATIONS: dict[str, Schema] = {
    name: {column: ColumnType(dtype) for column, dtype in columns.items()} for name, columns in COLUMNS.items()
}
ASOF = {
    "left": 'SELECT l.id, r.v FROM l ASOF LEFT JOIN r ON l.k = r.k AND l."at" >= r.t',
    "inner": 'SELECT l.id, r.v FROM l ASOF JOIN r ON l.k = r.k AND l."at" >= r.t WHERE l.id > 3 OR l.id < 2',
    "a computed time": "SELECT l.id, r.v FROM l ASOF LEFT JOIN r ON l.k = r.k AND CAST(l.d AS TIMESTAMP) >= r.t",
    "two": """
        SELECT l.id, r.v, s.w FROM l ASOF LEFT JOIN r ON l.k = r.k AND l."at" >= r.t
        ASOF JOIN s ON l.k = s.k AND CAST(l.d AS TIMESTAMP) >= s.t
    """,
    "after a join": """
        SELECT l.id, r.v, s.w FROM l JOIN s ON l.k = s.k ASOF LEFT JOIN r ON s.k = r.k AND s.t >= r.t
    """,
}
PICKS = {
    "left": """
        SELECT l.id, p.v FROM l LEFT JOIN LATERAL (
            SELECT r.v FROM r WHERE r.k = l.k AND r.t <= l."at" ORDER BY r.t DESC NULLS LAST, r.v DESC NULLS LAST LIMIT 1
        ) AS p ON TRUE
    """,
    "inner": """
        SELECT l.id, p.v FROM l JOIN LATERAL (
            SELECT r.v FROM r WHERE r.k = l.k AND (r.v IS NULL OR r.t <= l."at")
                AND r.t < CAST(l.d AS TIMESTAMP) ORDER BY r.t DESC NULLS LAST, r.v DESC NULLS LAST LIMIT 1
        ) AS p ON TRUE
    """,
    "of two relations": """
        SELECT l.id, s.w, p.v FROM l JOIN s ON l.k = s.k LEFT JOIN LATERAL (
            SELECT r.v FROM r WHERE r.k = l.k AND r.t <= s.t ORDER BY r.t DESC NULLS LAST, r.v DESC NULLS LAST LIMIT 1
        ) AS p ON TRUE
    """,
}


def lowered(text: str) -> exp.Query:
    return Statement(Snowflake(), lambda table: RELATIONS.get(table.name)).query(parse_one(text, dialect="duckdb"))[0]


def as_duckdb(tree: exp.Query) -> str:
    """Snowflake's statement in DuckDB's spelling of what Snowflake documents."""
    for join in tree.find_all(exp.Join):
        if (match := join.args.pop("match_condition", None)) is not None:
            join.set("on", exp.and_(join.args["on"], match))
            join.set("side", "LEFT")  # rows without a match are padded
    return tree.sql(dialect="duckdb")


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    """Random rows: NULL among keys and times, ties between the sides, right rows unique by key and time."""
    dice = random.Random(7)
    with duckdb.connect() as connection:
        for name, schema in COLUMNS.items():
            columns = ", ".join(f'"{column}" {dtype}' for column, dtype in schema.items())
            connection.execute(f"CREATE TABLE {name} ({columns})")
            seen: set[tuple[Any, ...]] = set()
            for number in range(120):
                row = _row(dice, name, number)
                if name == "l" or row[:2] not in seen:
                    connection.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(row))})", list(row))
                seen.add(row[:2])
        yield connection


def _row(dice: random.Random, name: str, number: int) -> tuple[Any, ...]:
    key = dice.choice([None, 1, 2, 3, 4])
    moment = dice.choice([None, *(dt.datetime(2026, 1, 1) + dt.timedelta(hours=12 * step) for step in range(20))])
    if name == "l":
        return number, key, dice.choice([None, dt.date(2026, 1, 1 + number % 10)]), moment
    return key, moment, dice.choice([None, "a", "b", "c"]) if name == "r" else number


@pytest.mark.parametrize("text", [*ASOF.values(), *PICKS.values()], ids=[*ASOF, *(f"pick {name}" for name in PICKS)])
def test_a_join_has_duckdb_s_rows(duck: duckdb.DuckDBPyConnection, text: str) -> None:
    expected = Counter(duck.execute(text).fetchall())
    assert Counter(duck.execute(as_duckdb(lowered(text))).fetchall()) == expected
    assert sum(expected.values()) > 10


@pytest.mark.parametrize("text", [*ASOF.values(), *PICKS.values()], ids=[*ASOF, *(f"pick {name}" for name in PICKS)])
def test_a_join_is_in_snowflake_s_grammar(text: str) -> None:
    written = emit(lowered(text), "snowflake")
    assert unparsable(written) == []
    assert "LIMIT" not in written
    assert "LATERAL" not in written


def test_a_match_condition_compares_columns() -> None:
    written = emit(lowered(ASOF["a computed time"]), "snowflake", pretty=False)
    assert 'MATCH_CONDITION ("l"."_match_r" >= "r"."t")' in written


def test_the_right_side_is_cut_to_the_keys_of_the_left() -> None:
    written = emit(lowered(ASOF["left"]), "snowflake", pretty=False)
    assert 'ASOF JOIN (SELECT "r".* FROM "r" WHERE "r"."k" IN (SELECT "l"."k" FROM "l")) AS "r"' in written


def test_an_as_of_join_without_a_key_is_refused() -> None:
    with pytest.raises(Unportable):
        lowered('SELECT l.id FROM l ASOF LEFT JOIN r ON l."at" >= r.t')


def series_of_hours() -> exp.Select:
    """As `codegen/ticks.py` writes it."""
    parts = [parse_one(text, dialect="duckdb") for text in ("CAST(l.d AS TIMESTAMP)", 'l."at"', "INTERVAL '5' HOUR")]
    rows = exp.Anonymous(this="UNNEST", expressions=[exp.Anonymous(this="GENERATE_SERIES", expressions=parts)])
    return exp.Select(
        expressions=[column("k", "l"), exp.Alias(this=rows, alias=exp.to_identifier("t"))],
        from_=exp.From(this=table("l")),
        distinct=exp.Distinct(),
    )


def test_a_series_has_duckdb_s_rows(duck: duckdb.DuckDBPyConnection) -> None:
    """Snowflake's functions are read as they are documented: FLATTEN makes a row of each element."""
    tree, schema = Statement(Snowflake(), lambda _: RELATIONS["l"]).query(series_of_hours())
    assert schema == {"k": ColumnType(BIGINT), "t": ColumnType(TIMESTAMP)}
    written = emit(tree, "snowflake", pretty=False)
    assert unparsable(written) == []
    expected = Counter(duck.execute(emit(series_of_hours())).fetchall())
    assert Counter(duck.execute(_flattened(written)).fetchall()) == expected
    assert len(expected) > 10


def _flattened(text: str) -> str:
    """Snowflake's text in DuckDB's words."""
    for snowflake, duck in (
        ("TIMESTAMP_NTZ(6)", "TIMESTAMP"),
        ("DATEDIFF(MICROSECOND", "DATEDIFF('microsecond'"),
        ("LATERAL FLATTEN(INPUT => ARRAY_GENERATE_RANGE(0, ", "(SELECT UNNEST(RANGE(0, CAST("),
        (')) AS "_ticks"', ' AS BIGINT))) AS "VALUE") AS "_ticks"'),
    ):
        assert snowflake in text
        text = text.replace(snowflake, duck)
    return re.sub(r"DATEADD\(MICROSECOND, (.*?), (CAST\(.*?\))\)", r"(\2 + TO_MICROSECONDS(CAST(\1 AS BIGINT)))", text)


def test_names_are_quoted_as_they_are() -> None:
    written = emit(lowered('SELECT l.id AS "Id", l."at" FROM l WHERE l.k > 3'), "snowflake", pretty=False)
    assert written.startswith('SELECT "l"."id" AS "Id", "l"."at" FROM "l" WHERE "l"."k" > ')


def test_named_windows_are_written_out_where_they_are_used() -> None:
    """Snowflake has no WINDOW clause: https://docs.snowflake.com/en/sql-reference/sql/select."""
    text = "SELECT SUM(k) OVER w AS a FROM l WINDOW w AS (PARTITION BY id ORDER BY d NULLS LAST)"
    written = emit(parse_one(text, dialect="duckdb"), "snowflake", pretty=False)
    assert written == 'SELECT SUM("k") OVER (PARTITION BY "id" ORDER BY "d") AS "a" FROM "l"'


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("NUMBER(9,0)", "INTEGER"), ("NUMBER(18,0)", "BIGINT"), ("NUMBER(38,0)", "HUGEINT"),
        ("NUMBER(12,2)", "DECIMAL(12,2)"), ("FLOAT", "DOUBLE"), ("VARCHAR(16777216)", "VARCHAR"),
        ("VARCHAR(10) COLLATE 'en-ci'", "VARCHAR"), ("BOOLEAN", "BOOLEAN"), ("DATE", "DATE"),
        ("TIMESTAMP_NTZ(6)", "TIMESTAMP"), ("TIMESTAMP_NTZ(9)", "TIMESTAMP_NS"),
        ("TIMESTAMP_TZ(9)", "TIMESTAMP_NS WITH TIME ZONE"), ("TIMESTAMP_LTZ(3)", "TIMESTAMP WITH TIME ZONE"),
        ("ARRAY", "ARRAY"), ("VARIANT", "VARIANT"), ("BINARY(8388608)", "BLOB"),
    ],
)  # fmt: skip
def test_types_have_duckdb_s_names(kind: str, name: str) -> None:
    assert duckdb_name(kind) == name


def test_names_of_the_user_are_capitals_where_nothing_is_quoted() -> None:
    spelled = ["user_id", "UserId", "user id", '"user_id"', 'say "x"']
    assert [own_name(name).name for name in spelled] == ["USER_ID", "USERID", "user id", "user_id", 'say "x"']
    assert [shown_name(name) for name in ("USER_ID", "UserId", "USER ID")] == ["user_id", "UserId", "USER ID"]


@pytest.mark.parametrize(
    ("there", "found"),
    [(["ID"], "ID"), (["id", "ID"], "id"), (["Id"], "Id"), (["Id", "iD"], None), (["other"], None)],
)
def test_a_column_is_found_in_its_spelling(there: list[str], found: str | None) -> None:
    assert spelled_in(there, "id") == found


def source(**columns: str) -> SourceTable:
    return SourceTable(
        name="shop.sales", database="prod", schema="raw", identifier="sales", path=None,
        columns=tuple(Field(name=name, dtype=DataType.parse(kind)) for name, kind in columns.items()),
        event_time=None, known_at=None, delay=Duration(0), primary_key=(), append_only=False, tie_break=(),
        deleted=None, inclusive=False,
    )  # fmt: skip


def test_a_table_that_was_not_looked_at_is_read_in_capitals() -> None:
    assert emit(relation(source(id="bigint", seen="timestamp")), "snowflake", pretty=False) == (
        '(SELECT "ID" AS "id", CAST(DATE_TRUNC(\'MICROSECOND\', "SEEN") AS TIMESTAMP_NTZ(6)) AS "seen" '
        'FROM "PROD"."RAW"."SALES") AS "source"'
    )


def test_moments_are_floored_and_zones_are_taken_to_utc() -> None:
    read = relation(source(a="timestamp", b="timestamp"), {"A": "TIMESTAMP_TZ(9)", "b": "TIMESTAMP_NTZ(3)"})
    written = emit(read, "snowflake", pretty=False)
    assert "DATE_TRUNC('MICROSECOND', CONVERT_TIMEZONE('UTC', \"A\"))" in written
    assert "DATE_TRUNC('MICROSECOND', \"b\")" in written
    assert unparsable(f"SELECT * FROM {written}") == []


def test_whole_numbers_are_read_as_they_are_declared() -> None:
    read = relation(source(a="bigint", b="integer", c="decimal(38,0)"), dict.fromkeys("ABC", "NUMBER(38,0)"))
    written = emit(read, "snowflake", pretty=False)
    assert written.startswith(
        '(SELECT CAST("A" AS DECIMAL(19, 0)) AS "a", CAST("B" AS DECIMAL(19, 0)) AS "b", "C" AS "c"'
    )
    dtypes = {name: column.dtype for name, column in read.meta[NATIVE].items()}
    assert dtypes == {"a": BIGINT, "b": BIGINT, "c": DataType.parse("decimal(38,0)")}


@pytest.mark.parametrize(("declared", "kind"), [("varchar", "BINARY(8)"), ("bigint", "ARRAY"), ("date", "TIME(9)")])
def test_a_column_that_is_not_read_in_one_way_is_refused(declared: str, kind: str) -> None:
    with pytest.raises(DataError, match="do not read one as the other in one way"):
        relation(source(x=declared), {"X": kind})
    assert relation(source(x="bigint[]"), {"X": "ARRAY"})


def test_texts_that_compare_otherwise_are_refused() -> None:
    with pytest.raises(DataError, match="has the collation 'en-ci'"):
        relation(source(name="varchar"), {"NAME": "VARCHAR(10) COLLATE 'en-ci'"})
    assert relation(source(name="varchar"), {"NAME": "VARCHAR(10) COLLATE 'utf8'"})


def test_a_computed_whole_number_stops_where_its_type_ends() -> None:
    """Snowflake's own arithmetic goes on to 38 digits."""
    query = lowered("SELECT CAST(l.k + l.k AS BIGINT) AS s, CAST(l.k AS INTEGER) AS t, CAST(l.k AS BIGINT) AS u FROM l")
    assert [item.this.sql("snowflake") for item in query.expressions] == [
        f"CASE WHEN (l.k + l.k) BETWEEN -{2**63} AND {2**63 - 1} THEN l.k + l.k ELSE CAST(l.k + l.k AS DECIMAL(1, 0)) END",
        f"CASE WHEN CAST(l.k AS DECIMAL(10, 0)) BETWEEN -{2**31} AND {2**31 - 1} THEN CAST(l.k AS DECIMAL(10, 0)) "
        "ELSE CAST(CAST(l.k AS DECIMAL(10, 0)) AS DECIMAL(1, 0)) END",
        "l.k",
    ]


DOUBLES: Schema = {"x": ColumnType(DOUBLE), "k": ColumnType(BIGINT)}


def of_doubles(text: str) -> str:
    return Statement(Snowflake(), lambda _: DOUBLES).query(parse_one(text, dialect="duckdb"))[0].sql("snowflake")


def test_rows_are_parted_by_numbers_without_a_sign_of_zero() -> None:
    written = of_doubles("SELECT SUM(k) OVER (PARTITION BY x ORDER BY k ROWS UNBOUNDED PRECEDING) AS s FROM r")
    assert "PARTITION BY x + 0 " in written


@pytest.mark.parametrize(
    "text",
    ["SELECT x, COUNT(*) AS n FROM r GROUP BY x", "SELECT DISTINCT x FROM r", "SELECT x FROM r UNION SELECT x FROM r"],
)
def test_rows_are_not_grouped_by_a_double(text: str) -> None:
    with pytest.raises(Unportable, match="grouped by a DOUBLE") as refused:
        of_doubles(text)
    assert refused.value.rewrite
