"""Slots: relations of DuckDB whose rows are those of the current request.

A prepared statement over a table or over parameters is planned again at each execution; over an object that yields an
Arrow stream it is not. So a slot is registered once, and each request puts a batch into it.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from skewless.contract.arrow import arrow_type
from skewless.ground.dtypes import DataType

if TYPE_CHECKING:
    import pyarrow as pa

_CODES = {"INTEGER": "i", "BIGINT": "q", "FLOAT": "f", "DOUBLE": "d"}


class Slot:
    """A relation with a fixed schema and the rows of one request. Not shared between threads."""

    def __init__(self, schema: pa.Schema) -> None:
        self.schema = schema
        self.batches: list[pa.RecordBatch] = []

    def put(self, columns: list[pa.Array]) -> None:
        """The rows that the next executions read."""
        import pyarrow as pa

        self.batches = [pa.RecordBatch.from_arrays(columns, schema=self.schema)]

    def put_table(self, table: pa.Table) -> None:
        """The rows of a table with columns of the slot's types, in its order."""
        self.batches = table.rename_columns(self.schema.names).cast(self.schema).to_batches()

    def clear(self) -> None:
        """No rows."""
        self.batches = []

    def __arrow_c_schema__(self) -> Any:
        return self.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        import pyarrow as pa

        return pa.RecordBatchReader.from_batches(self.schema, self.batches).__arrow_c_stream__(requested_schema)


class SlotArray:
    """Python values of one type into Arrow arrays. Numbers without NULLs are packed, which is quicker for a few."""

    def __init__(self, dtype: DataType) -> None:
        self.type = arrow_type(dtype)
        self._code = _CODES.get(dtype.kind)

    def of(self, values: Sequence[Any]) -> pa.Array:
        import pyarrow as pa

        if self._code is None or None in values:
            return pa.array(values, self.type)
        data = struct.pack(f"<{len(values)}{self._code}", *values)
        return pa.Array.from_buffers(self.type, len(values), [None, pa.py_buffer(data)])


def repeated(at: int, rows: int) -> pa.Array:
    """One moment, in microseconds since 1970, beside each row."""
    import pyarrow as pa

    data = pa.py_buffer(struct.pack("<q", at) * rows)
    return pa.Array.from_buffers(pa.timestamp("us"), rows, [None, data])
