"""Arithmetic with intervals, buckets of time, and formats.

An interval is no value on other engines: `x + INTERVAL 'n' unit` is lowered as a whole, as `date_add('unit', n, x)`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import exp

from skewless.dialects.calls import call_of
from skewless.dialects.catalogue.documented import unread
from skewless.dialects.catalogue.entry import Refused
from skewless.dialects.catalogue.time.formats import strftime
from skewless.dialects.catalogue.time.units import UNITS
from skewless.dialects.lowering.core import Lowering, Typed, Unportable
from skewless.dialects.lowering.templates import operand
from skewless.ground.dtypes import BIGINT, INTEGER, TIMESTAMP, VARCHAR
from skewless.ground.durations import MICROSECONDS

_NEXT_TO_IT = "write it next to the + or - that uses it, with one number and one unit: x + interval '5' minute"
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_MADE_OF = {
    "to_microseconds": "microsecond", "to_milliseconds": "millisecond", "to_seconds": "second",
    "to_minutes": "minute", "to_hours": "hour", "to_days": "day", "to_weeks": "week", "to_months": "month",
    "to_quarters": "quarter", "to_years": "year", "to_decades": "decade", "to_centuries": "century",
    "to_millennia": "millennium",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Length:
    """An interval: how many of a unit, in DuckDB's tree."""

    unit: str
    count: exp.Expr


def interval(_: Lowering, node: exp.Expr) -> Typed:
    raise Unportable(node, "an interval by itself has no proven meaning there", _NEXT_TO_IT)


def step(lowering: Lowering, node: exp.Expr) -> exp.Expr:
    """An interval of a fixed length that is no value: between the ticks of a series, or the width of a frame."""
    length = _length(lowering, node)
    if length is None or length.unit not in MICROSECONDS or not isinstance(length.count, exp.Literal):
        raise Unportable(node, "a step of no fixed length differs between engines", "interval '5' minute")
    number = exp.Literal.string(length.count.name)
    return lowering.target.interval(exp.Interval(this=number, unit=exp.var(length.unit.upper())))


def plus(lowering: Lowering, node: exp.Expr) -> Typed:
    """`x + INTERVAL`, `INTERVAL + x`, `x - INTERVAL`, and every other sum and difference."""
    left, right = node.this, node.expression
    is_sum = not isinstance(node, exp.Sub)
    if (length := _length(lowering, right)) is not None:
        return _moved(lowering, node, left, length if is_sum else _Length(length.unit, _negative(length.count)))
    if is_sum and (length := _length(lowering, left)) is not None:
        return _moved(lowering, node, right, length)
    call = call_of(node)
    if call is None:
        raise Unportable(node, "it adds to a date what is no interval", _NEXT_TO_IT)
    return lowering.call(node, call)


def _moved(lowering: Lowering, node: exp.Expr, moment: exp.Expr, length: _Length) -> Typed:
    count = lowering.expression(length.count)
    return lowering.applied(node, "date_add", [_word(length.unit), count, lowering.expression(moment)])


def _word(text: str) -> Typed:
    return Typed(exp.Literal.string(text), VARCHAR, constant=text, is_text=True)


def _length(lowering: Lowering, node: exp.Expr) -> _Length | None:
    """The interval that a node is; None if it is none, or one that has no number and unit of its own."""
    if isinstance(node, exp.Paren):
        return _length(lowering, node.this)
    if isinstance(node, exp.Interval):
        return _written(lowering, node)
    if isinstance(node, exp.Neg) and (length := _length(lowering, node.this)) is not None:
        return _Length(length.unit, _negative(length.count))
    if isinstance(node, exp.Mul):
        return _times(lowering, node)
    call = call_of(node)
    if call is not None and call.name in _MADE_OF and len(call.arguments) == 1:
        return _Length(_MADE_OF[call.name], call.arguments[0])
    return None


