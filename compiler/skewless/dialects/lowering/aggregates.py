"""Aggregates: their arguments, their order, and the rows that FILTER leaves them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import get_args

from sqlglot import exp

from skewless.dialects.calls import Call, call_of
from skewless.dialects.catalogue import named
from skewless.dialects.functions import aggregate_order
from skewless.dialects.lowering.core import ColumnType, Key, Lowering, Ordered, OrderedName, Typed, Unportable, Untyped
from skewless.ground.dtypes import BOOLEAN, VARCHAR, DataType

_ONCE_OR_MORE = frozenset({"min", "max", "bool_and", "bool_or", "bit_and", "bit_or"})
"""DISTINCT changes nothing about them."""
_TIES = {
    "arg_max": "last(x ORDER BY y, ...)",
    "arg_min": "first(x ORDER BY y, ...)",
    "any_value": "first(x ORDER BY ...)",
    "arbitrary": "first(x ORDER BY ...)",
}


@dataclass(frozen=True, slots=True)
class _Aggregated:
    """An aggregate taken apart."""

    name: str
    values: list[Typed]
    keys: list[Key]
    is_distinct: bool


def aggregate(lowering: Lowering, node: exp.Expr) -> Typed:
    """An aggregate without a FILTER."""
    found = _aggregated(lowering, node)
    if aggregate_order(node) == "ordered":
        return _ordered(lowering, node, found)
    if found.keys:
        raise Unportable(node, f"{found.name} does not depend on an order", "drop ORDER BY")
    if not found.is_distinct:
        return lowering.applied(node, found.name, found.values)
    if not named(f"{found.name} distinct"):
        raise Unportable(
            node, f"{found.name} of distinct values has no proven meaning there",
            "count, sum or average distinct values",
        )  # fmt: skip
    return lowering.applied(node, f"{found.name} distinct", found.values)


def _aggregated(lowering: Lowering, node: exp.Expr) -> _Aggregated:
    call = call_of(node) or Call("", ())
    arguments, keys = list(call.arguments), list[Key]()
    if arguments and isinstance(arguments[0], exp.Order):
        keys = [sort_key(lowering, item) for item in arguments[0].expressions]
        arguments[0] = arguments[0].this
    is_distinct = bool(arguments) and isinstance(arguments[0], exp.Distinct)
    if is_distinct:
        arguments = [*arguments[0].expressions, *arguments[1:]]
    values = [lowering.expression(argument) for argument in arguments if not isinstance(argument, exp.Star)]
    return _Aggregated(call.name, values, keys, is_distinct and call.name not in _ONCE_OR_MORE)


def sort_key(lowering: Lowering, item: exp.Expr) -> Key:
    value = lowering.expression(item.this)
    check_exact(item, value, "the order of rows")
    if value.dtype is not None and value.dtype.is_list:
        raise Unportable(item, "engines order lists otherwise", "order by an element of the list")
    descending = bool(item.args.get("desc"))
    return Key(lowering.key(item, value), descending, bool(item.args.get("nulls_first")), value.dtype)


def check_exact(node: exp.Expr, value: Typed | ColumnType, what: str) -> None:
    """Raises Unportable if the last digits of a value would decide."""
    if value.is_rounded:
        raise Unportable(
            node, f"the last digits of this value depend on the engine, and so would {what}",
            "take a value that is exact everywhere",
        )  # fmt: skip


def sorted_by(lowering: Lowering, item: exp.Expr) -> exp.Expr:
    """One item of ORDER BY."""
    key = sort_key(lowering, item)
    return exp.Ordered(this=key.tree, desc=key.is_descending, nulls_first=key.nulls_first)


def _ordered(lowering: Lowering, node: exp.Expr, found: _Aggregated) -> Typed:
    if found.name not in get_args(OrderedName):
        raise Unportable(
            node, f"{found.name} takes whichever of several rows came first", f"write {_TIES.get(found.name, 'first')}"
        )
    if not found.keys:
        raise Unportable(node, f"{found.name} depends on the order of rows", f"write {found.name}(x ORDER BY ...)")
    value, *others = found.values
    if found.name == "mode":
        check_exact(node, value, "which values are equal")
    if found.is_distinct:
        _check_distinct(node, found.name, value, found.keys)
    dtype = _ordered_type(node, found.name, value)
    ordered = Ordered(
        name=found.name, value=value.tree, keys=found.keys, dtype=dtype, is_distinct=found.is_distinct,  # type: ignore[arg-type]
        separator=_separator(node, found.name, others),
    )  # fmt: skip
    return Typed(lowering.target.ordered(node, ordered), dtype, value.is_rounded)


def _check_distinct(node: exp.Expr, name: str, value: Typed, keys: Sequence[Key]) -> None:
    check_exact(node, value, "which values are distinct")
    if name == "mode":
        raise Unportable(node, "every distinct value is there once", "drop DISTINCT")
    if len(keys) != 1 or keys[0].tree != value.tree:
        raise Unportable(node, "distinct values have lost the order of their rows", "order by the value itself")


def _separator(node: exp.Expr, name: str, others: Sequence[Typed]) -> exp.Expr | None:
    if name != "string_agg":
        return None
    if not others:
        return exp.Literal.string(",")
    if len(others) != 1 or not others[0].is_text:
        raise Unportable(node, "the separator is a text that is written out", "write string_agg(x, ',' ORDER BY ...)")
    return others[0].tree


def _ordered_type(node: exp.Expr, name: str, value: Typed) -> DataType:
    if value.dtype is None:
        raise Untyped(f"{name}: the type of {value.tree.sql()} is not known")
    if name == "list":
        return DataType(kind="LIST", element=value.dtype)
    if name == "string_agg" and value.dtype != VARCHAR:
        raise Unportable(node, "engines write other types than text differently", "cast it to varchar")
    return value.dtype


def filtered(lowering: Lowering, node: exp.Expr) -> Typed:
    value = lowering.expression(node.this)
    condition = lowering.coerced(node, lowering.expression(node.expression.this), BOOLEAN)
    return replace(value, tree=lowering.target.filtered(value.tree, condition.tree))


def within_group(lowering: Lowering, node: exp.Expr) -> Typed:
    """`quantile_cont(0.5) WITHIN GROUP (ORDER BY x)`."""
    order = node.expression.expressions
    if not isinstance(node.this, exp.PercentileCont | exp.PercentileDisc) or len(order) != 1 or order[0].args["desc"]:
        raise Unportable(node, "WITHIN GROUP has no proven meaning there", "write quantile_cont(x, 0.5)")
    quantile = type(node.this)(this=order[0].this.copy(), expression=node.this.this.copy())
    return lowering.expression(quantile)


def ignoring_nulls(_: Lowering, node: exp.Expr) -> Typed:
    raise Unportable(
        node, "IGNORE NULLS has no proven meaning there", "write first(x ORDER BY ...) FILTER (WHERE x IS NOT NULL)"
    )
