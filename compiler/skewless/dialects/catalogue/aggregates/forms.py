"""What the aggregates of the catalogue have in common.

In a template every call of an aggregate takes the same FILTER; an argument of an aggregate may be NULL for a row that
does not count. Only `COUNT(*)` has no argument to be made NULL.
"""

from __future__ import annotations

from collections.abc import Sequence

from skewless.dialects.catalogue.entry import Entry, Refused, Result, Rounding, documented, entry, first
from skewless.ground.dtypes import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    FLOAT,
    HUGEINT,
    INTEGER,
    TIMESTAMP,
    VARCHAR,
    DataType,
)  # fmt: skip

SCALARS: dict[str, DataType | Result] = {
    "BOOLEAN": BOOLEAN, "INTEGER": INTEGER, "BIGINT": BIGINT, "HUGEINT": HUGEINT, "FLOAT": FLOAT, "DOUBLE": DOUBLE,
    "DECIMAL": first, "VARCHAR": VARCHAR, "DATE": DATE, "TIMESTAMP": TIMESTAMP,
}  # fmt: skip
FLOATING = ("FLOAT", "DOUBLE")
WHOLE = ("INTEGER", "BIGINT", "HUGEINT")
OF_DOUBLE = "CAST($1 AS DOUBLE)"
UPSTREAM = Refused("Snowflake has no function for it", "compute the value upstream")
LISTS = Refused("Snowflake does not order or compare arrays", "aggregate an element of the list")


def everywhere(signature: str, result: DataType | Result, refused: Refused) -> Entry:
    """An entry that no engine has."""
    return entry(signature, result, spark=refused, snowflake=refused, shape="aggregate")


def alike(signature: str, result: DataType | Result, sql: str, page: str, rounding: Rounding = "exact") -> Entry:
    """An entry that the engines spell alike."""
    return entry(
        signature, result, spark=sql, snowflake=documented(sql, f"functions/{page}"), shape="aggregate",
        rounding=rounding,
    )  # fmt: skip


def list_of(types: Sequence[DataType]) -> DataType:
    """The type of a list of the first argument's values."""
    return DataType(kind="LIST", element=types[0])
