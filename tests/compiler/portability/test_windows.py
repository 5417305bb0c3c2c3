"""Window functions on DuckDB and on Spark: every function over every form of window that is portable."""

from __future__ import annotations

import itertools
import random

import pytest
from sqlglot import parse_one

from portability.both import lowered
from portability.conformance import cases
from portability.grouped import ROWS, Grouped, types
from portability.test_aggregates import check_types
from skewless.dialects.catalogue.windows import FRAMED, IGNORING_NULLS, UNFRAMED, VALUES
from skewless.dialects.emit import emit
from skewless.dialects.lowering.core import ColumnType, Target, Unportable
from skewless.dialects.snowflake import Snowflake
from skewless.dialects.spark import Spark
from skewless.dialects.statements import Statement

_FORMS = 4
Cases = list[tuple[tuple[str, ...], list[str]]]
PLACES: Cases = cases(UNFRAMED | VALUES, shape="window")
AGGREGATES: Cases = cases(FRAMED["spark"]["rows"] - VALUES, shape="aggregate")
TOTAL = ("t, _i", "t NULLS FIRST, _i", "t DESC, _i DESC")
TIMES = ("t", "t NULLS FIRST", "t DESC", "t DESC NULLS FIRST")
BY_ROWS = (
    "", "ROWS UNBOUNDED PRECEDING", "ROWS 2 PRECEDING", "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING",
    "ROWS BETWEEN 3 PRECEDING AND 2 PRECEDING", "ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING",
    "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING", "RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
)  # fmt: skip
BY_TIME = (
    "RANGE INTERVAL '1' HOUR PRECEDING", "RANGE BETWEEN INTERVAL '2 hours' PRECEDING AND INTERVAL 30 MINUTE PRECEDING",
    "RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL 1 SECOND PRECEDING",
    "RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND INTERVAL '1' DAY FOLLOWING",
    "RANGE BETWEEN INTERVAL '1' MICROSECOND PRECEDING AND CURRENT ROW",
)  # fmt: skip


def windows(orders: tuple[str, ...], frames: tuple[str, ...]) -> list[str]:
    return [f"(PARTITION BY g ORDER BY {order} {frame})" for order in orders for frame in frames]


OF_PLACES = [*windows(TOTAL, BY_ROWS), *windows(("u", "u DESC"), BY_TIME)]
OF_AGGREGATES = ["(PARTITION BY g)", *windows(TIMES, ("", *BY_TIME)), *windows(TOTAL, BY_ROWS)]


def over(texts: list[str], forms: list[str]) -> list[str]:
    """The functions over some forms of window, in turn: each form that a query has costs Spark a sort."""
    turns = itertools.cycle(random.Random(",".join(texts)).sample(forms, _FORMS))
    return [f"{text} OVER {form}" for text, form in zip(texts, turns, strict=False)]


@pytest.mark.parametrize(("kinds", "texts"), PLACES, ids=[",".join(kinds) for kinds, _ in PLACES])
def test_functions_of_places(grouped: Grouped, kinds: tuple[str, ...], texts: list[str]) -> None:
    ignoring = [f"{text} IGNORE NULLS" for text in texts if text.split("(")[0] in IGNORING_NULLS]
    check(grouped, kinds, over([*texts, *ignoring], OF_PLACES))


@pytest.mark.parametrize(("kinds", "texts"), AGGREGATES, ids=[",".join(kinds) for kinds, _ in AGGREGATES])
def test_aggregates_over_frames(grouped: Grouped, kinds: tuple[str, ...], texts: list[str]) -> None:
    filtered = [f"{text} FILTER (WHERE keep)" for text in texts]
    check(grouped, kinds, over([*texts, *filtered], OF_AGGREGATES))


def test_every_form_of_window(grouped: Grouped) -> None:
    texts = ["sum(c1)", "count(c1) FILTER (WHERE keep)"]
    check(grouped, ("INTEGER",), [f"{text} OVER {form}" for form in OF_AGGREGATES for text in texts])


def check(grouped: Grouped, kinds: tuple[str, ...], texts: list[str]) -> None:
    check_types(kinds, texts)
    written = [lowered(text, types(kinds))[:2] for text in texts]
    assert grouped.differences(kinds, written, ROWS) == []


REFUSED = {
    "sum(c1) OVER (ORDER BY t GROUPS 1 PRECEDING)": "GROUPS and EXCLUDE",
    "sum(c1) OVER (ORDER BY t ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES)": "GROUPS and EXCLUDE",
    "sum(c1) OVER (ORDER BY c1 RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)": "the bound of this frame",
    "sum(c1) OVER (ORDER BY t RANGE BETWEEN INTERVAL '1' MONTH PRECEDING AND CURRENT ROW)": "the bound of this frame",
    "sum(c1) OVER (ORDER BY t, _i RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW)": "along one timestamp",
    "sum(c1) OVER (ORDER BY t::date RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW)": "along one timestamp",
    "sum(c1) OVER (ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)": "without an order",
    "sum(c1) OVER (ORDER BY ln(c1))": "the last digits of this value",
    "sum(c1) OVER (PARTITION BY ln(c1))": "the last digits of this value",
    "row_number() OVER (PARTITION BY g)": "depends on the order of rows",
    "count(DISTINCT c1) OVER (PARTITION BY g)": "DISTINCT and ORDER BY within count",
    "sum(c1) OVER (w ORDER BY t)": "extends another",
    "lag(c1, 1, 0.5) OVER (ORDER BY u)": "the default of lag is of another type",
    "nth_value(c1, 0) OVER (ORDER BY u)": "no such place",
    "corr(c1, c1) OVER (ORDER BY u)": "corr() over a frame",
    "string_agg(c1::varchar, ',') OVER (ORDER BY u)": "string_agg() over a frame",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_has_no_proven_meaning_is_refused(text: str) -> None:
    with pytest.raises(Unportable) as error:
        lowered(text, types(("INTEGER",)))
    assert REFUSED[text] in error.value.reason
    assert error.value.rewrite


NAMED = """
    SELECT _i, ROW_NUMBER() OVER w AS n, SUM(c1) OVER w AS total, LAST_VALUE(c1) OVER v AS latest FROM {table}
    WINDOW w AS (PARTITION BY c1 > 2 ORDER BY _i DESC ROWS 1 PRECEDING), v AS (ORDER BY c1, _i)
    QUALIFY ROW_NUMBER() OVER v > 3
"""


def written(target: Target, table: str) -> str:
    schema = {name: ColumnType(dtype) for name, dtype in types(("INTEGER",)).items()}
    query, _ = Statement(target, lambda _: schema).query(parse_one(NAMED.format(table=table), dialect="duckdb"))
    return emit(query, target.engine, pretty=False)


def test_named_windows_and_qualify(grouped: Grouped) -> None:
    table = grouped.both.table(("INTEGER",))
    expected = sorted(grouped.both.duck.execute(NAMED.format(table=table)).fetchall())
    assert sorted(tuple(row) for row in grouped.both.spark.sql(written(Spark(), table)).collect()) == expected
    assert len(expected) > 10


def test_a_frame_is_written_out_and_a_window_has_no_name_on_snowflake() -> None:
    text = written(Snowflake(), "rows_of").upper()
    assert "WINDOW" not in text
    assert "ROWS BETWEEN 1 PRECEDING AND CURRENT ROW" in text
    assert "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW" in text
    assert 'ROW_NUMBER() OVER (PARTITION BY "C1" > 2 ORDER BY "_I" DESC NULLS LAST)' in text
