"""Lists and their elements."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.expressions import apply_index_offset

from skewless.dialects.calls import Call
from skewless.dialects.lowering import texts
from skewless.dialects.lowering.core import Lowering, Typed, Unportable
from skewless.ground.dtypes import VARCHAR

_ONE = exp.Literal.number(1)


def bracket(lowering: Lowering, node: exp.Expr) -> Typed:
    """`list[n]`, `text[n]` and `text[n:m]`."""
    (index,) = _places(node)
    value = lowering.expression(node.this)
    if not isinstance(index, exp.Slice):
        if value.dtype == VARCHAR:
            return texts.cut(lowering, node, [value, lowering.expression(index), lowering.expression(_ONE)])
        return lowering.applied(node, "list_element", [value, lowering.expression(index)])
    if index.args.get("step") is not None or value.dtype is None or value.dtype.is_list:
        raise Unportable(node, "a part of a list has no proven meaning there", "name the elements: list[1]")
    return texts.part(lowering, node, node.this, index)


def _places(node: exp.Expr) -> list[exp.Expr]:
    """The brackets' places as DuckDB is told them: sqlglot counts some of them from 0."""
    places = [place.copy() for place in node.expressions]
    found: list[exp.Expr] = apply_index_offset(node.this, places, 1 - (node.args.get("offset") or 0), dialect="duckdb")
    return found


def listed(lowering: Lowering, node: exp.Expr) -> Typed:
    return lowering.call(node, Call("list_value", tuple(node.expressions)))
