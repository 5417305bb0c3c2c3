"""An expression in DuckDB's meaning into another engine's tree with the same value, by its catalogue entry."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

from sqlglot import exp, parse_one

from skewless.dialects.calls import Call, call_of
from skewless.dialects.catalogue import Argument, Match, cast_between, find, named
from skewless.dialects.catalogue.entry import Engine, Refused, Written
from skewless.dialects.functions import aggregate_order
from skewless.dialects.promotion import decimal, unified
from skewless.ground.dtypes import BIGINT, BOOLEAN, DOUBLE, HUGEINT, INTEGER, INTERVAL, NULL, VARCHAR, DataType

Columns = Callable[[exp.Column], DataType | None]
"""The type of a column; None of one that is as the engine has it, which only a cast can read."""


_ROUNDED = "mathematics libraries differ in the last digits"
_EXACT = "apply it to a value that is exact everywhere, such as the argument of the logarithm"


class Unportable(Exception):
    """An expression for which the engine cannot give DuckDB's value."""

    def __init__(self, node: exp.Expr, reason: str, rewrite: str) -> None:
        super().__init__(reason)
        self.node = node
        self.reason = reason
        self.rewrite = rewrite


@dataclass(frozen=True, slots=True)
class Typed:
    """A tree of the engine, and the type that DuckDB's expression has."""

    tree: exp.Expr
    dtype: DataType | None
    is_rounded: bool = False
    """Whether its last digits may be others on another engine."""
    constant: str | None = None
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """One item of ORDER BY."""

    tree: exp.Expr
    is_descending: bool
    nulls_first: bool


class Target(Protocol):
    """What is special about an engine's SQL, besides its functions."""

    engine: Engine

    def spelled(self, dtype: DataType) -> exp.DataType:
        """The engine's name of a type."""

    def interval(self, node: exp.Interval) -> exp.Expr:
        """An interval of one number and one unit."""

    def filtered(self, node: exp.Expr, tree: exp.Expr, condition: exp.Expr) -> exp.Expr:
        """The aggregate `tree`, written for DuckDB's `node`, over the rows that meet the condition."""

    def ordered(self, name: str, values: Sequence[exp.Expr], keys: Sequence[Key], *, is_distinct: bool) -> exp.Expr:
        """An aggregate that depends on the order of its rows."""

    def framed(self, node: exp.Expr) -> str | None:
        """Why a function cannot be used over the window's frame; None if it can."""

    def series(self, first: exp.Expr, last: exp.Expr, step: exp.Expr) -> exp.Expr:
        """A projection that makes a row of each moment from the first to the last."""


