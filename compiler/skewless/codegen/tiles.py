"""Tiles: aggregates of stretches of an entity's events, made once, so that a million events are read as some hundred
rows.

A tile is used for what no boundary of a window cuts; events of those that one cuts are read one by one, so values are
exact to the microsecond. It is made by the view's own expressions: an aggregate of a window is put together from that
of the events and those of the tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from skewless.codegen.ctes import statement
from skewless.codegen.state import StateShape, why_not_by_row
from skewless.codegen.training.plan import named
from skewless.codegen.visibility import visible_from
from skewless.contract.ir import FeatureView, Field
from skewless.contract.names import (
    EVENT,
    EVENT_TIME,
    MOMENT,
    ROW,
    SETTLED,
    TILE,
    TILE_FIRST,
    TILE_LAST,
    TILE_NEWEST,
    TILE_ROWS,
    VISIBLE_TO,
    column,
    part,
    table,
)
from skewless.contract.types import cast
from skewless.contract.windows import moment_offset
from skewless.dialects.functions import function_name
from skewless.ground.dtypes import BIGINT, DataType

_NUMBERS = ("INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL")


MOST_EVENTS = 100_000
TILED = "tiled"
"""The relation of stored rows by the number of their tile."""


class _NotCombined(Exception):
    """An aggregate that is not put together from parts; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiles:
    """How a view's values are put together."""

    boundaries: tuple[int, ...]
    """Microseconds before T at which some window begins or ends."""
    parts: tuple[tuple[Field, exp.Expr], ...]
    """What is kept of a tile, and the aggregate over `event` rows that makes it."""
    features: tuple[exp.Expr, ...]
    """Each feature, over `event` rows and rows that stand for tiles."""
    by_events: str | None
    """Why tiles do not stand for their events; None if they do."""


def tiles_of(view: FeatureView) -> Tiles:
    """Those of a view that keeps events. Where values are not put together from parts, a tile is its events."""
    builder = _Builder(view)
    try:
        # By name, for parts are numbered as they are found, and a model's columns may be written in another order.
        combined = {
            feature.name: builder.combined(feature.expression)
            for feature in sorted(view.features, key=lambda feature: feature.name)
        }
    except _NotCombined as error:
        return Tiles(boundaries=_reach(view), parts=(), features=(), by_events=str(error))
    return Tiles(
        boundaries=tuple(sorted({*builder.boundaries, *_reach(view)})),
        parts=tuple((known, made) for made, known in builder.parts.items()),
        features=tuple(combined[feature.name] for feature in view.features),
        by_events=None,
    )


def _reach(view: FeatureView) -> tuple[int, ...]:
    """The moments between which events matter, in microseconds before T."""
    if view.horizon is None:
        raise AssertionError(f"{view.name} has an aggregate without a window")
    return (0, view.horizon.microseconds)


def has_tiles(view: FeatureView) -> bool:
    """Whether entities with many events have tiles, if the view is online; that is no part of what it means."""
    return view.kind == "aggregate" and why_not_by_row(view) is None


def most_events(view: FeatureView) -> int:
    """So many events of an entity are read one by one, if its values are not put together from tiles."""
    return int(view.config.get("max_events") or MOST_EVENTS)


