"""Lists and their elements."""

from __future__ import annotations

from sqlglot import exp

from skewless.dialects.calls import Call
from skewless.dialects.lowering.core import Lowering, Typed, Unportable


def bracket(lowering: Lowering, node: exp.Expr) -> Typed:
    """`list[n]`; sqlglot counts from 0."""
    index = node.expressions[0]
    if len(node.expressions) != 1 or isinstance(index, exp.Slice):
        raise Unportable(node, "a part of a list has no proven meaning there", "name the elements: list[1]")
    return lowering.call(node, Call("list_element", (node.this, _plus_one(index))))


def listed(lowering: Lowering, node: exp.Expr) -> Typed:
    return lowering.call(node, Call("list_value", tuple(node.expressions)))


def _plus_one(index: exp.Expr) -> exp.Expr:
    if index.is_int:
        number = int(index.to_py()) + 1
        literal: exp.Expr = exp.Literal.number(abs(number))
        return literal if number >= 0 else exp.Neg(this=literal)
    return exp.Add(this=exp.paren(index.copy()), expression=exp.Literal.number(1))