class Lowering:
    """Lowers expressions over columns of known types. Raises Unportable."""

    def __init__(self, target: Target, columns: Columns) -> None:
        self._target = target
        self._columns = columns

    def expression(self, node: exp.Expr) -> Typed:
        structure = _STRUCTURES.get(type(node))
        if structure is not None:
            return structure(self, node)
        call = call_of(node)
        if call is None:
            raise Unportable(node, f"{node.key.upper()} has no proven meaning there", "compute it upstream")
        return self.call(node, call)

    def call(self, node: exp.Expr, call: Call) -> Typed:
        """A function or an operator, by its entry."""
        return self._applied(node, call.name, [self.expression(argument) for argument in call.arguments])

    def _applied(self, node: exp.Expr, name: str, arguments: Sequence[Typed]) -> Typed:
        match = self._match(node, name, arguments)
        support = self._support(node, match, arguments)
        fitted = [self._coerced(node, one, dtype).tree for one, dtype in zip(arguments, match.types, strict=True)]
        rounded = match.entry.rounding == "own" or (
            match.entry.rounding == "passed" and any(one.is_rounded for one in arguments)
        )
        return Typed(self._template(support, fitted, match.result), match.result, rounded)

    def _match(self, node: exp.Expr, name: str, arguments: Sequence[Typed]) -> Match:
        unknown = next((one for one in arguments if one.dtype is None), None)
        if unknown is not None:
            raise AssertionError(f"{name}: the type of {unknown.tree.sql()} is not known")
        match = find(name, [Argument(one.dtype or NULL, one.constant, one.is_text) for one in arguments])
        if match is None:
            types = ", ".join(str(one.dtype) for one in arguments)
            forms = ", ".join(entry.signature for entry in named(name)[:6])
            raise Unportable(
                node, f"{name}({types}) is not in the catalogue of portable functions",
                f"portable: {forms}" if forms else "docs/portability.md lists what is",
            )  # fmt: skip
        return match

    def _support(self, node: exp.Expr, match: Match, arguments: Sequence[Typed]) -> Written:
        """The engine's SQL of the entry."""
        entry = match.entry
        refused = entry.check([one.constant for one in arguments]) if entry.check is not None else None
        support = refused or entry.on(self._target.engine)
        if isinstance(support, Refused):
            raise Unportable(node, f"{entry.signature}: {support.reason}", support.rewrite)
        if entry.rounding == "exact" and any(one.is_rounded for one in arguments):
            raise Unportable(node, f"{_ROUNDED}, and {entry.name} makes a jump of the difference", _EXACT)
        return support

    def _template(self, written: Written, arguments: Sequence[exp.Expr], result: DataType) -> exp.Expr:
        """The engine's SQL with the arguments in their places."""
        text = written.sql
        if "RESULT" in text:
            text = text.replace("RESULT", self._target.spelled(result).sql(dialect=self._target.engine))
        return filled(_parsed(text, self._target.engine), arguments)

    def _coerced(self, node: exp.Expr, value: Typed, dtype: DataType) -> Typed:
        """The value in another type, as DuckDB converts it without being asked."""
        if value.dtype == dtype:
            return value
        if value.dtype == NULL:
            return Typed(exp.Cast(this=value.tree, to=self._target.spelled(dtype)), dtype)
        return self._cast_to(node, value, dtype)

    def _cast_to(self, node: exp.Expr, value: Typed, dtype: DataType, *, is_safe: bool = False) -> Typed:
        if value.dtype is None or value.dtype == NULL:
            return Typed(exp.Cast(this=value.tree, to=self._target.spelled(dtype)), dtype)
        if value.dtype == dtype:
            return value
        if is_safe:
            raise Unportable(node, "every engine has its own texts for which TRY_CAST is NULL", "cast it at the source")
        support = cast_between(value.dtype, dtype, self._target.engine)
        if isinstance(support, Refused):
            raise Unportable(node, f"cast of {value.dtype} to {dtype}: {support.reason}", support.rewrite)
        if value.is_rounded and not dtype.is_floating:
            raise Unportable(node, f"{_ROUNDED}, and a cast to {dtype} makes a jump of the difference", _EXACT)
        return Typed(self._template(support, [value.tree], dtype), dtype, value.is_rounded)

    # What has a structure of its own.

    def column(self, node: exp.Expr) -> Typed:
        return Typed(node.copy(), self._columns(node))  # type: ignore[arg-type]

    def literal(self, node: exp.Expr) -> Typed:
        if node.is_string:
            return Typed(node.copy(), VARCHAR, constant=node.name, is_text=True)
        return Typed(node.copy(), number_type(node.name), constant=node.name)

    def negative(self, node: exp.Expr) -> Typed:
        value = self._applied(node, "-", [self.expression(node.this)])
        is_number = isinstance(node.this, exp.Literal) and not node.this.is_string
        return replace(value, constant=f"-{node.this.name}") if is_number else value

    def anonymous(self, node: exp.Expr) -> Typed:
        """What generated SQL says in DuckDB's own words, and the functions that sqlglot does not know."""
        name = str(node.this).lower()
        if name == "try":  # it is there for DuckDB's sake (codegen/scan.py)
            return self.expression(node.expressions[0])
        if name == "unnest":
            series = [self.expression(part) for part in node.expressions[0].expressions]
            return Typed(self._target.series(*(part.tree for part in series)), series[0].dtype)
        if aggregate_order(node) is not None:
            return self.aggregate(node)
        return self.call(node, call_of(node) or Call(name, ()))

    def placeholder(self, node: exp.Expr) -> Typed:
        return Typed(node.copy(), None)

    def named_window(self, node: exp.Expr) -> exp.Expr:
        """An entry of the WINDOW clause."""
        window = node.copy()
        self._set_window(window, node)
        return window

    def _set_window(self, window: exp.Expr, node: exp.Expr) -> None:
        window.set("partition_by", [self.expression(part).tree for part in node.args.get("partition_by") or []])
        if (order := node.args.get("order")) is not None:
            window.set("order", exp.Order(expressions=[self.sorted_by(item) for item in order.expressions]))

    def word(self, node: exp.Expr) -> Typed:
        """The unit of `date_trunc` and `extract`."""
        return Typed(node.copy(), VARCHAR, constant=node.name, is_text=True)

    def null(self, node: exp.Expr) -> Typed:
        return Typed(node.copy(), NULL)

    def boolean(self, node: exp.Expr) -> Typed:
        return Typed(node.copy(), BOOLEAN, constant=str(node.this).lower())

    def paren(self, node: exp.Expr) -> Typed:
        inner = self.expression(node.this)
        return replace(inner, tree=exp.paren(inner.tree, copy=False))

    def interval(self, node: exp.Expr) -> Typed:
        if not isinstance(node.this, exp.Literal) or node.args.get("unit") is None:
            raise Unportable(
                node, "an interval of a computed length has no proven meaning there",
                "write an interval of one number and one unit: interval '5' minute",
            )  # fmt: skip
        return Typed(self._target.interval(node), INTERVAL)  # type: ignore[arg-type]

    def cast(self, node: exp.Expr) -> Typed:
        dtype = type_of(node.args["to"])
        if dtype is None:
            raise Unportable(
                node, f"{node.args['to'].sql(dialect='duckdb')} is no type that engines share",
                "cast to a type that a feature may have",
            )  # fmt: skip
        return self._cast_to(node, self.expression(node.this), dtype, is_safe=isinstance(node, exp.TryCast))

    def case(self, node: exp.Expr) -> Typed:
        branches = node.args["ifs"] if isinstance(node, exp.Case) else [node]
        subject = node.this if isinstance(node, exp.Case) else None
        conditions = [self._condition(branch, subject) for branch in branches]
        values = [self.expression(branch.args["true"]) for branch in branches]
        default = node.args.get("default" if isinstance(node, exp.Case) else "false")
        values.append(self.expression(default) if default is not None else Typed(exp.Null(), NULL))
        dtype = self._unified(node, values)
        *chosen, otherwise = [self._coerced(node, value, dtype).tree for value in values]
        ifs = [exp.If(this=when, true=then) for when, then in zip(conditions, chosen, strict=True)]
        tree = exp.Case(ifs=ifs, default=None if default is None else otherwise)
        return Typed(tree, dtype, any(value.is_rounded for value in values))

    def _condition(self, branch: exp.Expr, subject: exp.Expr | None) -> exp.Expr:
        condition = branch.this if subject is None else exp.EQ(this=subject.copy(), expression=branch.this.copy())
        found = self.expression(condition)
        if subject is not None:
            return found.tree
        return self._coerced(branch, found, BOOLEAN).tree

    def _unified(self, node: exp.Expr, values: Sequence[Typed]) -> DataType:
        typed = [value.dtype or NULL for value in values if not value.is_text]
        dtype = unified(typed)
        if any(value.is_text for value in values) and (dtype is None or dtype == NULL):
            return VARCHAR
        if dtype is None:
            kinds = ", ".join(str(value.dtype) for value in values)
            raise Unportable(node, f"its values are of types that engines mix differently: {kinds}", "cast them to one")
        return dtype

    def nullif(self, node: exp.Expr) -> Typed:
        value = self.expression(node.this)
        same = self._applied(node, "=", [value, self.expression(node.expression)])
        tree = exp.Case(ifs=[exp.If(this=same.tree, true=exp.Null())], default=value.tree.copy())
        return Typed(tree, value.dtype)

    def between(self, node: exp.Expr) -> Typed:
        low = exp.GTE(this=node.this.copy(), expression=node.args["low"].copy())
        high = exp.LTE(this=node.this.copy(), expression=node.args["high"].copy())
        return self.expression(exp.and_(low, high))

    def within(self, node: exp.Expr) -> Typed:
        """`x IN (a, b)`."""
        if not node.expressions:
            raise Unportable(node, "IN of a list or a query has no proven meaning there", "list the values")
        items = [self.expression(item) for item in (node.this, *node.expressions)]
        if any(item.is_rounded for item in items):
            self._applied(node, "=", items[:2])  # says why
        dtype = self._unified(node, items)
        for item in items[1:]:
            self._applied(node, "=", [items[0], item])
        value, *choices = [self._coerced(node, item, dtype).tree for item in items]
        return Typed(exp.In(this=_operand(value), expressions=choices), BOOLEAN)

    def bracket(self, node: exp.Expr) -> Typed:
        """`list[n]`; sqlglot counts from 0."""
        index = node.expressions[0]
        if len(node.expressions) != 1 or isinstance(index, exp.Slice):
            raise Unportable(node, "a part of a list has no proven meaning there", "name the elements: list[1]")
        return self.call(node, Call("list_element", (node.this, _plus_one(index))))

    def listed(self, node: exp.Expr) -> Typed:
        return self.call(node, Call("list_value", tuple(node.expressions)))

    def aggregate(self, node: exp.Expr) -> Typed:
        """An aggregate without a FILTER."""
        values, keys, is_distinct = self._aggregated(node)
        name = ((call := call_of(node)) and call.name) or ""
        if keys or aggregate_order(node) == "ordered":
            dtype = self._ordered_type(node, name, values)
            trees = [value.tree for value in values]
            return Typed(self._target.ordered(name, trees, keys, is_distinct=is_distinct), dtype)
        return self._applied(node, f"{name} distinct" if is_distinct else name, values)

    def _aggregated(self, node: exp.Expr) -> tuple[list[Typed], list[Key], bool]:
        """An aggregate's arguments, its order, and whether it takes each value once."""
        call = call_of(node)
        arguments = list(call.arguments) if call is not None else []
        keys: list[Key] = []
        if arguments and isinstance(arguments[0], exp.Order):
            keys = [self.key(item) for item in arguments[0].expressions]
            arguments[0] = arguments[0].this
        is_distinct = bool(arguments) and isinstance(arguments[0], exp.Distinct)
        if is_distinct:
            arguments = [*arguments[0].expressions, *arguments[1:]]
        arguments = [argument for argument in arguments if not isinstance(argument, exp.Star)]
        return [self.expression(argument) for argument in arguments], keys, is_distinct

    def key(self, item: exp.Expr) -> Key:
        value = self.expression(item.this)
        if value.is_rounded:
            raise Unportable(item, "the last digits of this value depend on the engine, and so would the order of rows",
                             "order by a value that is exact everywhere")  # fmt: skip
        descending = bool(item.args.get("desc"))
        return Key(value.tree, descending, bool(item.args.get("nulls_first")))

    def _ordered_type(self, node: exp.Expr, name: str, values: Sequence[Typed]) -> DataType:
        value = values[0].dtype or NULL
        if name == "list":
            return DataType(kind="LIST", element=value)
        if name == "string_agg" and value.kind != "VARCHAR":
            raise Unportable(node, "engines write other types than text differently", "cast it to varchar")
        return value

    def filtered(self, node: exp.Expr) -> Typed:
        value = self.expression(node.this)
        condition = self._coerced(node, self.expression(node.expression.this), BOOLEAN)
        return replace(value, tree=self._target.filtered(node.this, value.tree, condition.tree))

    def windowed(self, node: exp.Expr) -> Typed:
        if (reason := self._target.framed(node)) is not None:
            raise Unportable(node, reason, "compute it upstream")
        value = self.expression(node.this)
        window = node.copy()
        window.set("this", value.tree)
        self._set_window(window, node)
        return replace(value, tree=window)

    def sorted_by(self, item: exp.Expr) -> exp.Expr:
        key = self.key(item)
        return exp.Ordered(this=key.tree, desc=key.is_descending, nulls_first=key.nulls_first)