def tiles_query(view: FeatureView, shape: StateShape, tiles: Tiles) -> exp.Query:
    """What is kept of each tile, of the stored rows in the relation `tiled`, which say the number of their tile.

    Rows that have been replaced are not part of a tile, as soon as that has come into effect.
    """
    time = column(EVENT_TIME, EVENT)
    visible: exp.Expr = visible_from(view.rows.timing)
    alive: list[exp.Expr] = []
    if shape.has_versions:
        until = column(VISIBLE_TO, EVENT)
        alive = [exp.Is(this=until, expression=exp.Null())]
        visible = exp.Greatest(this=visible, expressions=[until.copy()], ignore_nulls=True)
    kept = [
        (exp.Max(this=time.copy()), TILE_NEWEST),
        (exp.Count(this=exp.Star(), big_int=True), TILE_ROWS),
        *((made.copy(), known.name) for known, made in tiles.parts),
    ]
    times = [(exp.Min(this=time), TILE_FIRST), (exp.Max(this=time.copy()), TILE_LAST), (exp.Max(this=visible), SETTLED)]
    types = {known.name: known.dtype for known, _ in tiles.parts}
    query = exp.Select(
        expressions=[
            column(ROW, EVENT),
            *(named(made, name) for made, name in times),
            *(named(_cast(_also(made, alive), types.get(name)), name) for made, name in kept),
        ],
        from_=exp.From(this=table(TILED, EVENT)),
        group=exp.Group(expressions=[column(ROW, EVENT)]),
        order=exp.Order(expressions=[exp.Ordered(this=column(ROW, EVENT))]),
    )
    return statement([], query, f" {view.name}: what is kept of each tile of events. ")


def _cast(made: exp.Expr, dtype: DataType | None) -> exp.Expr:
    return made if dtype is None else cast(made, dtype)


def _also(made: exp.Expr, conditions: Sequence[exp.Expr]) -> exp.Expr:
    """An aggregate, of rows of which something more holds."""
    if not conditions:
        return made
    own = [made.expression.this] if isinstance(made, exp.Filter) else []
    function = made.this if isinstance(made, exp.Filter) else made
    return _filtered(function, [*own, *conditions])


@dataclass(slots=True)
class _Builder:
    view: FeatureView
    boundaries: set[int] = field(default_factory=set)
    parts: dict[exp.Expr, Field] = field(default_factory=dict)

    def combined(self, expression: exp.Expr) -> exp.Expr:
        """The expression, each aggregate of which takes tiles into account."""
        holder = exp.Paren(this=expression.copy())
        for node in list(holder.find_all(exp.Filter)):
            node.replace(self._aggregate(node))
        return holder.this  # type: ignore[no-any-return]

    def _aggregate(self, node: exp.Filter) -> exp.Expr:
        window, rest = self._conditions(node)
        function, name = node.this, function_name(node.this)
        if isinstance(function.this, exp.Distinct) or name not in _COMBINED:
            shown = f"{name}(distinct)" if isinstance(function.this, exp.Distinct) else f"{name}()"
            raise _NotCombined(f"{shown} of a window is not put together from those of its parts")
        return _COMBINED[name](self, function, window, rest)

    def _conditions(self, node: exp.Filter) -> tuple[list[exp.Expr], list[exp.Expr]]:
        """Conditions on T, whose boundaries are noted, and on the row alone."""
        window, rest = [], []
        for condition in (
            node.expression.this.flatten() if isinstance(node.expression.this, exp.And) else [node.expression.this]
        ):
            if not any(found.table == MOMENT for found in condition.find_all(exp.Column)):
                rest.append(condition)
                continue
            offset = moment_offset(condition)
            if offset is None:
                raise _NotCombined("it compares rows with the moment in more than windows of a fixed length")
            self.boundaries.add(offset)
            window.append(condition)
        return window, rest

    def part(self, function: exp.Expr, rest: Sequence[exp.Expr], dtype: DataType) -> exp.Column:
        """What a tile keeps of an aggregate."""
        made: exp.Expr = function.copy()
        if rest:
            made = exp.Filter(this=made, expression=exp.Where(this=exp.and_(*(one.copy() for one in rest), copy=False)))
        if made not in self.parts:
            self.parts[made] = Field(name=part(len(self.parts) + 1), dtype=dtype)
        return column(self.parts[made].name, EVENT)

    def argument(self, function: exp.Expr) -> DataType:
        """The type of an aggregate's argument."""
        found = function.this
        if isinstance(found, exp.Column) and found.table == EVENT:
            for known in (*self.view.keys, *self.view.rows.columns):
                if known.name == found.name:
                    return known.dtype
        raise _NotCombined(
            f"{function_name(function)}() is of an expression, whose type is not known here: make it a column of a CTE"
        )


