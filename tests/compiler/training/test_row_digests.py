"""Digests of values: equal for equal rows however they are held, and another for any other value, type or order."""

from __future__ import annotations

import math
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skewless.tasks.row_digests import ColumnDigest, combined

ROWS = """select range::int a, nullif('é' || range, 'é3') b, (range / 3)::decimal(10, 2) d,
    case when range % 4 > 0 then [range, null, range + 1] end l, case when range % 5 > 0 then {'a': range, 'b': 'x' || range} end s,
    map {'k': range} m, time '10:00' + to_seconds(range) t, to_days(range::int) i, ('x' || range)::blob bl,
    timestamp '2020-01-01' + to_days(range::int) ts, ('2020-01-0' || (range % 9 + 1))::date da,
    case when range % 3 > 0 then range % 2 = 0 end bo, null n, if(range = 2, 'nan', sqrt(range))::double f,
    [['a', null], [], null] ll, [range, range]::bigint[2] arr
    from range(1000)"""


def column_digests(table: pa.Table, size: int) -> dict[str, str]:
    columns = {field.name: ColumnDigest(field.type) for field in table.schema}
    for batch in table.to_batches(size):
        for name, values in zip(batch.schema.names, batch.columns, strict=True):
            columns[name].take(values)
    return {name: one.digest() for name, one in columns.items()}


def digest(table: pa.Table, size: int = 10_000) -> str:
    return combined(column_digests(table, size))


@pytest.fixture(scope="module")
def table() -> pa.Table:
    with duckdb.connect() as connection:
        return connection.sql(ROWS).to_arrow_table()


def test_batches_leave_no_trace(table: pa.Table) -> None:
    columns = column_digests(table, 10_000)
    for size in (1, 7, 999):
        assert column_digests(table, size) == columns


@pytest.mark.parametrize("start", [0, 1, 500])
def test_a_slice_is_hashed_as_its_own_rows(table: pa.Table, start: int) -> None:
    part = table.slice(start, 13)
    copied = pa.concat_tables([part.take(list(range(13)))])
    assert digest(part) == digest(copied)
    assert digest(part) != digest(table.slice(start + 1, 13))


def test_writers_of_parquet_make_no_difference(table: pa.Table, tmp_path: Path) -> None:
    """Compression, pages, dictionaries, row groups and large offsets."""
    kept = table.drop_columns(["i", "n", "m"])
    pq.write_table(kept, tmp_path / "a.parquet", compression="none", row_group_size=10, use_dictionary=False)
    pq.write_table(kept, tmp_path / "b.parquet", compression="zstd", data_page_version="2.0", version="1.0")
    with duckdb.connect() as connection:
        connection.register("kept", kept)
        connection.execute(f"COPY kept TO '{tmp_path}/c.parquet' (ROW_GROUP_SIZE 300)")
    found = {digest(pq.read_table(tmp_path / f"{name}.parquet")) for name in "abc"}
    assert found == {digest(kept)}


def test_texts_held_in_other_ways_are_the_same() -> None:
    plain = pa.array(["a", None, "b", "a"])
    assert {
        digest(pa.table({"x": held}))
        for held in (
            plain,
            plain.cast(pa.large_string()),
            plain.dictionary_encode(),
            pa.array(["z", "a", None, "b", "a"])[1:],
        )
    } == {digest(pa.table({"x": plain}))}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1, 2], [2, 1]),
        ([1, None], [1, 0]),
        ([None, 1], [1, None]),
        (["ab", "c"], ["a", "bc"]),
        ([[1], [2]], [[1, 2], []]),
        ([[1], None], [[1], []]),
        ([0.1 + 0.2], [0.3]),
        ([1], [1.0]),
        ([Decimal("1.0")], [Decimal("1.00")]),
        ([{"a": 1}], [{"b": 1}]),
        ([{"a": None}], [None]),
        ([True], [1]),
        ([1], [1, 1]),
    ],
)
def test_other_values_have_other_digests(one: list[object], other: list[object]) -> None:
    assert digest(pa.table({"x": one})) != digest(pa.table({"x": other}))


def test_names_and_their_order_count() -> None:
    table = pa.table({"x": [1], "y": [1]})
    assert digest(table) != digest(table.select(["y", "x"]))
    assert digest(table) != digest(table.rename_columns(["x", "z"]))


def test_what_lies_under_a_null_is_nothing() -> None:
    mask = pa.array([False, True])
    one, other = (
        pa.Array.from_buffers(pa.int32(), 2, [None, pa.array(kept, pa.int32()).buffers()[1]])
        for kept in ([1, 5], [1, 9])
    )
    assert digest(pa.table({"x": _masked(one, mask)})) == digest(pa.table({"x": _masked(other, mask)}))


def _masked(values: pa.Array, nulls: pa.Array) -> pa.Array:
    validity = pa.array([not one for one in nulls.to_pylist()]).buffers()[1]
    return pa.Array.from_buffers(values.type, len(values), [validity, values.buffers()[1]])


def test_nan_is_one_value() -> None:
    odd = pa.array([0x7FF8000000000001], pa.int64()).view(pa.float64())
    assert digest(pa.table({"x": odd})) == digest(pa.table({"x": [math.nan]}))
