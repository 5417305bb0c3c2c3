"""An Arrow table into a file that Snowflake reads exactly, and the SQL that gives its columns their types back.

The file is Parquet of numbers, texts and booleans, so that nothing depends on how a reader takes Parquet's other types.
Moments travel as whole microseconds, dates as days since 1970, decimals as text, lists as JSON. NaN and the infinities
have a column of text beside the numbers. What Snowflake makes of them:
https://docs.snowflake.com/en/sql-reference/functions/to_timestamp takes a number and a scale,
https://docs.snowflake.com/en/sql-reference/functions/parse_json keeps the digits of decimals, and
https://docs.snowflake.com/en/sql-reference/data-types-numeric casts 'NaN', 'inf' and '-inf' to FLOAT.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from skewless.contract.arrow import dtype_of
from skewless.dialects.emit import emit
from skewless.dialects.snowflake import Snowflake
from skewless.ground.dtypes import DataType
from skewless.ground.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

EXACT_ELEMENTS = ("BOOLEAN", "INTEGER", "BIGINT", "DECIMAL", "VARCHAR")
"""Elements of lists that are the same as JSON."""
_SPECIAL = "__special"
_TEXT, _WHOLE, _FLOAT = "VARCHAR", "NUMBER(38, 0)", "FLOAT"


@dataclass(frozen=True, slots=True)
class Sent:
    """A column as it travels, under a name that needs no quotes: Snowflake's type of it, and its values."""

    name: str
    kind: str
    values: Any


def types_of(rows: pa.Table) -> dict[str, DataType]:
    """The feature types of the columns. Raises DataError for a type that does not go to Snowflake unchanged."""
    return {field.name: _exact_type(field) for field in rows.schema}


def _exact_type(field: pa.Field) -> DataType:
    dtype = dtype_of(field.type)
    if dtype is None or (dtype.element is not None and dtype.element.kind not in EXACT_ELEMENTS):
        raise DataError(
            f"the column '{field.name}' is {field.type}, which does not go to Snowflake unchanged",
            help="cast it to a feature's type; of lists, to one of whole numbers, decimals, texts or booleans",
        )
    return dtype


def sent_columns(rows: pa.Table, types: Mapping[str, DataType]) -> Iterator[Sent]:
    """The columns as they travel."""
    for number, (name, dtype) in enumerate(types.items()):
        yield from _sent(f"c{number}", rows.column(name), dtype)


def _sent(name: str, column: Any, dtype: DataType) -> Iterator[Sent]:
    import pyarrow as pa

    if dtype.is_floating and dtype.element is None:
        yield from _numbers(name, column.cast(pa.float64()))
    elif dtype.element is not None:
        yield Sent(name, _TEXT, _texts(column, _json))
    elif dtype.kind == "DECIMAL":
        yield Sent(name, _TEXT, _texts(column, lambda value: format(value, "f")))
    elif dtype.kind == "BOOLEAN":
        yield Sent(name, "BOOLEAN", column)
    elif dtype.kind == "VARCHAR":
        yield Sent(name, _TEXT, column.cast(pa.string()))
    else:
        yield Sent(name, _WHOLE, column.cast(pa.int32() if dtype.kind == "DATE" else pa.int64()).cast(pa.int64()))


def _texts(column: Any, text: Any) -> Any:
    import pyarrow as pa

    return pa.array([None if value is None else text(value) for value in column.to_pylist()], pa.string())


def _json(values: Sequence[Any]) -> str:
    return f"[{','.join(format(one, 'f') if isinstance(one, Decimal) else json.dumps(one) for one in values)}]"


def _numbers(name: str, column: Any) -> Iterator[Sent]:
    import pyarrow as pa
    import pyarrow.compute as pc

    is_finite = pc.is_finite(column)
    yield Sent(name, _FLOAT, pc.if_else(is_finite, column, pa.scalar(None, pa.float64())))
    if pc.any(pc.invert(is_finite)).as_py():
        yield Sent(name + _SPECIAL, _TEXT, pa.array([_special(one) for one in column.to_pylist()], pa.string()))
    else:
        yield Sent(name + _SPECIAL, _TEXT, pa.nulls(len(column), pa.string()))


def _special(value: float | None) -> str | None:
    if value is None or math.isfinite(value):
        return None
    return "NaN" if math.isnan(value) else "inf" if value > 0 else "-inf"


def received(number: int, dtype: DataType) -> str:
    """The SQL that makes the column of this number of what has travelled."""
    value, kind = f"c{number}", emit(Snowflake().spelled(dtype), "snowflake")
    if dtype.element is not None:
        return f"CAST(PARSE_JSON({value}) AS {kind})"
    if dtype.is_floating:
        return f"COALESCE({value}, CAST({value}{_SPECIAL} AS {kind}))"
    if dtype.kind == "TIMESTAMP":
        return f"CAST(TO_TIMESTAMP_NTZ({value}, 6) AS {kind})"
    if dtype.kind == "DATE":
        return f"DATEADD(DAY, {value}, CAST('1970-01-01' AS DATE))"
    return f"CAST({value} AS {kind})"
