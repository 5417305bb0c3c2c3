"""Texts: LIKE, joining values of any type, parts by position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from skewless.dialects.calls import Call
from skewless.dialects.lowering.core import Lowering, Typed, Unportable
from skewless.ground.dtypes import INTEGER, NULL, VARCHAR


def like(lowering: Lowering, node: exp.Expr) -> Typed:
    return _like(lowering, node, ())


def escaped(lowering: Lowering, node: exp.Expr) -> Typed:
    """`a LIKE b ESCAPE c`."""
    if not isinstance(node.this, exp.Like | exp.ILike):
        raise Unportable(node, "ESCAPE of this has no proven meaning there", "write LIKE or ILIKE")
    return _like(lowering, node.this, (node.expression,))


def _like(lowering: Lowering, node: exp.Expr, escape: tuple[exp.Expr, ...]) -> Typed:
    name = ("ilike" if isinstance(node, exp.ILike) else "like") + ("_escape" if escape else "")
    found = lowering.call(node, Call(name, (node.this, node.expression, *escape)))
    return lowering.applied(node, "not", [found]) if node.args.get("negate") else found


def raw(_: Lowering, node: exp.Expr) -> Typed:
    """`$$a text$$`."""
    text = str(node.this)
    return Typed(exp.Literal.string(text), VARCHAR, constant=text, is_text=True)


def joined(lowering: Lowering, node: exp.Expr) -> Typed:
    """`concat` and `||`: of lists, or of texts and whatever else, which DuckDB writes as text."""
    parts = [node.this, node.expression] if isinstance(node, exp.DPipe) else node.expressions
    values = [lowering.expression(part) for part in parts]
    name = "||" if isinstance(node, exp.DPipe) else "concat"
    if any(value.dtype is not None and value.dtype.is_list for value in values):
        return lowering.applied(node, name if name == "||" else "list_concat", values)
    return lowering.applied(node, name, _texts(lowering, node, values))


def joined_by(lowering: Lowering, node: exp.Expr) -> Typed:
    """`concat_ws`; its separator must be a text already."""
    separator, *values = [lowering.expression(part) for part in node.expressions]
    return lowering.applied(node, "concat_ws", [separator, *_texts(lowering, node, values)])


def _texts(lowering: Lowering, node: exp.Expr, values: Sequence[Typed]) -> list[Typed]:
    return [
        value if value.dtype in (VARCHAR, NULL, None) else lowering.cast_to(node, value, VARCHAR) for value in values
    ]


def substring(lowering: Lowering, node: exp.Expr) -> Typed:
    parts = [node.args[key] for key in ("this", "start", "length") if node.args.get(key) is not None]
    return cut(lowering, node, [lowering.expression(part) for part in parts])


def cut(lowering: Lowering, node: exp.Expr, values: Sequence[Typed]) -> Typed:
    """`substring(text, start, length)`; places outside the text take the long way of computed ones."""
    text, *places = values
    is_plain = all(_is_least(place, low) for place, low in zip(places, (1, 0), strict=False))
    return lowering.applied(
        node, "substring", [text, *(place if is_plain else replace(place, constant=None) for place in places)]
    )


def _is_least(place: Typed, low: int) -> bool:
    return place.constant is None or place.dtype != INTEGER or int(place.constant) >= low


def part(lowering: Lowering, node: exp.Expr, text: exp.Expr, bounds: exp.Slice) -> Typed:
    """`text[2:4]`: from the second to the fourth character."""
    low, high = _place(node, bounds.this) or 1, _place(node, bounds.expression)
    arguments = [text, exp.Literal.number(low)]
    if high is not None:
        arguments.append(exp.Literal.number(max(high - low + 1, 0)))
    return cut(lowering, node, [lowering.expression(argument) for argument in arguments])


def _place(node: exp.Expr, bound: exp.Expr | None) -> int | None:
    if bound is None:
        return None
    if not bound.is_int or int(bound.to_py()) < 0:
        raise Unportable(
            node, "a part of a text between other places than numbers has no proven meaning there",
            "use substring, left or right: right(text, 3)",
        )  # fmt: skip
    return int(bound.to_py())
