"""JSON that Spark reads or writes in another way than DuckDB: it stops there, and never gives another value."""

from __future__ import annotations

import json
import re
from typing import Any

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portability.both import Both, lowered
from skewless.ground.dtypes import VARCHAR

_STOPPED = "stopped"
_STOP = re.compile(r"RAISE_ERROR\('[^']*'\)")
ODD = (
    "{}", "[]", '{"b": 1}', "[1, 2]", "1e3", "1E-5", "1e400", "0.0001", "123456789012345678901234567890", "0e0", "-0e1",
    "18446744073709551615", "1234567890123456.5", "NaN", "Infinity", "-Infinity", "nan", '1, "a": 2', "1,", "[1,]",
    '"\\u0000"', "1.0000000000000001", "9223372036854775808", "9223372036854775807.0", "-0.000", "1" + "0" * 400,
)  # fmt: skip


def test_it_gives_no_other_value(both: Both) -> None:
    _compare(both, [f'{{"a": {value}}}' for value in ODD])


def _numbers() -> st.SearchStrategy[str]:
    digits = st.text("0123456789", min_size=1, max_size=20)
    return st.builds(
        "{}{}{}{}".format, st.sampled_from(["", "-"]), digits,
        st.one_of(st.just(""), st.builds(".{}".format, digits)),
        st.sampled_from(["", "", "", "e5", "E-3", "e0"]),
    )  # fmt: skip


_values = st.one_of(
    _numbers(), st.text(max_size=5).map(json.dumps), st.text(max_size=5).map(lambda text: json.dumps(text, ensure_ascii=False)),
    st.text('{}[]",:1a \n\\', max_size=8), st.sampled_from(["true", "false", "null"]),
)  # fmt: skip


@settings(max_examples=4, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_values, min_size=200, max_size=200))
def test_random_values(both: Both, values: list[str]) -> None:
    _compare(both, [f'{{"a": {value}}}' for value in values])


def _compare(both: Both, texts: list[str]) -> None:
    sql, tree, _ = lowered("c1 ->> '$.a'", {"c1": VARCHAR})
    marked = _STOP.sub(f"'{_STOPPED}'", tree.sql(dialect="spark"))
    both.spark.createDataFrame(list(enumerate(texts)), "_i INT, c1 STRING").createOrReplaceTempView("json_texts")
    for number, value in both.spark.sql(f"SELECT _i, {marked} FROM json_texts").collect():
        assert value == _STOPPED or value == _on_duckdb(both, sql, texts[number]), texts[number]


def _on_duckdb(both: Both, sql: str, text: str) -> Any:
    try:
        return both.duck.execute(f"SELECT {sql} FROM (SELECT $1::VARCHAR AS c1)", [text]).fetchall()[0][0]
    except duckdb.Error:
        return "an error"
