"""Aggregates: their arguments, their order, and the rows that FILTER leaves them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from skewless.dialects.calls import call_of
from skewless.dialects.functions import aggregate_order
from skewless.dialects.lowering.core import Key, Lowering, Typed, Unportable
from skewless.ground.dtypes import BOOLEAN, NULL, DataType


def aggregate(lowering: Lowering, node: exp.Expr) -> Typed:
    """An aggregate without a FILTER."""
    values, keys, is_distinct = _aggregated(lowering, node)
    name = ((call := call_of(node)) and call.name) or ""
    if keys or aggregate_order(node) == "ordered":
        dtype = _ordered_type(node, name, values)
        trees = [value.tree for value in values]
        return Typed(lowering.target.ordered(name, trees, keys, is_distinct=is_distinct), dtype)
    return lowering.applied(node, f"{name} distinct" if is_distinct else name, values)


def _aggregated(lowering: Lowering, node: exp.Expr) -> tuple[list[Typed], list[Key], bool]:
    """An aggregate's arguments, its order, and whether it takes each value once."""
    call = call_of(node)
    arguments = list(call.arguments) if call is not None else []
    keys: list[Key] = []
    if arguments and isinstance(arguments[0], exp.Order):
        keys = [sort_key(lowering, item) for item in arguments[0].expressions]
        arguments[0] = arguments[0].this
    is_distinct = bool(arguments) and isinstance(arguments[0], exp.Distinct)
    if is_distinct:
        arguments = [*arguments[0].expressions, *arguments[1:]]
    arguments = [argument for argument in arguments if not isinstance(argument, exp.Star)]
    return [lowering.expression(argument) for argument in arguments], keys, is_distinct


def sort_key(lowering: Lowering, item: exp.Expr) -> Key:
    value = lowering.expression(item.this)
    if value.is_rounded:
        raise Unportable(item, "the last digits of this value depend on the engine, and so would the order of rows",
                         "order by a value that is exact everywhere")  # fmt: skip
    descending = bool(item.args.get("desc"))
    return Key(lowering.key(item, value), descending, bool(item.args.get("nulls_first")))


def sorted_by(lowering: Lowering, item: exp.Expr) -> exp.Expr:
    """One item of ORDER BY."""
    key = sort_key(lowering, item)
    return exp.Ordered(this=key.tree, desc=key.is_descending, nulls_first=key.nulls_first)


def _ordered_type(node: exp.Expr, name: str, values: Sequence[Typed]) -> DataType:
    value = values[0].dtype or NULL
    if name == "list":
        return DataType(kind="LIST", element=value)
    if name == "string_agg" and value.kind != "VARCHAR":
        raise Unportable(node, "engines write other types than text differently", "cast it to varchar")
    return value


def filtered(lowering: Lowering, node: exp.Expr) -> Typed:
    value = lowering.expression(node.this)
    condition = lowering.coerced(node, lowering.expression(node.expression.this), BOOLEAN)
    return replace(value, tree=lowering.target.filtered(node.this, value.tree, condition.tree))
