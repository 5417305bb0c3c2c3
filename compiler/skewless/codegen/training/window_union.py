"""Aggregates: put rows and moments on one timeline, and let window frames look back from each moment.

One sort serves every window, so the cost hardly depends on how many rows a key has. It needs visibility to follow from
event time alone: a frame cannot ask when a row became known.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from skewless.codegen.ctes import Cte, select
from skewless.codegen.training.plan import Moments, Plan, Statistics, named
from skewless.contract.clock import interval, later
from skewless.contract.ir import FeatureView, Timing
from skewless.contract.names import AT, EVENT, EVENT_TIME, MOMENT, column, identifier, table
from skewless.contract.types import cast
from skewless.contract.windows import window_length
from skewless.dialects.functions import aggregate_order, function_name
from skewless.ground.durations import Duration

_IS_MOMENT = "_is_moment"
_TIME = "_time"
"""Where a row stands on the timeline: an event at its event time, a moment at the last event time visible to it."""
# They ignore NULL, which is what a moment's own row shows them.
_FRAMED = frozenset(
    {"avg", "bit_and", "bit_or", "bit_xor", "bool_and", "bool_or", "corr", "count", "covar_pop", "covar_samp", "mad",
     "max", "mean", "median", "min", "product", "quantile_cont", "quantile_disc", "stddev", "stddev_pop",
     "stddev_samp", "sum", "var_pop", "var_samp", "variance", "variance_pop"}
)  # fmt: skip
_ROW, _FRAME = 4.0e-7, 1.0e-7


@dataclass(frozen=True, slots=True)
class _Framed:
    """One aggregate as a frame: `function` reads argument columns of the timeline."""

    function: exp.Expr
    window: Duration


def _refuses(view: FeatureView) -> str | None:
    if view.kind != "aggregate":
        return "it is for aggregates"
    if not view.rows.timing.is_settled:
        return "rows can become known late or be replaced, and a frame sees event time only"
    for feature in view.features:
        for node in feature.expression.find_all(exp.Filter):
            if (reason := _refuses_aggregate(node, view.rows.timing.behind)) is not None:
                return f"{feature.name}: {reason}"
    return None


def _refuses_aggregate(node: exp.Filter, behind: int) -> str | None:
    name = function_name(node.this)
    if aggregate_order(node.this) == "ordered":
        return f"{name}() needs an order inside its frame"
    if name not in _FRAMED:
        return f"{name}() has not been shown to work in a frame"
    conditions = _conditions(node)
    bounds = [condition for condition in conditions if _bound(condition) is not None]
    if len(bounds) != 1 or not isinstance(bounds[0], exp.GTE):
        return "its window is not one lower bound"
    if (_bound(bounds[0]) or 0) < behind:
        return "its window is shorter than the source's delay, so its frame would end before it begins"
    rest = [node.this, *(condition for condition in conditions if condition is not bounds[0])]
    if any(found.table == MOMENT for part in rest for found in part.find_all(exp.Column)):
        return "it compares rows with the moment in more than its window"
    return None


def _cost(view: FeatureView, statistics: Statistics) -> float:
    frames = sum(1 for feature in view.features for _ in feature.expression.find_all(exp.Filter))
    return (statistics.events + statistics.moments) * (_ROW + _FRAME * frames)


@dataclass(slots=True)
class _Timeline:
    """Collects what the timeline must hold: arguments of aggregates by position, aggregates by name."""

    arguments: list[exp.Expr] = field(default_factory=list)
    aggregates: list[_Framed] = field(default_factory=list)

    def argument(self, expression: exp.Expr) -> exp.Column:
        if expression not in self.arguments:
            self.arguments.append(expression)
        return column(f"_value_{self.arguments.index(expression) + 1}")

    def take(self, node: exp.Filter) -> exp.Column:
        framed = self._framed(node)
        if framed not in self.aggregates:
            self.aggregates.append(framed)
        return column(f"_aggregate_{self.aggregates.index(framed) + 1}", MOMENT)

    def _framed(self, node: exp.Filter) -> _Framed:
        conditions = _conditions(node)
        lengths = [length for condition in conditions if (length := _bound(condition)) is not None]
        rest = [condition for condition in conditions if _bound(condition) is None]
        condition = exp.and_(*rest) if rest else None
        function = node.this.copy()
        if isinstance(function, exp.Count) and isinstance(function.this, exp.Star):
            one = exp.Literal.number(1)
            function.set("this", self.argument(_where(condition, one)))
        elif isinstance(function.this, exp.Distinct):
            values = [self.argument(_where(condition, value)) for value in function.this.expressions]
            function.this.set("expressions", values)
        else:
            self._replace_arguments(function, condition)
        return _Framed(function, Duration(lengths[0]))

    def _replace_arguments(self, function: exp.Expr, condition: exp.Expr | None) -> None:
        """What is read from rows, and the value itself even when it is a constant: a moment's own row has none."""
        value_key = "expressions" if isinstance(function, exp.Anonymous) else "this"
        for key, value in function.args.items():
            parts = value if isinstance(value, list) else [value]
            for index, part in enumerate(parts):
                is_value = key == value_key and index == 0
                if isinstance(part, exp.Expr) and (is_value or part.find(exp.Column) is not None):
                    function.set(
                        key, self.argument(_where(condition, part)), index if isinstance(value, list) else None
                    )


