"""A statement in DuckDB's meaning into an engine's own text, with the types of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from skewless.contract.arrow import arrow_type
from skewless.dialects.emit import emit
from skewless.dialects.lowering.core import ColumnType, Target, Unportable, Untyped
from skewless.dialects.relations import Relations, Schema
from skewless.dialects.statements import Statement
from skewless.ground.dtypes import DataType
from skewless.ground.errors import EngineError

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class LoweredSql:
    """An engine's text, and what its columns are in DuckDB."""

    text: str
    schema: Schema


def lowered_sql(query: exp.Query, target: Target, relations: Relations) -> LoweredSql:
    """Raises EngineError for what has no proven meaning in the engine."""
    try:
        tree, schema = Statement(target, relations).query(query)
    except Unportable as error:
        raise EngineError(error.reason, help=error.rewrite) from error
    except Untyped as error:
        raise EngineError(str(error)) from error
    return LoweredSql(emit(tree, target.engine, pretty=False, copy=False), schema)


def physical_schema(columns: Mapping[str, str]) -> dict[str, ColumnType]:
    """Columns by DuckDB's names of their types; None of a type that only a cast can read."""
    return {name.lower(): ColumnType(_exact(kind)) for name, kind in columns.items()}


def _exact(kind: str) -> DataType | None:
    try:
        found = DataType.parse(kind)
    except ValueError:
        return None
    return found if str(found) == kind.replace(" ", "") else None


def as_described(rows: pa.Table, schema: Schema) -> pa.Table:
    """Rows that an engine gave, in the Arrow types of the statement's columns."""
    import pyarrow as pa

    fields = [
        pa.field(field.name, arrow_type_of(column.dtype) or field.type)
        for field, column in zip(rows.schema, schema.values(), strict=True)
    ]
    return rows.cast(pa.schema(fields))


def arrow_type_of(dtype: DataType | None) -> pa.DataType | None:
    """None of a type that no feature has, and Arrow no type for."""
    return None if dtype is None or dtype.kind in ("HUGEINT", "INTERVAL", "NULL") else arrow_type(dtype)
