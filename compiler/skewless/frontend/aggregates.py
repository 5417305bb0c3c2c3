"""Aggregates of the outermost SELECT: their windows made plain, their order made total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from skewless.contract.names import EVENT, column, tie
from skewless.contract.windows import FutureWindowError, since, window_length
from skewless.dialects.functions import aggregate_order, function_name
from skewless.frontend.faults import Faults
from skewless.frontend.trees import conjuncts
from skewless.ground.durations import CalendarDurationError, Duration

_WRAPPERS = (exp.IgnoreNulls, exp.RespectNulls)


@dataclass(frozen=True, slots=True)
class AggregateParts:
    """`agg(x) FILTER (WHERE condition)` taken apart."""

    function: exp.Expr
    condition: exp.Expr | None
    ignores_nulls: bool


def is_aggregate(node: exp.Expr) -> bool:
    """Whether the node, with its FILTER and NULL treatment around it, is one aggregate."""
    inner = node
    while isinstance(inner, (exp.Filter, *_WRAPPERS)):
        inner = inner.this
    return aggregate_order(inner) is not None


def take_apart(node: exp.Expr) -> AggregateParts:
    condition, ignores_nulls, inner = None, False, node
    while isinstance(inner, (exp.Filter, *_WRAPPERS)):
        if isinstance(inner, exp.Filter):
            condition = inner.expression.this
        elif isinstance(inner, exp.IgnoreNulls):
            ignores_nulls = True
        inner = inner.this
    if isinstance(treated := inner.this, _WRAPPERS):  # where a FILTER follows, they are written around the argument
        ignores_nulls = ignores_nulls or isinstance(treated, exp.IgnoreNulls)
        inner = inner.copy()
        inner.set("this", inner.this.this)
    return AggregateParts(inner, condition, ignores_nulls)


@dataclass(slots=True)
class AggregateLowering:
    """Gives every aggregate of one view its window and its total order; remembers how far back they reach."""

    faults: Faults
    ttl: Duration | None
    order: tuple[str, ...]
    tie_count: int | None
    """None when rows of equal event time cannot be told apart."""
    order_help: str
    """What would tell them apart."""
    everywhere: list[exp.Expr]
    """Conditions on T from WHERE, which hold for every aggregate."""
    reach: list[int] = field(default_factory=list)

    def lower(self, parts: AggregateParts, where: exp.Expr) -> exp.Expr:
        """The aggregate over `event` and `moment` columns, with one FILTER that bounds its window."""
        conditions = [condition.copy() for condition in self.everywhere]
        if parts.condition is not None:
            conditions.extend(_conjuncts(parts.condition))
        function, extra = self._plain(parts, where)
        conditions.extend(extra)
        bounds = [bound for condition in conditions if (bound := self._bound(condition)) is not None]
        if not bounds:
            if self.ttl is None:
                self.faults.report(
                    "unbounded-window",
                    where,
                    "this aggregate has no window, so it would need all rows for ever",
                    "write filter (where {{ last('7 days') }}), or give the view a ttl",
                )
                return function
            bounds = [self.ttl.microseconds]
            conditions.insert(0, since(self.ttl))
        self.reach.append(min(bounds))
        return exp.Filter(this=function, expression=exp.Where(this=exp.and_(*conditions, copy=False)))

    def _bound(self, condition: exp.Expr) -> int | None:
        try:
            return window_length(condition)
        except CalendarDurationError as error:
            self.faults.report(
                "calendar-window",
                condition,
                "the length of a month, quarter or year changes, so a window cannot have it",
                f"write {{{{ last('{error.suggestion}') }}}}, or interval '{error.suggestion}'",
            )
        except FutureWindowError:
            self.faults.report(
                "future-leakage",
                condition,
                "this window begins at or after the moment, and nothing there has happened yet",
                "windows look back: write {{ last('1 hour') }}",
            )
        return 1

    def _plain(self, parts: AggregateParts, where: exp.Expr) -> tuple[exp.Expr, list[exp.Expr]]:
        """The function in a form that any order of rows answers alike, and conditions that it implies."""
        function, name = parts.function, function_name(parts.function)
        if name in ("count_if", "countif"):
            condition = function.this if isinstance(function, exp.CountIf) else function.expressions[0]
            return exp.Count(this=exp.Star(), big_int=True), [exp.paren(condition)]
        if aggregate_order(function) != "ordered":
            return function, []
        if self.tie_count is None:
            self.faults.report(
                "no-total-order",
                where,
                f"{name}() depends on the order of rows, and rows of equal event time have none",
                self.order_help,
            )
            return function, []
        return self._ordered(function, str(name), parts.ignores_nulls, where)

    def _ordered(
        self, function: exp.Expr, name: str, ignores_nulls: bool, where: exp.Expr
    ) -> tuple[exp.Expr, list[exp.Expr]]:
        if name in ("arg_max", "arg_min", "max_by", "min_by", "argmax", "argmin"):
            return self._extreme(function, name, where)
        if name in ("any_value", "arbitrary"):
            value, leading = _without_order(
                function.this if isinstance(function, exp.AnyValue) else function.expressions[0]
            )
            return exp.First(this=self._by_total_order(value, leading, where, name)), [_is_not_null(value)]
        argument, leading = _without_order(function.this)
        ordered = self._by_total_order(argument, leading, where, name)
        lowered = function.copy()
        lowered.set("this", ordered)
        return lowered, [_is_not_null(argument)] if ignores_nulls else []

    def _extreme(self, function: exp.Expr, name: str, where: exp.Expr) -> tuple[exp.Expr, list[exp.Expr]]:
        """arg_max as the last row by the key; of equal keys, the row that is last in the total order."""
        if function.args.get("count") is not None:
            raise self.faults.abandon(
                "unsupported-shape", where, f"{name}() with a count is not supported", "use list(x order by y)[1:n]"
            )
        arguments = (
            [function.this, function.expression]
            if isinstance(function, exp.ArgMax | exp.ArgMin)
            else (function.expressions)
        )
        value, key = arguments
        if isinstance(key, exp.Order):
            raise self.faults.abandon(
                "unsupported-shape", where, f"{name}() is ordered by its second argument already", "drop ORDER BY"
            )
        descending = name in ("arg_min", "min_by", "argmin")
        leading = [exp.Ordered(this=key.copy(), desc=descending, nulls_first=not descending)]
        ordered = self._by_total_order(value, leading, where, name)
        return exp.Last(this=ordered), [_is_not_null(value), _is_not_null(key)]

    def _by_total_order(self, value: exp.Expr, leading: Sequence[exp.Expr], where: exp.Expr, name: str) -> exp.Expr:
        if isinstance(value, exp.Distinct):
            if not leading or not all(item.this in value.expressions for item in leading):
                self.faults.report(
                    "no-total-order",
                    where,
                    "distinct values have lost the order of their rows",
                    f"order by the value itself: {name}(distinct x order by x)",
                )
            return exp.Order(this=value.copy(), expressions=[item.copy() for item in leading])
        total = [exp.Ordered(this=column(name, EVENT), nulls_first=True) for name in self._total_order()]
        return exp.Order(this=value.copy(), expressions=[*(item.copy() for item in leading), *total])

    def _total_order(self) -> list[str]:
        return [*self.order, *(tie(number) for number in range(1, (self.tie_count or 0) + 1))]


def _without_order(argument: exp.Expr) -> tuple[exp.Expr, list[exp.Expr]]:
    """`x ORDER BY y` as x and y."""
    return (argument.this, argument.expressions) if isinstance(argument, exp.Order) else (argument, [])


def _conjuncts(condition: exp.Expr) -> list[exp.Expr]:
    """Copies of the parts, which can be joined by AND again."""
    return [exp.paren(part) if isinstance(part, exp.Or) else part.copy() for part in conjuncts(condition)]


def _is_not_null(value: exp.Expr) -> exp.Expr:
    operand = exp.paren(value.copy()) if isinstance(value, exp.Binary) else value.copy()
    return exp.Not(this=exp.Is(this=operand, expression=exp.Null()))
