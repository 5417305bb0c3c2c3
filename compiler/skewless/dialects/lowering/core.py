"""What lowering works with: an expression is typed bottom up, each call finds its entry, whose template is filled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from sqlglot import exp

from skewless.dialects.calls import Call, call_of
from skewless.dialects.catalogue import Argument, Match, call_on, cast_on, find, key_on, named
from skewless.dialects.catalogue.casts import constant_moment
from skewless.dialects.catalogue.entry import Engine, Refused, Written
from skewless.dialects.lowering.templates import filled, parsed
from skewless.ground.dtypes import NULL, DataType

OrderedName = Literal["first", "last", "list", "mode", "string_agg"]
_ROUNDED = (
    "the last digits depend on the engine, as those of sums and means of doubles, which are added in any order, and of "
    "logarithms and powers"
)
_EXACT = (
    "take a value that is exact everywhere: a sum of decimals, sum(x::decimal(18, 2)), a count, or the argument of the "
    "logarithm"
)


class Unportable(Exception):
    """An expression for which the engine cannot give DuckDB's value."""

    def __init__(self, node: exp.Expr, reason: str, rewrite: str) -> None:
        super().__init__(reason)
        self.node = node
        self.reason = reason
        self.rewrite = rewrite


@dataclass(frozen=True, slots=True)
class ColumnType:
    """What is known of a column's values."""

    dtype: DataType | None
    """None of a column that is as the engine has it, which only a cast can read."""
    is_rounded: bool = False
    """Whether their last digits may be others on another engine."""


Columns = Callable[[exp.Column], ColumnType]


class Untyped(Exception):
    """A value whose type nobody knows, because what it is made of is not portable or has not been looked at."""


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
    dtype: DataType | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """`name(value, separator ORDER BY keys)`: an aggregate that depends on the order of its rows, which is total."""

    name: OrderedName
    value: exp.Expr
    keys: Sequence[Key]
    dtype: DataType
    """Of the aggregate."""
    is_distinct: bool = False
    """Whether each value is taken once; then the only key is the value itself."""
    separator: exp.Expr | None = None
    """Of `string_agg`."""


class Target(Protocol):
    """What is special about an engine's SQL, besides its functions."""

    @property
    def engine(self) -> Engine:
        """Whose SQL it is."""

    @property
    def has_window_clause(self) -> bool:
        """Whether a window may have a name: `OVER w ... WINDOW w AS (...)`."""

    def spelled(self, dtype: DataType) -> exp.DataType:
        """The engine's name of a type."""

    def scanned(self, column: exp.Expr, dtype: DataType | None) -> exp.Expr:
        """A floating-point column of a file, from whose statistics nothing may be concluded."""

    def ranged(self, tree: exp.Expr, dtype: DataType) -> exp.Expr:
        """A computed INTEGER or BIGINT, which stops the query where it leaves the range of its type."""

    def interval(self, node: exp.Interval) -> exp.Expr:
        """An interval of one number and one unit."""

    def filtered(self, tree: exp.Expr, condition: exp.Expr) -> exp.Expr:
        """The aggregate over the rows that meet the condition."""

    def ordered(self, node: exp.Expr, aggregate: Ordered) -> exp.Expr:
        """An aggregate that depends on the order of its rows, written as `node` for DuckDB."""

    def asof(
        self, source: exp.From, joins: list[exp.Join], join: exp.Join, before: Sequence[str]
    ) -> tuple[exp.From, list[exp.Join], exp.Expr | None]:
        """FROM and joins with an as-of join of a right side whose rows are unique by key and time.

        `join` is DuckDB's, lowered: equalities, and one `left time >= right time`. `source` and `joins` are what stands
        before it, under the aliases `before`. The third is a condition on the joined rows, if not all are wanted.
        """

    def picked(self, source: exp.From, joins: list[exp.Join], join: exp.Join) -> list[exp.Join]:
        """The joins with a LATERAL one, of a query that picks the first row by a total order."""

    def shuffled(self, values: Sequence[exp.Expr]) -> exp.Expr:
        """A whole number that looks random, and is the same for the same values."""

    def series(self, first: exp.Expr, last: exp.Expr, step: exp.Expr) -> exp.Expr:
        """A projection that makes a row of each moment from the first to the last."""


