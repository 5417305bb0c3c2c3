"""Static sources as a state holds them."""

from __future__ import annotations

import math
import struct

import pyarrow as pa

from skewless.stores.statics import encode_static, is_static


def with_null(under: int) -> pa.Table:
    """1 and NULL; `under` is what stands in memory where the NULL is."""
    values = pa.py_buffer(struct.pack("<2i", 1, under))
    return pa.table({"x": pa.Array.from_buffers(pa.int32(), 2, [pa.py_buffer(b"\x01"), values])})


def test_what_stands_under_a_null_makes_no_other_rows() -> None:
    assert is_static(encode_static(with_null(2)), with_null(3))


def test_another_value_does() -> None:
    assert not is_static(encode_static(pa.table({"x": [1, 2]})), pa.table({"x": [1, 3]}))
    assert not is_static(encode_static(pa.table({"x": [1, None]})), pa.table({"x": [1, 3]}))


def test_nan_is_nan() -> None:
    rows = pa.table({"x": [math.nan, 1.0, None]})
    assert is_static(encode_static(rows), rows)
