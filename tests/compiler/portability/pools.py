"""Values at which engines have been seen to differ, by type."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import random
import struct
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from skewless.ground.dtypes import HUGEINT, VARCHAR, DataType

_NAN, _INF = float("nan"), float("inf")


def _single(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])


def _decimals(texts: str) -> list[Any]:
    return [Decimal(text) for text in texts.split()]


_WHOLE = [0, 1, -1, 2, -2, 3, 7, -5, 10, 100, 255, 256]
_DOUBLES = [
    0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 1.5, 2.5, -2.5, 3.5, 0.1, 0.125, 1.005, 2.675, -1.115, 8.5, 27.0, -27.0, 100.0,
    1e-7, 123456.789, 1e15, 1e16, 9007199254740993.0, 0.49999999999999994, 4503599627370497.5, -4503599627370495.5,
    9.223372036854775807e18, -9.3e18, 2147483647.5, -2147483648.5, 1e20, 1.7e308, -1e300, 5e-324, -5e-324,
    _NAN, _INF, -_INF,
]  # fmt: skip
_TEXTS = [
    "", " ", "a", "A", "abc", "ABC", "aaa", "abcabc", "héllo", "straße", "ẞ", "İstanbul", "ıI", "ΣΑΣ", "Σας", "ǅ", "ﬁx",
    "日本語", "😀x", "e\u0301", "\u00a0x\u00a0", " a ", "\t\n", "a\nb", "a,b,c", ",,", "12", "-3", "12.7", " 7 ", "1e3",
    "x%y_z", "100%", "_", "\\", "a\\b", "'", '"', "foo123bar", "true", "2026-01-31", "a.b", "(x)", "[y]", "$1", "\x00z",
]  # fmt: skip
# Texts that are read as something else, and some that nearly are.
_READ = [
    "0", "+5", "-0.5", "2.5", "0.5", "3.4999", ".5", "5.", "-.5", "007", "99999999999", "9223372036854775807",
    "9223372036854775808", "-9223372036854775808.4", "1e-2", "-1.5E2", "1.7976931348623157e308", "1e400", "123456789.987",
    "1.", ".", "-", "+", "1 2", "1a", "inf", "-Infinity", "NaN", "nan", "TRUE", "False", "T", "f", "yes", "no", "on",
    "2026-02-30", "2026-2-3", " 2026-01-31 ", "2026-01-31 10:00", "2026-01-31T10:00:00", "2026-01-31 23:59:59.123456",
    "2026-01-31 10:00:00.1234569", "2026-01-31 25:00:00", "2026-01-31 10:00:00Z", "2026-01-31 10:00:00+02:00",
    "10000-01-01", "0001-01-01", "0000-01-01", "2026-13-01", "2026-01", "10:00:00",
]  # fmt: skip
# The values of `a` in an object, which are no structures themselves; then other texts.
_JSON_VALUES = [
    "null", "true", "false", "0", "-0", "-1", "12", "9223372036854775807", "0.0", "-0.0", "0.00", "1.0", "1.10", "12.5",
    "-2.50", "100.0", "0.001", "123456789012.345", '""', '"x"', '" x "', '"1.0"', '"x\\"y\\u00e9\\n"', '"\\ud83d\\ude00"',
    '"é😀"', '"\\/"', '"\\u0000"', "tru", "01", "+1", ".5", "'x'", '"\t"', '"\\ud83d"', "1 /* c */",
]  # fmt: skip
_JSON = [
    *(f'{{"a": {value}, "z": [1e3]}}' for value in _JSON_VALUES), "", " ", "1", '"x"', "null", "[]", "{}", '[{"a": 1}]',
    '{"n": {"b": "c", "d": [1, "e", {"f": 2.0}]}}', '{"n": [1, "e", {"b": null}]}', '{"n": {"b": 1.5}}', '[[["x"]]]', '{"A": 1}',
     ' {"a" : "x" } \n', '{"\\u0061": "x"}', '{"b": {"a": 1}}', '{"": "x"}', '{"a":1} x', '{"a":1}{"a":2}', '{"a":1}]',
    '{"a":1}}', '{"a":1},', '{"a":1},{"a":2}', '{"a":1}//c', "{'a':1}", "{a:1}", '{"a":"b"', '\ufeff{"a":1}', "]", "}", "1,2", "x",
]  # fmt: skip
_DATES = [
    dt.date(*parts)
    for parts in [
        (1970, 1, 1), (1969, 12, 31), (1, 1, 1), (9999, 12, 31), (1582, 10, 4), (1582, 10, 15), (1900, 2, 28),
        (1900, 3, 1), (2000, 2, 29), (2000, 12, 31), (2020, 12, 31), (2021, 1, 3), (2021, 1, 4), (2024, 2, 29),
        (2024, 12, 30), (2025, 12, 28), (2025, 12, 29), (2026, 1, 1), (2026, 1, 4), (2026, 1, 31), (2026, 3, 31),
        (2026, 6, 30),
    ]
]  # fmt: skip
_MOMENTS = [
    *(dt.datetime(day.year, day.month, day.day) for day in _DATES[:6]),
    *(dt.datetime(day.year, day.month, day.day, 23, 59, 59, 999_999) for day in _DATES[6:]),
    dt.datetime(1969, 12, 31, 23, 59, 59, 999_999), dt.datetime(1970, 1, 1, 0, 0, 0, 1),
    dt.datetime(2026, 1, 4, 12, 30, 30, 500_000), dt.datetime(2026, 3, 29, 2, 30), dt.datetime(1900, 1, 1, 5, 6, 7),
]  # fmt: skip
_POOLS: dict[str, list[Any]] = {
    "BOOLEAN": [True, False],
    "INTEGER": [*_WHOLE, 2**31 - 1, -(2**31), 46341, -46341],
    "BIGINT": [*_WHOLE, 2**31, -(2**31) - 1, 1_000_000_007, 2**53 + 1, 2**63 - 1, -(2**63)],
    "HUGEINT": [*_WHOLE, 2**63, -(2**63) - 1, 10**30],
    "FLOAT": [_single(value) for value in (0.0, -0.0, 0.5, -2.5, 1.1, 3.4e38, 1e-40, 16777217.0, 123.456)]
    + [_NAN, _INF, -_INF],
    "DOUBLE": _DOUBLES,
    "DECIMAL(12,2)": [Decimal(text) for text in (
        "0.00", "1.00", "-1.00", "0.05", "0.50", "-0.50", "2.50", "-2.50", "3.55", "2.45", "0.01", "1234567890.12",
        "9999999999.99", "-9999999999.99",
    )],
    "DECIMAL(4,4)": _decimals("0.0000 0.0001 -0.0001 0.5000 -0.5000 0.4999 0.9999 -0.9999"),
    "DECIMAL(18,0)": _decimals(
        "0 1 -1 2147483647 2147483648 -2147483649 9007199254740993 -9007199254740995 999999999999999999"
    ),
    "DECIMAL(18,6)": _decimals(
        "0.000000 0.000001 -0.000001 1.500000 -2.500000 2.500001 0.499999 123456.789012 9007199254.740993 "
        "-9007199254.740993 16777217.000001 999999999999.999999 -999999999999.999999"
    ),
    "DECIMAL(38,0)": _decimals(f"0 1 -1 {2**53 + 1} {-(2**53) - 1} {2**63 - 1} {2**63} {-(2**63) - 1} {10**30}"),
    "DECIMAL(38,10)": _decimals(
        "0.0000000000 0.0000000001 -0.5000000000 1.5000000000 -2.5000000000 0.4999999999 123456789.0123456789 "
        "-9007199254740993.1234567891 1234567890123456789.0123456789 9999999999999999999999999999.9999999999"
    ),
    "VARCHAR": [*_TEXTS, *_READ],
    "JSON": _JSON,
    "DATE": _DATES,
    "TIMESTAMP": _MOMENTS,
    "VARCHAR[]": [[], ["a"], ["b", None, "a"], ["a", "b", "a"], [None], ["", "A", "é"]],
    "BIGINT[]": [[], [1], [3, None, 1], [1, 2, 1], [None, None], [-5, 2**62]],
    "BOOLEAN[]": [[], [True], [False, None, True], [None]],
    "INTEGER[]": [[], [1], [3, None, 1], [2, 2, -1], [None], [2**31 - 1, 2**31 - 1]],
    "DECIMAL(12,2)[]": [[], [Decimal("1.00")], [Decimal("2.50"), None, Decimal("-0.01")], [None]],
    "DATE[]": [[], [_DATES[0]], [_DATES[3], None, _DATES[2]], [None]],
    "TIMESTAMP[]": [[], [_MOMENTS[0]], [_MOMENTS[6], None, _MOMENTS[2]], [None]],
    "DOUBLE[]": [[], [1.5], [_NAN, None, 1.0], [-0.0, 0.0, _INF]],
}  # fmt: skip
KINDS = tuple(kind for kind in _POOLS if kind != "JSON")
"""Types; JSON is a pool of texts."""
MOST_ROWS = 400


def has_values(kinds: Sequence[str]) -> bool:
    """Whether each type has a pool."""
    return all(kind in _POOLS for kind in kinds)


def type_named(kind: str) -> DataType:
    """A pool's type; HUGEINT is none that a model may declare, and JSON is a pool of texts."""
    return {"HUGEINT": HUGEINT, "JSON": VARCHAR}.get(kind) or DataType.parse(kind)


@cache
def rows(kinds: Sequence[str]) -> tuple[tuple[Any, ...], ...]:
    """Combinations of the pools' values, NULL among them: all of them, or as many as can be looked at."""
    pools = [[None, *_POOLS[kind]] for kind in kinds]
    if math.prod(map(len, pools)) <= MOST_ROWS:
        return tuple(itertools.product(*pools))
    draw = random.Random(",".join(kinds))
    return tuple(tuple(draw.choice(pool) for pool in pools) for _ in range(MOST_ROWS))