def _count(builder: _Builder, function: exp.Expr, window: list[exp.Expr], rest: list[exp.Expr]) -> exp.Expr:
    kept = builder.part(function, rest, BIGINT)
    tiles = cast(_of_tiles(exp.Sum(this=kept), window), BIGINT)
    return exp.paren(
        exp.Add(
            this=_of_rows(function, window, rest),
            expression=exp.Coalesce(this=tiles, expressions=[exp.Literal.number(0)]),
        ),
        copy=False,
    )


def _sum(builder: _Builder, function: exp.Expr, window: list[exp.Expr], rest: list[exp.Expr]) -> exp.Expr:
    dtype = builder.argument(function)
    if dtype.kind not in _NUMBERS:
        raise _NotCombined(f"sum() of {dtype} is not put together from those of its parts")
    kept = builder.part(function, rest, _sum_type(dtype))
    tiles: exp.Expr = _of_tiles(exp.Sum(this=kept), window)
    if dtype.kind in ("INTEGER", "BIGINT"):
        tiles = cast(tiles, "HUGEINT")
    rows = _of_rows(function, window, rest)
    both = exp.Add(this=rows, expression=tiles)
    return exp.paren(exp.Coalesce(this=both, expressions=[rows.copy(), tiles.copy()]), copy=False)


def _sum_type(dtype: DataType) -> DataType:
    """What a sum is kept as: wide enough for that of a tile."""
    if dtype.kind in ("FLOAT", "DOUBLE"):
        return DataType(kind="DOUBLE")
    return DataType(kind="DECIMAL", precision=38, scale=dtype.scale if dtype.kind == "DECIMAL" else 0)


def _mean(builder: _Builder, function: exp.Expr, window: list[exp.Expr], rest: list[exp.Expr]) -> exp.Expr:
    total = _sum(builder, exp.Sum(this=function.this.copy()), window, rest)
    count = _count(builder, exp.Count(this=function.this.copy(), big_int=True), window, rest)
    none = exp.Nullif(this=count, expression=exp.Literal.number(0))
    return exp.paren(exp.Div(this=cast(total, "DOUBLE"), expression=none), copy=False)


def _extreme(kind: type[exp.Expr]) -> Callable[..., exp.Expr]:
    """min and bool_and of several are the least of theirs, max and bool_or the greatest; both skip NULL."""

    def combine(builder: _Builder, function: exp.Expr, window: list[exp.Expr], rest: list[exp.Expr]) -> exp.Expr:
        if function.args.get("expressions"):
            raise _NotCombined(
                f"{function_name(function)}() of several values is not put together from those of its parts"
            )
        kept = builder.part(function, rest, builder.argument(function))
        again = function.copy()
        again.set("this", kept)
        rows = _of_rows(function, window, rest)
        return kind(this=rows, expressions=[_of_tiles(again, window)], ignore_nulls=True)

    return combine


_COMBINED: dict[str, Callable[[_Builder, exp.Expr, list[exp.Expr], list[exp.Expr]], exp.Expr]] = {
    "count": _count,
    "count_star": _count,
    "sum": _sum,
    "avg": _mean,
    "mean": _mean,
    "min": _extreme(exp.Least),
    "max": _extreme(exp.Greatest),
    "bool_and": _extreme(exp.Least),
    "bool_or": _extreme(exp.Greatest),
}


def _of_rows(function: exp.Expr, window: Sequence[exp.Expr], rest: Sequence[exp.Expr]) -> exp.Expr:
    return _filtered(function.copy(), [exp.Not(this=_is_tile()), *window, *rest])


def _of_tiles(function: exp.Expr, window: Sequence[exp.Expr]) -> exp.Expr:
    """Over the tiles of a window: a tile's event time is that of its first event, and no boundary cuts it."""
    return _filtered(function, [_is_tile(), *window])


def _filtered(function: exp.Expr, conditions: Sequence[exp.Expr]) -> exp.Expr:
    return exp.Filter(
        this=function, expression=exp.Where(this=exp.and_(*(condition.copy() for condition in conditions), copy=False))
    )


def _is_tile() -> exp.Expr:
    return column(TILE, EVENT)
