"""Values of one column, in whatever form they came, into an Arrow array of its declared type."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any

from skewless.contract.arrow import arrow_type
from skewless.ground.dtypes import DataType
from skewless.ground.errors import DataError
from skewless.stores.coercion import coerced

if TYPE_CHECKING:
    import pyarrow as pa

Faults = Mapping[int, str]
"""The place of a value to what is wrong with it; the array has NULL there."""
_NONE = type(None)
_DIRECT: Mapping[str, frozenset[type]] = {
    "BOOLEAN": frozenset({bool, _NONE}),
    "INTEGER": frozenset({int, _NONE}),
    "BIGINT": frozenset({int, _NONE}),
    "FLOAT": frozenset({float, int, _NONE}),
    "DOUBLE": frozenset({float, int, _NONE}),
    "DECIMAL": frozenset({Decimal, int, _NONE}),
    "VARCHAR": frozenset({str, _NONE}),
    "DATE": frozenset({dt.date, _NONE}),
    "TIMESTAMP": frozenset({dt.datetime, _NONE}),
}
"""Python types of which Arrow makes the value that `coerced` makes, or complains."""
_TEXTS = frozenset({str, _NONE})
_NOT_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
"""JSON has no number for these, so they come as text."""


def typed_column(values: Any, dtype: DataType, name: str) -> tuple[pa.Array, Faults]:
    """The values, a list or an Arrow array, as an array of the type, and what is wrong with those that are none.

    A column whose values are right goes as a whole; each value is looked at where that fails.
    """
    import pyarrow as pa

    with suppress(pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, ValueError, OverflowError):
        whole = _of_list(values, dtype) if isinstance(values, list) else _of_arrow(values, dtype)
        if whole is not None and _is_in_range(whole, dtype):
            return whole, {}
    return one_by_one(values if isinstance(values, list) else python_values(values), dtype, name)


def one_by_one(values: Sequence[Any], dtype: DataType, name: str) -> tuple[pa.Array, Faults]:
    """The same, value by value: what the quick ways must agree with."""
    import pyarrow as pa

    found: list[Any] = []
    faults: dict[int, str] = {}
    for place, value in enumerate(values):
        try:
            found.append(coerced(_number(value, dtype), dtype, name))
        except DataError as error:
            found.append(None)
            faults[place] = error.message
    return pa.array(found, type=arrow_type(dtype)), faults


@dataclass(frozen=True, slots=True)
class Foreign:
    """A value that Arrow holds and Python has none for, such as a moment of the year 12000. Of no declared type."""

    text: str

    def __repr__(self) -> str:
        return self.text


def python_values(array: pa.Array) -> list[Any]:
    """An array's values for Python; nanoseconds are floored."""
    import pyarrow as pa

    if _is_list(array.type):
        return [python_values(one.values) if one.is_valid else None for one in array]
    try:
        values: list[Any] = (_moments(array) if pa.types.is_timestamp(array.type) else array).to_pylist()
        return values
    except (pa.ArrowInvalid, ValueError, OverflowError):
        if len(array) == 1:
            return [Foreign(_text(array))]
        return [value for place in range(len(array)) for value in python_values(array.slice(place, 1))]


def _of_list(values: list[Any], dtype: DataType) -> pa.Array | None:
    """Python values as a whole; None when they are not all of types that Arrow reads as we do."""
    import pyarrow as pa

    kinds = set(map(type, values))
    if dtype.element is not None:
        is_direct = kinds <= {list, _NONE} and _are_direct(chain.from_iterable(filter(None, values)), dtype.element)
        return pa.array(values, type=arrow_type(dtype)) if is_direct else None
    if kinds <= _DIRECT[dtype.kind]:
        return pa.array(values, type=arrow_type(dtype))
    if dtype.kind in ("TIMESTAMP", "DATE") and kinds <= _TEXTS:
        return _parsed(pa.array(values, type=pa.string()), dtype)
    return None


def _are_direct(elements: Iterable[Any], dtype: DataType) -> bool:
    return dtype.element is None and set(map(type, elements)) <= _DIRECT[dtype.kind]