def _operand(tree: exp.Expr) -> exp.Expr:
    return exp.paren(tree, copy=False) if isinstance(tree, _OPERATORS) else tree


def _plus_one(index: exp.Expr) -> exp.Expr:
    if index.is_int:
        number = int(index.to_py()) + 1
        literal: exp.Expr = exp.Literal.number(abs(number))
        return literal if number >= 0 else exp.Neg(this=literal)
    return exp.Add(this=exp.paren(index.copy()), expression=exp.Literal.number(1))


def number_type(text: str) -> DataType:
    """The type that DuckDB gives to a number as it is written."""
    if "e" in text.lower():
        return DOUBLE
    if "." in text:
        whole, _, fraction = text.partition(".")
        digits = len(whole.lstrip("0")) + len(fraction)
        return decimal(max(digits, len(fraction) + 1), len(fraction))
    number = int(text)
    return INTEGER if number < 2**31 else BIGINT if number < 2**63 else HUGEINT


def type_of(node: exp.DataType) -> DataType | None:
    """A type as it is written in SQL; None of one that no feature may have."""
    text = node.sql(dialect="duckdb")
    if text.upper() == "HUGEINT" or text.upper() == "INT128":
        return HUGEINT
    try:
        return DataType.parse(text)
    except ValueError:
        return None


