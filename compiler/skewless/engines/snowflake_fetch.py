"""Batches of Snowflake's Arrow into the types of the statement that they answer.

Whole numbers come in whatever width the values of a batch need, moments as nanoseconds, and arrays as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from skewless.dialects.relations import Schema
from skewless.engines.lowered import arrow_type_of
from skewless.engines.snowflake_load import EXACT_ELEMENTS
from skewless.ground.dtypes import DataType
from skewless.ground.errors import DataError, EngineError

if TYPE_CHECKING:
    import pyarrow as pa


def fetched(batches: Iterable[pa.Table], names: Sequence[str], schema: Schema) -> pa.Table:
    """The rows under the names, in the Arrow types of the schema; a column of none of them as wide as can be."""
    import pyarrow as pa

    dtypes = [column.dtype for column in schema.values()]
    _check_lists(dict(zip(names, dtypes, strict=True)))
    parts = [[_as_described(batch.column(place), dtype) for place, dtype in enumerate(dtypes)] for batch in batches]
    whole = [_joined([part[place] for part in parts], dtype) for place, dtype in enumerate(dtypes)]
    return pa.Table.from_arrays(whole, names=list(names))


def _check_lists(columns: Mapping[str, DataType | None]) -> None:
    for name, dtype in columns.items():
        if dtype is not None and dtype.element is not None and dtype.element.kind not in EXACT_ELEMENTS:
            raise DataError(
                f"the column '{name}' is {dtype}, whose values do not come from Snowflake exactly",
                help="train it on DuckDB, or make it a list of whole numbers, decimals, texts or booleans",
            )


def _joined(parts: Sequence[Any], dtype: DataType | None) -> Any:
    import pyarrow as pa

    if not parts:
        return pa.chunked_array([], arrow_type_of(dtype) or pa.string())
    return pa.chunked_array([chunk for part in parts for chunk in part.chunks], parts[0].type)


def _as_described(column: pa.ChunkedArray, dtype: DataType | None) -> pa.ChunkedArray:
    import pyarrow as pa

    wanted = arrow_type_of(dtype)
    try:
        if wanted is None:
            return _widened(column)
        if dtype is not None and dtype.element is not None:
            return pa.chunked_array([[_elements(text, dtype.element) for text in column.to_pylist()]], wanted)
        return column.cast(wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
        raise EngineError(f"Snowflake gave {column.type} where the value is {dtype}: {error}") from error


def _widened(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Batches of one column must be of one type."""
    import pyarrow as pa

    if pa.types.is_integer(column.type):
        return column.cast(pa.int64()).cast(pa.decimal128(38, 0))
    if pa.types.is_decimal128(column.type):
        return column.cast(pa.decimal128(38, column.type.scale))
    return column.cast(pa.timestamp("us")) if pa.types.is_timestamp(column.type) else column


def _elements(text: str | None, element: DataType) -> list[Any] | None:
    """The elements of an array, which comes as JSON."""
    if text is None:
        return None
    exact = Decimal if element.kind == "DECIMAL" else float
    values = json.loads(text, parse_float=exact, parse_int=Decimal if element.kind == "DECIMAL" else int)
    return list(values)
