"""Rows as they are sent: what is right goes on in its type, and what is not is refused with its reason."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skewless.contract.arrow import arrow_type
from skewless.contract.source_plan import SourcePlan
from skewless.ground.dtypes import DataType
from skewless.ground.errors import DataError
from skewless.ingest.columns import one_by_one, python_values, typed_column
from skewless.ingest.identity import each_once
from skewless.ingest.rows import checked_rows

from .plans import NOON, ORDERS, order, planned, typed_rows

TEN = dt.datetime(2026, 6, 12, 10)


def reasons(rows: Any, plan: SourcePlan = ORDERS) -> list[str]:
    return [one.reason for one in typed_rows(plan, rows, NOON)[1]]


def test_json_rows_become_the_declared_columns() -> None:
    table, rejected = typed_rows(ORDERS, [order(1), {"ordered_at": "2026-06-12", "order_id": 2}], NOON)
    assert not rejected
    assert table.schema == pa.schema(
        [(column.name, arrow_type(DataType.parse(column.type))) for column in ORDERS.columns]
    )
    assert table.to_pylist() == [
        order(1, ordered_at=TEN, price=Decimal("1.25")),
        dict.fromkeys(table.column_names) | {"order_id": 2, "ordered_at": dt.datetime(2026, 6, 12)},
    ]


def test_columns_and_frames_mean_the_same_as_rows() -> None:
    rows = [order(number, ordered_at=TEN + dt.timedelta(minutes=number), price=Decimal("1.25")) for number in range(5)]
    expected = typed_rows(ORDERS, rows, NOON)[0]
    table = pa.Table.from_pylist(rows)
    by_column = {name: [row[name] for row in rows] for name in rows[0]}
    for form in (by_column, table, table.to_batches()[0], table.to_pandas(), pl.from_arrow(table), iter(rows)):
        found, rejected = typed_rows(ORDERS, form, NOON)
        assert not rejected, type(form)
        assert found.equals(expected), type(form)


def test_no_rows_are_no_rows() -> None:
    for form in ([], {}, pa.table({}), pd.DataFrame()):
        table, rejected = typed_rows(ORDERS, form, NOON)
        assert (table.num_rows, table.num_columns, rejected) == (0, 6, [])


def test_bad_rows_are_refused_and_the_rest_goes_on_in_its_order() -> None:
    rows = [order(1), order(2, amount="much"), order(3), {"order_id": 4}, order(5, user=9), order(6)]
    checked = checked_rows(ORDERS, rows, NOON)
    assert checked.table.column("order_id").to_pylist() == [1, 3, 6]
    assert list(checked.places) == [0, 2, 5]
    assert {place: one.reason for place, one in checked.rejected.items()} == {
        1: "'amount' must be DOUBLE, not 'much'",
        3: "'ordered_at' is missing or NULL, so nothing says when the row happened",
        4: "shop.orders has no column 'user'; did you mean 'user_id'?",
    }
    assert checked.rejected[1].row is rows[1]


def test_a_row_that_is_refused_is_told_as_it_came_in_columns_too() -> None:
    table = pa.table({"order_id": [1, 2], "ordered_at": [TEN, None]})
    (rejected,) = typed_rows(ORDERS, table, NOON)[1]
    assert rejected.row == {"order_id": 2, "ordered_at": None}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (order(1) | {"order_id": None}, "'order_id' is missing or NULL, and it is part of the primary key of shop.orders"),
        ({"ordered_at": "2026-06-12"}, "'order_id' is missing or NULL, and it is part of the primary key of shop.orders"),
        (order(1, ordered_at=None), "'ordered_at' is missing or NULL, so nothing says when the row happened"),
        (order(1, ordered_at="noon"), "'ordered_at' must be TIMESTAMP, not 'noon'"),
        (order(1, ordered_at=1781258400), "'ordered_at' must be TIMESTAMP, not 1781258400"),
        (order(1, order_id="1"), "'order_id' must be BIGINT, not '1'"),
        (order(1, order_id=2**63), "'order_id' must be BIGINT, not 9223372036854775808"),
        (order(1, amount=True), "'amount' must be DOUBLE, not True"),
        (order(1, price="1.255"), "'price' must be DECIMAL(10,2), not '1.255'"),
        (order(1, country=49), "'country' must be VARCHAR, not 49"),
        (order(1, basket=[]), "shop.orders has no column 'basket'; its columns: order_id, user_id, ordered_at, amount, price, country"),
        (order(1, ordered_at="58300-01-01T00:00:00Z"), "'ordered_at' must be TIMESTAMP, not '58300-01-01T00:00:00Z'"),
        (order(1, ordered_at="2027-06-13"), "'ordered_at' is 2027-06-13 00:00:00, more than a year after now (2026-06-12 12:00:00)"),
        ([1], "a row is [1], and not a mapping of column to value"),
    ],
)  # fmt: skip
def test_each_reason_names_the_column_and_the_value(row: Any, reason: str) -> None:
    assert reasons([order(0), row]) == [reason]


def test_a_row_without_a_known_time_is_refused() -> None:
    plan = planned(("loaded_at", "TIMESTAMP"), known_at="loaded_at")
    assert reasons([order(1, loaded_at="2026-06-12T10:05:00Z"), order(2)], plan) == [
        "'loaded_at' is missing or NULL, so nothing says when the row became known"
    ]


def test_a_version_that_is_known_may_take_the_event_time_away() -> None:
    """As training reads it: it replaces the version before it, and is itself never visible."""
    row = order(1, ordered_at=None, loaded_at="2026-06-12T10:05:00Z", gone=True)
    columns = (("loaded_at", "TIMESTAMP"), ("gone", "BOOLEAN"))
    assert reasons([row], planned(*columns, known_at="loaded_at", deleted="gone")) == []
    reason = ["'ordered_at' is missing or NULL, so nothing says when the row happened"]
    assert reasons([row], planned(*columns, known_at="loaded_at", has_versions=False)) == reason
    # Known a delay after the event: without an event time the deletion is never known.
    assert reasons([row], planned(*columns, deleted="gone")) == reason


def test_moments_are_naive_utc_microseconds_rounded_down() -> None:
    nanoseconds = pa.array([-1, 1_999], pa.timestamp("ns", "Europe/Berlin"))
    expected = [dt.datetime(1969, 12, 31, 23, 59, 59, 999999), dt.datetime(1970, 1, 1, 0, 0, 0, 1)]
    kind = DataType.parse("timestamp")
    assert typed_column(nanoseconds, kind, "t")[0].to_pylist() == expected
    lists = pa.array([[-1, 1_999], None, []], pa.list_(pa.timestamp("ns")))
    assert typed_column(lists, DataType.parse("timestamp[]"), "t")[0].to_pylist() == [expected, None, []]
    for texts in (
        ["2026-06-12T12:00:00+02:00", "2026-06-12T10:00:00Z"],
        ["2026-06-12T10:00:00.000000999Z", "2026-06-12T10:00"],
    ):
        assert typed_column(texts, kind, "t")[0].to_pylist() == [TEN, TEN]


def test_what_json_cannot_write_comes_as_text() -> None:
    array, faults = typed_column(["NaN", "-Infinity", 1], DataType.parse("double"), "x")
    assert str(array.to_pylist()) == "[nan, -inf, 1.0]"
    assert not faults


def test_numbers_that_were_read_as_decimals_mean_what_they_would_mean_as_floats() -> None:
    rows = json.loads(
        '[{"order_id": 5.0, "ordered_at": "2026-06-12", "amount": 0.1, "price": 1.10}]', parse_float=Decimal
    )
    table, rejected = typed_rows(ORDERS, rows, NOON)
    assert not rejected
    assert table.to_pylist()[0] | {} == dict.fromkeys(table.column_names) | {
        "order_id": 5, "ordered_at": dt.datetime(2026, 6, 12), "amount": 0.1, "price": Decimal("1.10"),
    }  # fmt: skip


def test_a_frame_with_holes_has_nulls_there() -> None:
    frame = pd.DataFrame(
        {"order_id": [1, 2], "ordered_at": ["2026-06-12", "2026-06-11"], "user_id": [1, None], "country": ["DE", None]}
    )
    table, rejected = typed_rows(ORDERS, frame, NOON)
    assert not rejected
    assert table.column("user_id").to_pylist() == [1, None]
    assert table.column("country").to_pylist() == ["DE", None]


def test_a_frame_with_a_column_of_several_kinds_loses_only_the_rows_that_are_wrong() -> None:
    frame = pd.DataFrame({"order_id": pd.Series([1, "two", None], dtype=object), "ordered_at": [TEN] * 3})
    table, rejected = typed_rows(ORDERS, frame, NOON)
    assert table.column("order_id").to_pylist() == [1]
    assert [one.reason for one in rejected] == [
        "'order_id' must be BIGINT, not 'two'",
        "'order_id' is missing or NULL, and it is part of the primary key of shop.orders",
    ]


def test_a_moment_that_only_arrow_has_is_refused() -> None:
    far = pa.array([3 * 10**17, 0], pa.timestamp("us"))
    array, faults = typed_column(far, DataType.parse("timestamp"), "t")
    assert array.to_pylist() == [None, dt.datetime(1970, 1, 1)]
    assert faults == {0: "'t' must be TIMESTAMP, not 11476-08-15 05:20:00.000000"}
    assert typed_column(far, DataType.parse("varchar"), "t")[1].keys() == {0, 1}


def test_repetitions_within_a_batch_are_one_row_where_the_source_has_no_versions() -> None:
    rows = [order(1), order(2, amount=1), order(1), order(2, amount=2), order(3)]
    table = typed_rows(ORDERS, rows, NOON)[0]
    once = each_once(table, ["order_id"])
    assert list(zip(*(once.column(name).to_pylist() for name in ("order_id", "amount")), strict=True)) == [
        (1, 2.5), (2, 2.0), (3, 2.5),
    ]  # fmt: skip
    assert each_once(table, []) is table  # each version counts
    floats = planned(("x", "DOUBLE"), primary_key=("x",), has_versions=False)
    nans = typed_rows(floats, [order(1, x="NaN"), order(2, x="NaN"), order(3, x=0), order(4, x=-0.0)], NOON)[0]
    assert each_once(nans, ["x"]).column("order_id").to_pylist() == [2, 4]


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("rows", "the rows are str"),
        (17, "the rows are int"),
        ({"order_id": [1, 2], "ordered_at": [TEN]}, "'ordered_at' has 1 values, and 'order_id' has 2"),
        ({"order_id": 1}, "'order_id' is 1, and not a list of values"),
        (pa.table([[1], [2]], names=["order_id", "order_id"]), "the rows have two columns 'order_id'"),
    ],
)
def test_what_is_no_rows_at_all_is_an_error(form: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        typed_rows(ORDERS, form, NOON)


MOMENTS = st.datetimes(timezones=st.sampled_from([None, dt.UTC, dt.timezone(dt.timedelta(hours=-5, minutes=-30))]))
TEXTS = st.one_of(
    MOMENTS.map(dt.datetime.isoformat),
    MOMENTS.map(lambda moment: moment.isoformat(sep=" ", timespec="minutes")),
    st.dates().map(str),
    st.from_regex(r"(000|202)\d-[01]\d-[0123]\d([T ][012]\d(:[0-6]\d(:[0-6]\d([.,]\d{1,9})?)?)?(Z|[+-]\d\d(:?\d\d)?)?)?", fullmatch=True),
    st.text(max_size=4),
    st.sampled_from(["NaN", "Infinity", "2026-06-12T10:00:00Z", "\ud800", "1", "1.5", "true"]),
)  # fmt: skip
WHOLE = st.one_of(st.integers(-3, 3), st.sampled_from([2**31, 2**53 + 1, 2**63, -(2**63), 10**38]))
NUMBERS = st.one_of(
    WHOLE,
    st.floats(),
    st.sampled_from([1.0, 2.5, 1e300, 2.0**60]),
    st.decimals(places=2, min_value=-(10**9), max_value=10**9),
    st.decimals(),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS, MOMENTS, st.dates())
ALIKE = st.sampled_from(
    [st.booleans(), WHOLE, st.floats(), NUMBERS, TEXTS, MOMENTS, st.dates(), SCALARS, st.decimals()]
)
"""Columns are mostly of one kind."""
TYPES = st.sampled_from(
    [
        DataType.parse(name)
        for name in ("boolean", "integer", "bigint", "float", "double", "decimal(10,2)", "decimal(38,0)", "varchar", "date", "timestamp")
    ]
)  # fmt: skip


def _same(left: tuple[pa.Array, Any], right: tuple[pa.Array, Any]) -> None:
    assert left[0].type == right[0].type
    assert str(left[0].to_pylist()) == str(right[0].to_pylist())  # NaN is NaN
    assert left[1] == right[1]


@settings(max_examples=600, deadline=None)
@given(values=ALIKE.flatmap(lambda kind: st.lists(st.none() | kind, max_size=4)), dtype=TYPES)
def test_the_quick_way_is_the_slow_way(values: list[Any], dtype: DataType) -> None:
    _same(typed_column(values, dtype, "x"), one_by_one(values, dtype, "x"))


@settings(max_examples=300, deadline=None)
@given(
    values=ALIKE.flatmap(lambda kind: st.lists(st.none() | st.lists(st.none() | kind, max_size=3), max_size=3)),
    dtype=TYPES,
)
def test_lists_go_the_same_two_ways(values: list[Any], dtype: DataType) -> None:
    kind = DataType(kind="LIST", element=dtype)
    _same(typed_column(values, kind, "x"), one_by_one(values, kind, "x"))


ARROW = st.sampled_from(
    [
        pa.bool_(), pa.int8(), pa.int32(), pa.int64(), pa.uint64(), pa.float32(), pa.float64(), pa.string(),
        pa.large_string(), pa.string_view(), pa.date32(), pa.date64(), pa.timestamp("s"), pa.timestamp("ms", "UTC"),
        pa.timestamp("us"), pa.timestamp("ns", "Asia/Tokyo"), pa.decimal128(12, 3), pa.decimal256(40, 2), pa.null(),
        pa.dictionary(pa.int32(), pa.string()), pa.duration("us"),
    ]
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(
    numbers=st.lists(st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3), max_size=4),
    kind=ARROW,
    dtype=TYPES,
)
def test_arrow_columns_go_the_same_two_ways(numbers: list[int | None], kind: pa.DataType, dtype: DataType) -> None:
    try:
        array = pa.array(numbers, pa.int64()).cast(kind, safe=False)
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return
    _same(typed_column(array, dtype, "x"), one_by_one(python_values(array), dtype, "x"))