class Lowering:
    """Lowers expressions over columns of known types. Raises Unportable."""

    def __init__(self, target: Target, columns: Columns, structures: Mapping[type[exp.Expr], Structure]) -> None:
        self.target = target
        self.columns = columns
        self._structures = structures

    def expression(self, node: exp.Expr) -> Typed:
        structure = self._structures.get(type(node))
        if structure is not None:
            return structure(self, node)
        call = call_of(node)
        if call is None:
            raise Unportable(node, f"{node.key.upper()} has no proven meaning there", "compute it upstream")
        return self.call(node, call)

    def call(self, node: exp.Expr, call: Call) -> Typed:
        """A function or an operator, by its entry."""
        return self.applied(node, call.name, [self.expression(argument) for argument in call.arguments])

    def applied(self, node: exp.Expr, name: str, arguments: Sequence[Typed]) -> Typed:
        match = self._match(node, name, arguments)
        support = self._support(node, match, arguments)
        fitted = [self.coerced(node, one, dtype).tree for one, dtype in zip(arguments, match.types, strict=True)]
        rounded = match.entry.rounding == "own" or (
            match.entry.rounding == "passed" and any(one.is_rounded for one in arguments)
        )
        return Typed(self.written(support, fitted, match.result), match.result, rounded)

    def _match(self, node: exp.Expr, name: str, arguments: Sequence[Typed]) -> Match:
        unknown = next((one for one in arguments if one.dtype is None), None)
        if unknown is not None:
            raise Untyped(f"{name}: the type of {unknown.tree.sql()} is not known")
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
        support = refused or call_on(self.target.engine, match)
        if isinstance(support, Refused):
            raise Unportable(node, f"{entry.signature}: {support.reason}", support.rewrite)
        if entry.rounding == "exact" and any(one.is_rounded for one in arguments):
            raise Unportable(node, f"{_ROUNDED}, and {entry.name} would make a jump of the difference", _EXACT)
        return support

    def written(self, support: Written, arguments: Sequence[exp.Expr], result: DataType) -> exp.Expr:
        """The engine's SQL with the arguments in their places."""
        text = support.sql
        if "RESULT" in text:
            text = text.replace("RESULT", self.target.spelled(result).sql(dialect=self.target.engine))
        return filled(parsed(text, self.target.engine), arguments)

    def coerced(self, node: exp.Expr, value: Typed, dtype: DataType) -> Typed:
        """The value in another type, as DuckDB converts it without being asked."""
        if value.dtype == dtype:
            return value
        return self.cast_to(node, value, dtype)

    def key(self, node: exp.Expr, value: Typed) -> exp.Expr:
        """What rows are ordered, grouped or looked up by instead of the value."""
        if value.dtype is None:
            return value.tree
        support = key_on(self.target.engine, value.dtype)
        if isinstance(support, Refused):
            raise Unportable(node, f"a {value.dtype} as a key: {support.reason}", support.rewrite)
        return self.written(support, [value.tree], value.dtype)

    def cast_to(self, node: exp.Expr, value: Typed, dtype: DataType, *, is_safe: bool = False) -> Typed:
        if value.dtype is None and is_safe:
            raise Untyped(f"TRY_CAST: the type of {value.tree.sql()} is not known")
        if value.dtype == dtype:
            return value
        if value.is_text and dtype.kind in ("DATE", "TIMESTAMP"):
            return self._moment(node, value.constant or "", dtype)
        support = cast_on(self.target.engine, value.dtype, dtype, is_safe=is_safe)
        if isinstance(support, Refused):
            given = value.dtype or value.tree.sql()
            raise Unportable(node, f"cast of {given} to {dtype}: {support.reason}", support.rewrite)
        if value.is_rounded and not dtype.is_floating:
            raise Unportable(node, f"{_ROUNDED}, and a cast to {dtype} would make a jump of the difference", _EXACT)
        return Typed(self.written(support, [value.tree], dtype), dtype, value.is_rounded)

    def _moment(self, node: exp.Expr, text: str, dtype: DataType) -> Typed:
        """A date or a timestamp that is written out."""
        moment = constant_moment(text, dtype.kind)
        if moment is None:
            form = "2026-01-31" if dtype.kind == "DATE" else "2026-01-31 10:00:00"
            raise Unportable(node, f"engines read '{text}' as different {dtype}s, or not at all", f"write '{form}'")
        return Typed(exp.Cast(this=exp.Literal.string(moment), to=self.target.spelled(dtype)), dtype)


Structure = Callable[[Lowering, exp.Expr], Typed]
"""Lowers a node that is no plain call."""
