"""Rows to bytes and back, as Python values and as Arrow columns; values to keys."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skewless.contract.arrow import arrow_type
from skewless.ground.dtypes import DataType
from skewless.ground.errors import DataError, StoreError
from skewless.stores.coercion import coerced, coerced_column
from skewless.stores.columns import ColumnCodec
from skewless.stores.keys import KeyEncoder
from skewless.stores.rows import RowCodec

_STAMPS = (DataType.parse("timestamp"), DataType.parse("timestamp"))
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "BOOLEAN": st.booleans(),
    "INTEGER": st.integers(-(2**31), 2**31 - 1),
    "BIGINT": st.integers(-(2**63), 2**63 - 1),
    "FLOAT": st.floats(width=32, allow_nan=False),
    "DOUBLE": st.floats(allow_nan=False),
    "DECIMAL(38,6)": st.integers(-(10**37), 10**37).map(lambda number: Decimal(number).scaleb(-6)),
    "VARCHAR": st.text(st.characters(exclude_categories=("Cs",))),
    "DATE": st.dates(),
    "TIMESTAMP": st.datetimes(),
}
_TYPES = st.sampled_from(sorted(_VALUES)).flatmap(lambda name: st.sampled_from([name, f"{name}[]"]))


@st.composite
def tables(draw: st.DrawFn) -> tuple[tuple[DataType, ...], list[pa.Array]]:
    types = draw(st.lists(_TYPES, min_size=1, max_size=4))
    rows = draw(st.integers(0, 6))
    columns = []
    for name in types:
        value = _VALUES[name.removesuffix("[]")]
        wanted = st.none() | (st.lists(st.none() | value, max_size=3) if name.endswith("[]") else value)
        values = draw(st.lists(wanted, min_size=rows, max_size=rows))
        columns.append(pa.array(values, arrow_type(DataType.parse(name))))
    return tuple(DataType.parse(name) for name in types), columns


@given(tables())
def test_rows_come_back_as_they_were(table: tuple[tuple[DataType, ...], list[pa.Array]]) -> None:
    types, columns = table
    codec = RowCodec((*_STAMPS, *types))
    given = [(5, None, *row) for row in zip(*(column.to_pylist() for column in columns), strict=True)]
    assert codec.decode([codec.encode(given), codec.encode([])]) == [given, []]


def test_a_double_keeps_its_bits() -> None:
    codec = RowCodec((*_STAMPS, DataType.parse("double"), DataType.parse("float")))
    [[row]] = codec.decode([codec.encode([(1, 2, float("nan"), -0.0)])])
    assert math.isnan(row[2])
    assert math.copysign(1.0, row[3]) == -1.0


@given(tables(), st.data())
def test_slices_of_several_entities_join_into_the_columns_they_came_from(
    table: tuple[tuple[DataType, ...], list[pa.Array]], data: st.DataObject
) -> None:
    types, columns = table
    codec, rows = ColumnCodec(types), len(columns[0])
    cuts = sorted(data.draw(st.lists(st.integers(0, rows), max_size=3)))
    edges = list(zip([0, *cuts], [*cuts, rows], strict=True))
    no_rows = data.draw(st.integers(0, 9))
    counts, joined = codec.join(list(codec.encoded(columns, edges)), no_rows)
    assert counts == [end - start for start, end in edges]
    for array, original in zip(joined, columns, strict=True):
        array.validate(full=True)
        assert array.equals(pa.concat_arrays([original, pa.nulls(no_rows, original.type)]))


@given(tables(), st.data())
def test_bytes_that_are_cut_or_too_long_are_refused(
    table: tuple[tuple[DataType, ...], list[pa.Array]], data: st.DataObject
) -> None:
    types, columns = table
    codec = ColumnCodec(types)
    [blob] = codec.encoded(columns, [(0, len(columns[0]))])
    cut = data.draw(st.integers(0, len(blob) - 1))
    for other in (blob[:cut], blob + b"\x00"):
        with pytest.raises(StoreError, match="no rows of the version"):
            codec.join([blob, other])


def test_bytes_of_another_codec_are_refused() -> None:
    bigint = DataType.parse("bigint")
    columns, rows = ColumnCodec((bigint,)), RowCodec((*_STAMPS, bigint))
    [of_columns] = columns.encoded([pa.array([1], pa.int64())], [(0, 1)])
    of_rows = rows.encode([(1, 2, 3)])
    others = [
        b"",
        b"\x01" + of_columns[1:],
        of_columns[:-1],
        of_rows[:-1],
        RowCodec((*_STAMPS, bigint, bigint)).encode([(1, 2, 3, 4)]),
    ]
    others.append(RowCodec((*_STAMPS, DataType.parse("varchar"))).encode([(1, 2, "3")]))
    for other in others:
        with pytest.raises(StoreError, match="no rows of the version"):
            rows.decode([of_rows, other])
    for other in (b"", of_rows, b"\x01" + of_columns[1:]):
        with pytest.raises(StoreError, match="no rows of the version"):
            columns.join([of_columns, other])


def test_equal_rows_have_equal_bytes_whatever_lies_at_a_null() -> None:
    codec = ColumnCodec((DataType.parse("bigint"),))
    garbage = pa.Array.from_buffers(pa.int64(), 1, [pa.py_buffer(b"\x00"), pa.py_buffer(b"\x2a" * 8)])
    found, wanted = ([*codec.encoded([one], [(0, 1)])] for one in (garbage, pa.array([None], pa.int64())))
    assert found == wanted


def encode_key(values: list[Any], types: list[DataType]) -> bytes | None:
    return KeyEncoder(types).encode([[value] for value in values])[0]


@pytest.mark.parametrize(
    ("values", "types", "others"),
    [
        (["ab", "c"], ["varchar", "varchar"], ["a", "bc"]),
        ([1, 2], ["bigint", "bigint"], [2, 1]),
        (["", "a"], ["varchar", "varchar"], ["a", ""]),
        ([Decimal("1.50")], ["decimal(10,2)"], [Decimal("15.00")]),
        ([dt.date(1969, 12, 31)], ["date"], [dt.date(1970, 1, 1)]),
    ],
)
def test_different_entities_have_different_keys(values: list[Any], types: list[str], others: list[Any]) -> None:
    parsed = [DataType.parse(name) for name in types]
    assert encode_key(values, parsed) != encode_key(others, parsed)


def test_minus_zero_is_the_entity_zero_and_null_is_none() -> None:
    double = [DataType.parse("double")]
    assert KeyEncoder(double).encode([[1.0, None]]) == [encode_key([1.0], double), None]
    assert encode_key([-0.0], double) == encode_key([0.0], double)
    assert encode_key([None], double) is None


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        ("12", "bigint"), (1.5, "bigint"), (True, "bigint"), (2**63, "bigint"), (2**31, "integer"), ("x", "double"),
        (1, "varchar"), (1, "boolean"), ("yesterday", "timestamp"), (12, "date"), (Decimal("1.005"), "decimal(10,2)"),
        ("a", "bigint[]"), (["a"], "bigint[]"), (float("nan"), "bigint"),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused_by_name(value: Any, dtype: str) -> None:
    with pytest.raises(DataError, match="'amount' must be"):
        coerced(value, DataType.parse(dtype), "amount")
    with pytest.raises(DataError, match="'amount' must be"):
        coerced_column([value], DataType.parse(dtype), "amount")


@given(tables())
def test_a_column_is_coerced_as_each_of_its_values(table: tuple[tuple[DataType, ...], list[pa.Array]]) -> None:
    for dtype, column in zip(*table, strict=True):
        values = column.to_pylist()
        assert list(coerced_column(values, dtype, "x")) == [coerced(value, dtype, "x") for value in values]


def test_a_zoned_moment_becomes_utc() -> None:
    moment = dt.datetime(2026, 6, 12, 10, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    assert coerced(moment, DataType.parse("timestamp"), "at") == dt.datetime(2026, 6, 12, 8)
    assert coerced("2026-06-12T10:00:00+02:00", DataType.parse("timestamp"), "at") == dt.datetime(2026, 6, 12, 8)


@pytest.mark.parametrize("change", [lambda value: b"\x91" + value[1:-3], lambda value: b"\x95" + value[1:] + b"\xc0"])
def test_a_value_that_rows_are_written_to_has_exactly_four_parts(change: Callable[[bytes], bytes]) -> None:
    codec = RowCodec((*_STAMPS, DataType.parse("bigint")), is_written=True)
    value = codec.encode([(1, 2, 3)])
    assert codec.decode([value]) == [[(1, 2, 3)]]
    with pytest.raises(StoreError):
        codec.decode([change(value)])
