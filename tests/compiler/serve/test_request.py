"""RequestReader: what is taken for a request, and as which values."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from skewless.ground.dtypes import DataType
from skewless.ground.errors import DataError
from skewless.serve.request import RequestReader


class Text(str, enum.Enum):  # noqa: UP042 - of which str() is no part of the text
    A = "a"


class Number(enum.IntEnum):
    THREE = 3


class Row(dict[str, Any]):
    pass


class Missing(dict[str, Any]):
    def __missing__(self, key: str) -> int:
        return 7


class Letters(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


HUGE = 10**5_000
"""Of more digits than Python writes."""
TAKEN: list[tuple[str, Any, Any]] = [
    ("bigint", 2**63 - 1, 2**63 - 1), ("bigint", 3.0, 3), ("bigint", np.int64(3), 3), ("bigint", np.float64(3), 3),
    ("bigint", Number.THREE, 3), ("bigint", None, None), ("bigint", pd.NaT, None), ("integer", np.uint8(3), 3),
    ("double", 3, 3.0), ("double", np.float32(0.5), 0.5), ("double", Decimal("0.5"), 0.5), ("double", 10**300, 1e300),
    ("float", 0.1, 0.10000000149011612), ("boolean", np.bool_(True), True),
    ("varchar", Text.A, "a"), ("varchar", Letters("a"), "a"), ("varchar", np.str_("a"), "a"), ("varchar", "\x00é😀", "\x00é😀"),
    ("decimal(10,2)", 1, Decimal("1.00")), ("decimal(10,2)", 0.1, Decimal("0.10")), ("decimal(10,2)", "1.5", Decimal("1.50")),
    ("decimal(38,0)", 10**37, Decimal(10**37)),
    ("date", dt.datetime(2026, 6, 12), dt.date(2026, 6, 12)), ("date", "2026-06-12", dt.date(2026, 6, 12)),
    ("timestamp", pd.Timestamp("1960-01-01T00:00:00.000000999"), dt.datetime(1960, 1, 1)),
    ("timestamp", "2026-06-12T10:00:00.123456789+02:00", dt.datetime(2026, 6, 12, 8, 0, 0, 123456)),
    ("timestamp", dt.date(2026, 6, 12), dt.datetime(2026, 6, 12)),
    ("bigint[]", (1, None, np.int64(2)), [1, None, 2]), ("varchar[]", [Text.A], ["a"]),
]  # fmt: skip
REFUSED: list[tuple[str, Any]] = [
    ("bigint", True), ("bigint", np.bool_(True)), ("bigint", "3"), ("bigint", 2**63), ("bigint", HUGE), ("bigint", -HUGE),
    ("bigint", float("nan")), ("bigint", float("inf")), ("bigint", Decimal("NaN")), ("bigint", 0.5), ("bigint", pd.NA),
    ("integer", 2**31), ("double", True), ("double", "NaN"), ("double", 10**400), ("double", HUGE), ("double", 1j),
    ("float", 1e39), ("boolean", 1), ("boolean", "true"),
    ("varchar", "\ud800"), ("varchar", "\ud83d\ude00"), ("varchar", b"a"), ("varchar", 1),
    ("decimal(10,2)", Decimal("NaN")), ("decimal(10,2)", Decimal("sNaN")), ("decimal(10,2)", Decimal("Infinity")),
    ("decimal(10,2)", "NaN"), ("decimal(10,2)", 0.001), ("decimal(10,2)", 10**8), ("decimal(10,2)", HUGE),
    ("bigint", 9007199254740993.0), ("bigint", np.float64(2**53)), ("date", dt.datetime(2026, 6, 12, 1)), ("date", 5), ("timestamp", 5), ("timestamp", "0001-01-01T00:00:00+05:00"),
    ("bigint[]", "12"), ("bigint[]", [True]), ("bigint[]", [HUGE]),
]  # fmt: skip


def reader(dtype: str) -> RequestReader:
    return RequestReader("service", {"x": DataType.parse(dtype)})


@pytest.mark.parametrize("others", [[], [None]], ids=["alone", "beside NULL"])
@pytest.mark.parametrize(("dtype", "value", "expected"), TAKEN, ids=range(len(TAKEN)))
def test_what_is_of_a_type_is_taken(dtype: str, value: Any, expected: Any, others: list[Any]) -> None:
    values, wanted = [value, *others], [expected, *others]
    for columns, rows in (reader(dtype).columns({"x": values}), reader(dtype).rows([{"x": one} for one in values])):
        assert (list(columns["x"]), rows) == (wanted, len(wanted))
        assert list(map(type, columns["x"])) == list(map(type, wanted))


@pytest.mark.parametrize(("dtype", "value"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_not_is_refused_by_name(dtype: str, value: Any) -> None:
    with pytest.raises(DataError, match="'x' must be"):
        reader(dtype).columns({"x": [value]})
    with pytest.raises(DataError, match="'x' must be"):
        reader(dtype).rows([{"x": None}, {"x": value}])


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1, 2], index=[1, 0]), pd.Series([1, 2], index=["a", "b"]), np.array([1, 2]),
        np.array([1, 2], dtype=object), (1, 2), range(1, 3),
    ],
)  # fmt: skip
def test_a_column_is_read_by_place(column: Sequence[Any]) -> None:
    columns, rows = reader("bigint").columns({"x": column})
    assert (columns["x"], rows) == ([1, 2], 2)


@pytest.mark.parametrize("column", ["12", b"12", {1, 2}, {1: 2}, (one for one in [1]), 5, None])
def test_what_is_no_column_is_refused(column: Any) -> None:
    with pytest.raises(DataError, match=r"'x' is .*, and a list of values is expected"):
        reader("varchar").columns({"x": column})


def test_a_frame_is_no_mapping_of_columns() -> None:
    with pytest.raises(DataError, match="the columns are DataFrame"):
        reader("bigint").columns(pd.DataFrame({"x": [1]}))  # type: ignore[arg-type]


def test_rows_may_be_any_mapping_that_has_the_fields() -> None:
    assert reader("bigint").rows([Row(x=1), {"x": 2}]) == ({"x": [1, 2]}, 2)
    for row in (Missing(), {1: 1}, {"x": 1, "y": 2}, {"X": 1}):
        with pytest.raises(DataError, match="row 1 "):
            reader("bigint").rows([row])
