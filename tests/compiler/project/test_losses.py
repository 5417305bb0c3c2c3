"""What is lost of a column that is declared as another type than it has."""

from __future__ import annotations

import pytest

from skewless.ground.dtypes import DataType
from skewless.project.losses import loss_of


@pytest.mark.parametrize(
    ("found", "declared", "loss"),
    [
        ("DOUBLE", "bigint", "rounded to whole numbers, and a value that is too large fails"),
        ("FLOAT", "integer", "rounded to whole numbers, and a value that is too large fails"),
        ("DECIMAL(18,3)", "decimal(18,2)", "rounded to 2 digits after the point"),
        ("DECIMAL(20,2)", "decimal(18,2)", "a value that is too large fails"),
        ("DECIMAL(18,3)", "bigint", "rounded to whole numbers"),
        ("DOUBLE", "decimal(18,3)", "rounded to 3 digits after the point, and a value that is too large fails"),
        ("BIGINT", "integer", "a value that is too large fails"),
        ("UBIGINT", "bigint", "a value that is too large fails"),
        ("HUGEINT", "decimal(38,0)", "a value that is too large fails"),
        ("DOUBLE", "float", "rounded to about 7 digits"),
        ("BIGINT", "double", "rounded to about 15 digits"),
        ("INTEGER", "boolean", "every number but 0 becomes true"),
        ("TIMESTAMP", "date", "the time of day is cut off"),
        ("TIMESTAMP WITH TIME ZONE", "date", "the time of day is cut off"),
        ("TIMESTAMP_NS", "timestamp", "nanoseconds are cut off"),
        ("DOUBLE[]", "bigint[]", "rounded to whole numbers, and a value that is too large fails"),
    ],
)
def test_what_becomes_of_values_is_said(found: str, declared: str, loss: str) -> None:
    assert loss_of(found, DataType.parse(declared)) == loss


@pytest.mark.parametrize(
    ("found", "declared"),
    [
        ("INTEGER", "bigint"), ("UINTEGER", "bigint"), ("SMALLINT", "integer"), ("INTEGER", "double"),
        ("FLOAT", "double"), ("DECIMAL(10,2)", "decimal(18,2)"), ("INTEGER", "decimal(12,2)"),
        ("DECIMAL(10,2)", "double"), ("DATE", "timestamp"), ("TIMESTAMP WITH TIME ZONE", "timestamp"),
        ("DOUBLE", "varchar"), ("TIMESTAMP", "varchar"), ("VARCHAR", "bigint"), ("VARCHAR", "timestamp"),
        ("BOOLEAN", "boolean"), ("BIGINT[]", "bigint[]"),
    ],
)  # fmt: skip
def test_what_loses_nothing_is_not_mentioned(found: str, declared: str) -> None:
    assert loss_of(found, DataType.parse(declared)) is None
