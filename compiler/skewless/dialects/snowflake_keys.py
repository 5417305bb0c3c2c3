"""Several keys of an order as one text, for Snowflake: the bytes of the texts sort as the keys do.

MAX_BY and MIN_BY compare one value, and leave out rows where it is NULL. A key becomes one digit for its NULL and then
as many digits as its type has at most, or the bytes of a text in hexadecimal digits and an end.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from skewless.dialects.lowering.core import Key, Unportable
from skewless.dialects.lowering.templates import filled, parsed
from skewless.ground.dtypes import DataType

_LIMITS = {
    "BOOLEAN": (0, 1),
    "INTEGER": (-(2**31), 2**31 - 1),
    "BIGINT": (-(2**63), 2**63 - 1),
    "DATE": (-(2**31), 2**31 - 1),
    "TIMESTAMP": (-(2**63), 2**63 - 1),
}
_WHOLE = {
    "BOOLEAN": "CASE WHEN $1 THEN 1 ELSE 0 END",
    "INTEGER": "$1",
    "BIGINT": "$1",
    "DATE": "DATEDIFF(DAY, CAST('1970-01-01' AS DATE), $1)",
    "TIMESTAMP": "DATE_PART(EPOCH_MICROSECOND, $1)",
}
"""Whole numbers that sort as the values of the type do, within `_LIMITS`."""
_DIGITS = 38
"""The most that a NUMBER has."""


def sortable(node: exp.Expr, keys: Sequence[Key]) -> exp.Expr:
    """The text of the keys, which is never NULL; `node` is the place of the aggregate. Raises Unportable."""
    texts = [_nullable(key, _text(node, key)) for key in keys]
    return texts[0] if len(texts) == 1 else exp.Concat(expressions=texts, coalesce=False)


def _nullable(key: Key, text: exp.Expr) -> exp.Expr:
    null = exp.Literal.string("0" if key.nulls_first else "2")
    is_null = exp.Is(this=exp.paren(key.tree.copy()), expression=exp.Null())
    return exp.Case(ifs=[exp.If(this=is_null, true=null)], default=_sql("'1' || $1", text))


def _text(node: exp.Expr, key: Key) -> exp.Expr:
    """The text of a key that is not NULL."""
    dtype = key.dtype
    if dtype is not None and dtype.kind == "VARCHAR":
        return _bytes(key)
    if dtype is not None and dtype.kind in _WHOLE:
        return _digits(key, _sql(_WHOLE[dtype.kind], key.tree), *_LIMITS[dtype.kind])
    if dtype is not None and dtype.kind == "DECIMAL" and dtype.precision + dtype.scale < _DIGITS:
        return _decimal(key, dtype)
    raise Unportable(
        node, f"Snowflake takes the first and the last row by one text, and a {dtype} has none that sorts as it does",
        "order by a whole number, a decimal such as decimal(18,4), a date, a timestamp or a text",
    )  # fmt: skip


def _bytes(key: Key) -> exp.Expr:
    """A text that ends another is less than it: the end sorts before every digit, or after it where all is reversed."""
    if not key.is_descending:
        return _sql("HEX_ENCODE($1) || ' '", key.tree)
    return _sql("TRANSLATE(HEX_ENCODE($1), '0123456789ABCDEF', 'FEDCBA9876543210') || '~'", key.tree)


def _decimal(key: Key, dtype: DataType) -> exp.Expr:
    whole = _sql(f"CAST($1 * {10**dtype.scale} AS NUMBER({_DIGITS}, 0))", key.tree)
    return _digits(key, whole, 1 - 10**dtype.precision, 10**dtype.precision - 1)


def _digits(key: Key, whole: exp.Expr, least: int, greatest: int) -> exp.Expr:
    """The distance from the end of the type's range where the order begins."""
    distance = _sql(f"{greatest} - $1" if key.is_descending else f"$1 + {-least}", whole)
    return _sql(f"LPAD(TO_VARCHAR($1), {len(str(greatest - least))}, '0')", distance)


def _sql(template: str, argument: exp.Expr) -> exp.Expr:
    return filled(parsed(template, "snowflake"), [argument])
