"""Feature types as Arrow types, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skewless.ground.dtypes import DataType, Kind

if TYPE_CHECKING:
    import pyarrow as pa


def arrow_type(dtype: DataType) -> pa.DataType:
    """The Arrow type in which a feature type travels."""
    import pyarrow as pa

    if dtype.element is not None:
        return pa.list_(arrow_type(dtype.element))
    if dtype.kind == "DECIMAL":
        return pa.decimal128(dtype.precision, dtype.scale)
    return {
        "BOOLEAN": pa.bool_(), "INTEGER": pa.int32(), "BIGINT": pa.int64(), "FLOAT": pa.float32(),
        "DOUBLE": pa.float64(), "VARCHAR": pa.string(), "DATE": pa.date32(), "TIMESTAMP": pa.timestamp("us"),
    }[dtype.kind]  # fmt: skip


def dtype_of(kind: pa.DataType) -> DataType | None:
    """The feature type that an Arrow type is; None if it is none of them exactly."""
    import pyarrow as pa

    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        element = dtype_of(kind.value_type)
        return None if element is None else DataType(kind="LIST", element=element)
    if pa.types.is_decimal128(kind):
        return DataType(kind="DECIMAL", precision=kind.precision, scale=kind.scale)
    known: dict[pa.DataType, Kind] = {
        pa.bool_(): "BOOLEAN", pa.int32(): "INTEGER", pa.int64(): "BIGINT", pa.float32(): "FLOAT",
        pa.float64(): "DOUBLE", pa.string(): "VARCHAR", pa.large_string(): "VARCHAR", pa.date32(): "DATE",
        pa.timestamp("us"): "TIMESTAMP",
    }  # fmt: skip
    found = known.get(kind)
    return None if found is None else DataType(kind=found)