def _parsed(texts: pa.Array, dtype: DataType) -> pa.Array:
    """Texts in ISO 8601; all with a zone, or all without."""
    import pyarrow as pa

    if dtype.kind == "DATE":
        return texts.cast(pa.date32())
    try:
        return texts.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return texts.cast(pa.timestamp("us"))


def _of_arrow(array: pa.Array, dtype: DataType) -> pa.Array | None:
    """An Arrow array as a whole; None when it is of a type from which a cast would mean something else."""
    import pyarrow as pa

    kind, wanted = array.type, arrow_type(dtype)
    if pa.types.is_dictionary(kind):
        array, kind = array.cast(kind.value_type), kind.value_type
    if kind == wanted or pa.types.is_null(kind):
        return array.cast(wanted)
    if dtype.element is not None:
        return _list_of_arrow(array, dtype.element) if _is_list(kind) else None
    if dtype.kind == "TIMESTAMP" and pa.types.is_timestamp(kind):
        return _moments(array).cast(wanted)
    if _is_text(kind) and dtype.kind in ("TIMESTAMP", "DATE"):
        return _parsed(array.cast(pa.string()), dtype)
    return array.cast(wanted) if _means_the_same(kind, dtype) else None


def _list_of_arrow(array: pa.Array, element: DataType) -> pa.Array | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    elements = _of_arrow(pc.list_flatten(array), element)
    if elements is None:
        return None
    lengths = pc.fill_null(pc.list_value_length(array), 0).cast(pa.int32())
    offsets = pa.concat_arrays([pa.array([0], type=pa.int32()), pc.cumulative_sum(lengths)])
    return pa.ListArray.from_arrays(offsets, elements, mask=array.is_null())


def _means_the_same(kind: pa.DataType, dtype: DataType) -> bool:
    """Whether Arrow's checked cast to the type gives the same value, or fails."""
    import pyarrow as pa

    types = pa.types
    if dtype.kind in ("INTEGER", "BIGINT"):
        return bool(types.is_integer(kind))
    if dtype.kind in ("FLOAT", "DOUBLE"):
        return bool(types.is_floating(kind) or types.is_integer(kind))
    if dtype.kind == "DECIMAL":
        return bool(types.is_decimal(kind))
    if dtype.kind == "VARCHAR":
        return _is_text(kind)
    return dtype.kind == "TIMESTAMP" and bool(types.is_date32(kind))


def _text(array: pa.Array) -> str:
    """The only value of an array as Arrow writes it."""
    import pyarrow as pa

    try:
        return str(array.cast(pa.string())[0].as_py())
    except pa.ArrowNotImplementedError:
        return f"a value of type {array.type}"


def _is_list(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _moments(array: pa.Array) -> pa.Array:
    """Timestamps of any unit and zone as naive UTC microseconds, floored."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if array.type.unit == "ns":
        array = pc.floor_temporal(array.cast(pa.timestamp("ns")), 1, "microsecond")
    return array.cast(pa.timestamp("us"))


def _is_in_range(array: pa.Array, dtype: DataType) -> bool:
    """Whether Python has the values: Arrow's moments go further, and its narrow floats have become infinite."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if dtype.element is not None:
        return _is_in_range(pc.list_flatten(array), dtype.element)
    if dtype.kind == "FLOAT":
        return not pc.any(pc.is_inf(array)).as_py()
    if dtype.kind not in ("TIMESTAMP", "DATE"):
        return True
    lowest, highest = (dt.date.min, dt.date.max) if dtype.kind == "DATE" else (dt.datetime.min, dt.datetime.max)
    limits = pa.array([lowest, highest], type=array.type)
    bounds = pc.min_max(array)
    if not bounds["min"].is_valid:
        return True
    return bool(pc.greater_equal(bounds["min"], limits[0]).as_py() and pc.less_equal(bounds["max"], limits[1]).as_py())


def _number(value: Any, dtype: DataType) -> Any:
    """JSON's numbers are read as decimals where a source has decimals; elsewhere that must not show."""
    if type(value) is list and dtype.element is not None:
        element = dtype.element
        return [_number(one, element) for one in value]
    if type(value) is Decimal and dtype.kind != "DECIMAL" and value.is_finite():
        return float(value)
    return _NOT_FINITE.get(value, value) if type(value) is str and dtype.kind in ("FLOAT", "DOUBLE") else value