def _written(lowering: Lowering, node: exp.Interval) -> _Length:
    """`INTERVAL '5' MINUTE` or `INTERVAL (n) MINUTE`."""
    unit, count = node.args.get("unit"), node.this
    known = UNITS.get(unit.name.lower()) if isinstance(unit, exp.Var) else None
    if known is None or count is None:
        raise Unportable(node, "an interval without one number and one unit has no proven meaning there", _NEXT_TO_IT)
    if not isinstance(count, exp.Literal):
        if lowering.expression(count).dtype != INTEGER:
            raise Unportable(node, "DuckDB makes a DOUBLE of the number of an interval, and cuts it off",
                             f"cast it to integer, or write to_{known}s(n)")  # fmt: skip
        return _Length(known, count)
    if not _WHOLE.fullmatch(count.name):
        raise Unportable(
            node, f"DuckDB reads {count.name} {known}s as other engines do not", "use whole numbers of a smaller unit"
        )
    # More milliseconds than an INTEGER are DOUBLE in DuckDB; these are exact.
    number = int(count.name) * (MICROSECONDS[known] if known == "millisecond" else 1)
    return _Length("microsecond" if known == "millisecond" else known, _number(number))


def _times(lowering: Lowering, node: exp.Expr) -> _Length | None:
    """`n * INTERVAL`, where DuckDB makes an INTEGER of the number."""
    for part, factor in ((node.this, node.expression), (node.expression, node.this)):
        length = _length(lowering, part)
        if length is None:
            continue
        if lowering.expression(factor).dtype not in (INTEGER, BIGINT):
            raise Unportable(node, "a fraction of an interval is rounded by every engine in its own way",
                             "multiply a whole number, and a smaller unit")  # fmt: skip
        whole = exp.cast(exp.cast(operand(factor.copy()), "INTEGER", dialect="duckdb"), "BIGINT", dialect="duckdb")
        return _Length(length.unit, exp.Mul(this=whole, expression=operand(length.count.copy())))
    return None


def _negative(count: exp.Expr) -> exp.Expr:
    if isinstance(count, exp.Neg):
        inner: exp.Expr = count.this
        return inner
    return exp.Neg(this=operand(count.copy()))


def _number(value: int) -> exp.Expr:
    literal = exp.Literal.number(abs(value))
    return exp.Neg(this=literal) if value < 0 else literal


def bucket(lowering: Lowering, node: exp.Expr) -> Typed:
    """`time_bucket(INTERVAL, x, origin)`."""
    parts = node.expressions or [node.this, node.expression, node.args.get("unit")]
    width, moment, origin = (*parts, None)[:3]
    length = _length(lowering, width)
    if length is None:
        raise Unportable(width, "the width of a bucket is no interval of one number and one unit",
                         "time_bucket(interval '5' minute, t)")  # fmt: skip
    arguments = [_word(length.unit), lowering.expression(length.count), lowering.expression(moment)]
    if origin is not None:
        arguments.append(lowering.expression(_origin(node, origin)))
    return lowering.applied(node, "time_bucket", arguments)


def _origin(node: exp.Expr, origin: exp.Expr) -> exp.Expr:
    """sqlglot takes the origin for a unit: a column becomes a word in capitals, and so does a text."""
    if not isinstance(origin, exp.Var):
        return origin
    if not origin.name.isidentifier():
        raise Unportable(node, "DuckDB does not know which type the origin has", f"timestamp '{origin.name}'")
    return exp.column(origin.name.lower())


def formatted(lowering: Lowering, node: exp.Expr) -> Typed:
    """`strftime(x, 'format')`, whose arguments DuckDB takes in either order."""
    moment, written = node.this, node.args["format"]
    if isinstance(moment, exp.Literal) and not isinstance(written, exp.Literal):
        moment, written = written, moment
    if not isinstance(written, exp.Literal) or not written.is_string:
        raise Unportable(node, "strftime's format is not written out", "write the format as a text in quotes")
    engine = lowering.target.engine
    support = strftime(written.name, engine) if engine == "spark" or engine == "snowflake" else unread(engine)
    if isinstance(support, Refused):
        raise Unportable(node, support.reason, support.rewrite)
    value = lowering.coerced(node, lowering.expression(moment), TIMESTAMP)
    return Typed(lowering.written(support, [value.tree], VARCHAR), VARCHAR)