_PLACE = re.compile(r"\$(\d|\*)")


@lru_cache(maxsize=4_096)
def _parsed(text: str, engine: str) -> exp.Expr:
    return parse_one(
        _PLACE.sub(lambda found: f"_argument_{'all' if found[1] == '*' else found[1]}", text), dialect=engine
    )


def filled(template: exp.Expr, arguments: Sequence[exp.Expr]) -> exp.Expr:
    """A copy of the template with the arguments in their places."""
    holder = exp.Paren(this=template.copy())
    for place in list(holder.find_all(exp.Column)):
        if place.name == "_argument_all":
            _spread(place, arguments)
        elif place.name.startswith("_argument_"):
            value = arguments[int(place.name.removeprefix("_argument_")) - 1].copy()
            in_operator = isinstance(place.parent, exp.Binary | exp.Unary | exp.Between | exp.In)
            place.replace(_operand(value) if in_operator and not isinstance(place.parent, exp.Paren) else value)
    tree: exp.Expr = holder.this
    tree.parent = None
    return tree


def _spread(place: exp.Expr, arguments: Sequence[exp.Expr]) -> None:
    """All arguments where `$*` stands: the first of them, or one of a list."""
    call, key = place.parent, place.arg_key
    if call is None or key is None:
        raise AssertionError("$* is an argument")
    if key == "this":
        call.set("this", arguments[0].copy())
        call.set("expressions", [one.copy() for one in arguments[1:]])
    else:
        call.set(key, [one.copy() for one in arguments])


