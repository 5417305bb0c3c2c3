"""Aggregates that read their rows in an order, for Spark, whose own have none: the keys travel with the value."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from skewless.dialects.lowering.core import Key, Ordered

_VALUE = "_value"


def spark_ordered(aggregate: Ordered) -> exp.Expr:
    """The aggregate as a tree in which each call of an aggregate takes the FILTER."""
    if aggregate.name in ("first", "last"):
        return _one(aggregate)
    field = exp.Dot(this=exp.column("_row"), expression=exp.to_identifier(_VALUE))
    values = _call("TRANSFORM", _sorted_rows(aggregate, aggregate.keys), _function(field, "_row"))
    if aggregate.name == "mode":
        return _most_frequent(values)
    if aggregate.separator is None:
        return _unless_empty(exp.Count(this=_number(1), big_int=True), values)
    joined = _call("ARRAY_JOIN", values, aggregate.separator.copy())
    return _unless_empty(exp.Count(this=aggregate.value.copy(), big_int=True), joined)


def _one(aggregate: Ordered) -> exp.Expr:
    keys, is_first = aggregate.keys, aggregate.name == "first"
    directions = {key.is_descending for key in keys}
    if len(directions) == 1:
        extreme = exp.ArgMin if is_first != directions.pop() else exp.ArgMax
        return extreme(this=aggregate.value.copy(), expression=exp.Struct(expressions=_comparable(keys)))
    rows = _sorted_rows(aggregate, keys if is_first else [reversed_key(key) for key in keys])
    return exp.Dot(this=_call("GET", rows, _number(0)), expression=exp.to_identifier(_VALUE))


def _most_frequent(values: exp.Expr) -> exp.Expr:
    """Of equally frequent values the one that came first: distinct values are in the order of their first rows."""
    equal = exp.NullSafeEQ(this=exp.column("_one"), expression=exp.column("_value"))
    count = _call("SIZE", _call("FILTER", exp.column("_all"), _function(equal, "_one")))
    ranked = exp.Struct(
        expressions=[
            exp.alias_(count, "_count"), exp.alias_(exp.Neg(this=exp.column("_place")), "_place"),
            exp.alias_(exp.column("_value"), _VALUE),
        ]
    )  # fmt: skip
    best = _call(
        "ARRAY_MAX",
        _call("TRANSFORM", _call("ARRAY_DISTINCT", exp.column("_all")), _function(ranked, "_value", "_place")),
    )
    value = exp.Dot(this=best, expression=exp.to_identifier(_VALUE))
    present = _call(
        "FILTER", values, _function(exp.Not(this=exp.Is(this=exp.column("_one"), expression=exp.Null())), "_one")
    )
    # An array of one array, so that the values are sorted once.
    return _call("GET", _call("TRANSFORM", _call("ARRAY", present), _function(value, "_all")), _number(0))


def reversed_key(key: Key) -> Key:
    return Key(key.tree, not key.is_descending, not key.nulls_first, key.dtype)


def _sorted_rows(aggregate: Ordered, keys: Sequence[Key]) -> exp.Expr:
    """An array of structs with the value in a field. A struct is collected even when all it holds is NULL."""
    collected = exp.ArrayUniqueAgg if aggregate.is_distinct else exp.ArrayAgg
    value = exp.alias_(aggregate.value.copy(), _VALUE)
    directions = {key.is_descending for key in keys}
    if len(directions) == 1:
        ascending = _call("ARRAY_SORT", collected(this=exp.Struct(expressions=[*_comparable(keys), value])))
        return _call("REVERSE", ascending) if directions.pop() else ascending
    named_keys = [exp.alias_(key.tree.copy(), f"_key_{number}") for number, key in enumerate(keys)]
    rows = collected(this=exp.Struct(expressions=[*named_keys, value]))
    return _call("ARRAY_SORT", rows, _function(_comparison(keys), "_left", "_right"))


def _comparable(keys: Sequence[Key]) -> list[exp.Expr]:
    """Fields by which structs compare as the keys do; NULL is the least value of a field."""
    fields: list[exp.Expr] = []
    for number, key in enumerate(keys):
        if key.is_descending == key.nulls_first:
            is_null = exp.Is(this=exp.paren(key.tree.copy()), expression=exp.Null())
            fields.append(exp.alias_(is_null, f"_null_{number}"))
        fields.append(exp.alias_(key.tree.copy(), f"_key_{number}"))
    return fields


def _comparison(keys: Sequence[Key]) -> exp.Expr:
    """-1, 0 or 1 of `_left` and `_right`."""
    case = exp.Case(ifs=[], default=_number(0))
    for number, key in enumerate(keys):
        left, right = (
            exp.Dot(this=exp.column(side), expression=exp.to_identifier(f"_key_{number}"))
            for side in ("_left", "_right")
        )
        both = exp.NullSafeNEQ(this=left.copy(), expression=right.copy())
        case.append("ifs", exp.If(this=both, true=_of_two(left, right, key)))
    return case


def _of_two(left: exp.Expr, right: exp.Expr, key: Key) -> exp.Expr:
    """-1 or 1 of two keys that are distinct."""
    first = -1 if key.nulls_first else 1
    less = 1 if key.is_descending else -1
    return exp.Case(
        ifs=[
            exp.If(this=exp.Is(this=left, expression=exp.Null()), true=_number(first)),
            exp.If(this=exp.Is(this=right, expression=exp.Null()), true=_number(-first)),
            exp.If(this=exp.LT(this=left.copy(), expression=right.copy()), true=_number(less)),
        ],
        default=_number(-less),
    )


def _unless_empty(count: exp.Expr, value: exp.Expr) -> exp.Expr:
    return exp.Case(ifs=[exp.If(this=exp.GT(this=count, expression=_number(0)), true=value)])


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _function(body: exp.Expr, *names: str) -> exp.Expr:
    return exp.Lambda(this=body, expressions=[exp.to_identifier(name) for name in names])


def _number(value: int) -> exp.Expr:
    return exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))
