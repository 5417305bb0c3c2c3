"""Slots: relations of DuckDB whose rows are those of the current request.

A prepared statement over a table or over parameters is planned again at each execution; over an object that yields an
Arrow stream it is not. So a slot is registered once, and each request puts a batch into it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


class Slot:
    """A relation with a fixed schema and the rows of one request. Not shared between threads."""

    def __init__(self, schema: pa.Schema) -> None:
        self.schema = schema
        self.batch: pa.RecordBatch | None = None

    def put(self, columns: list[pa.Array]) -> None:
        """The rows that the next execution reads."""
        import pyarrow as pa

        self.batch = pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def __arrow_c_schema__(self) -> Any:
        return self.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        import pyarrow as pa

        batches = [] if self.batch is None else [self.batch]
        return pa.RecordBatchReader.from_batches(self.schema, batches).__arrow_c_stream__(requested_schema)