_OPERATORS = (exp.Binary, exp.Unary, exp.Between, exp.In, exp.Case)
_AGGREGATES = (
    exp.First, exp.Last, exp.ArrayAgg, exp.GroupConcat, exp.Count, exp.Sum, exp.Avg, exp.Min, exp.Max,
)  # fmt: skip
_STRUCTURES: dict[type[exp.Expr], Callable[[Lowering, exp.Expr], Typed]] = {
    exp.Column: Lowering.column,
    exp.Literal: Lowering.literal,
    exp.Neg: Lowering.negative,
    exp.Var: Lowering.word,
    exp.Anonymous: Lowering.anonymous,
    exp.Placeholder: Lowering.placeholder,
    exp.Null: Lowering.null,
    exp.Boolean: Lowering.boolean,
    exp.Paren: Lowering.paren,
    exp.Interval: Lowering.interval,
    exp.Cast: Lowering.cast,
    exp.TryCast: Lowering.cast,
    exp.Case: Lowering.case,
    exp.If: Lowering.case,
    exp.Nullif: Lowering.nullif,
    exp.Between: Lowering.between,
    exp.In: Lowering.within,
    exp.Bracket: Lowering.bracket,
    exp.Array: Lowering.listed,
    exp.Filter: Lowering.filtered,
    exp.Window: Lowering.windowed,
    **dict.fromkeys(_AGGREGATES, Lowering.aggregate),
}