def _build(view: FeatureView, prefix: str, rows: str, moments: Moments, statuses: bool) -> tuple[Cte, ...]:
    if statuses:
        raise AssertionError("statuses are wanted of few moments, where the range join is the plan")
    timeline = _Timeline()
    outputs = []
    for feature in view.features:
        holder = exp.Paren(this=feature.expression.copy())
        for node in list(holder.find_all(exp.Filter)):
            node.replace(timeline.take(node))
        outputs.append(named(cast(holder.this, feature.dtype), feature.name))
    line, framed = f"{prefix}__timeline", f"{prefix}__framed"
    identity = [column(name, MOMENT) for name in moments.identity]
    final = select([*identity, *outputs], framed, MOMENT)
    return (
        Cte(name=line, query=_line(view, rows, moments, timeline), comment=f"{view.name}: rows and moments in one"),
        Cte(name=framed, query=_frames(view, line, moments, timeline),
            comment="each window as a frame that looks back from the moment"),
        Cte(name=prefix, query=final, comment=f"{view.name}: one row for each moment"),
    )  # fmt: skip


def _line(view: FeatureView, rows: str, moments: Moments, timeline: _Timeline) -> exp.Query:
    keys = [key.name for key in view.keys]
    others = [name for name in moments.identity if name not in (*keys, AT)]
    present = exp.and_(*(exp.Not(this=exp.Is(this=column(key, EVENT), expression=exp.Null())) for key in keys))
    nothing = [named(exp.Null(), name) for name in others]
    events = select(
        [named(exp.false(), _IS_MOMENT), *nothing, *(column(key, EVENT) for key in keys),
         named(exp.Null(), AT), named(column(EVENT_TIME, EVENT), _TIME),
         *(named(value.copy(), f"_value_{number}") for number, value in enumerate(timeline.arguments, start=1))],
        rows, EVENT, where=present,
    )  # fmt: skip
    asked = select(
        [named(exp.true(), _IS_MOMENT), *(column(name, MOMENT) for name in others),
         *(column(key, MOMENT) for key in keys), column(AT, MOMENT), named(_last_visible(view.rows.timing), _TIME),
         *(named(exp.Null(), f"_value_{number}") for number in range(1, len(timeline.arguments) + 1))],
        moments.name, MOMENT,
    )  # fmt: skip
    return exp.Union(this=events, expression=asked, distinct=False)


def _frames(view: FeatureView, line: str, moments: Moments, timeline: _Timeline) -> exp.Select:
    lengths = sorted({framed.window for framed in timeline.aggregates})
    names = {length: f"last_{str(length).replace(' ', '_')}" for length in lengths}
    wanted = dict.fromkeys((*moments.identity, *(key.name for key in view.keys), AT, _IS_MOMENT))
    aggregates = [
        named(exp.Window(this=framed.function, alias=identifier(names[framed.window])), f"_aggregate_{number}")
        for number, framed in enumerate(timeline.aggregates, start=1)
    ]
    return exp.Select(
        expressions=[*(column(name) for name in wanted), *aggregates],
        from_=exp.From(this=table(line)),
        windows=[_window(view, names[length], length) for length in lengths],
        qualify=exp.Qualify(this=column(_IS_MOMENT)),
    )


def _window(view: FeatureView, name: str, length: Duration) -> exp.Window:
    """`[T - length, T - delay)` as a frame that ends at the moment's own place on the timeline.

    A frame that ends at CURRENT ROW costs a third of one that ends a microsecond before it, so it is the moment that
    is moved.
    """
    start = Duration(length.microseconds - view.rows.timing.behind)
    spec = exp.WindowSpec(kind="RANGE", start=interval(start), start_side="PRECEDING", end="CURRENT ROW")
    return exp.Window(
        this=identifier(name),
        partition_by=[column(key.name) for key in view.keys],
        order=exp.Order(expressions=[exp.Ordered(this=column(_TIME), nulls_first=False)]),
        spec=spec,
    )


def _last_visible(timing: Timing) -> exp.Expr:
    return later(column(AT, MOMENT), -timing.behind)


def _conditions(node: exp.Filter) -> list[exp.Expr]:
    condition = node.expression.this
    return list(condition.flatten()) if isinstance(condition, exp.And) else [condition]


def _bound(condition: exp.Expr) -> int | None:
    return window_length(condition)


def _where(condition: exp.Expr | None, value: exp.Expr) -> exp.Expr:
    if condition is None:
        return value.copy()
    return exp.Case(ifs=[exp.If(this=condition.copy(), true=value.copy())])


WINDOW_UNION = Plan(
    name="window_union", summary="frames over rows and moments on one timeline", refuses=_refuses, cost=_cost,
    build=_build,
)  # fmt: skip
