"""Names what a feature is made of: sources, pipelines, views. Plain data, no SQL and no evaluation.

Timestamps and durations are integer microseconds. Rows are dicts of Python values. Predicates and expressions are
callables of `(row, moment)`, where `moment` is what the model calls `as_of()`; a predicate keeps a row when it answers
`True` (NULL is `None`, and keeps nothing).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

MICROSECOND = 1
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

Row = Mapping[str, object]
Data = Mapping[str, Sequence[Row]]
Expression = Callable[[Row, int], object]
Predicate = Callable[[Row, int], bool | None]
JoinKind = Literal["inner", "left"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSpec:
    """A declared column and its DuckDB type."""

    name: str
    data_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpec:
    """A source as the YAML declares it; where `known_at` is named, `delay` has no effect.

    `append_only` is a promise of the data, not a rule of evaluation: it changes no value here.
    """

    name: str
    columns: tuple[ColumnSpec, ...]
    event_time: str | None = None
    known_at: str | None = None
    delay: int = 0
    primary_key: tuple[str, ...] = ()
    append_only: bool = False
    tie_break: tuple[str, ...] = ()
    deleted: str | None = None
    inclusive: bool = False
    static: bool = False

    @property
    def ordering_columns(self) -> tuple[str, ...]:
        """The columns that order rows of equal times: the tie-break, which is the primary key unless declared."""
        return self.tie_break or self.primary_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """All visible rows of a timed source."""

    source: SourceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """The rows of `input` for which `predicate` is true."""

    input: Pipeline
    predicate: Predicate


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Each row of `input` as these named expressions, and nothing else."""

    input: Pipeline
    columns: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnionAll:
    """The rows of every branch, duplicates included. All branches have the same columns."""

    inputs: tuple[Pipeline, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticJoin:
    """Each row of `input` with the `take` columns (column there, name here) of each matching row of a static source.

    `on` pairs a column of the input with one of the static source.
    """

    input: Pipeline
    source: SourceSpec
    on: tuple[tuple[str, str], ...]
    take: tuple[tuple[str, str], ...]
    kind: JoinKind = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class AsofJoin:
    """Each row of `left` with the `take` columns of the latest row of `right` not after it (or before it).

    `operator` compares event times: `>=` is `left.event_time >= right.event_time`.
    """

    left: Pipeline
    right: Pipeline
    on: tuple[tuple[str, str], ...]
    take: tuple[tuple[str, str], ...]
    operator: Literal[">=", ">"] = ">="
    kind: JoinKind = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """`lag(column, offset)`: the value `offset` rows earlier."""

    column: str
    offset: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSum:
    """`sum(column)` over rows between `preceding` preceding and current row."""

    column: str
    preceding: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeCount:
    """`count(*)` over range between interval `interval` preceding and current row; rows of equal time are peers."""

    interval: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Each row of `input` with one more column, `name`: a backward window in event time within its partition."""

    input: Pipeline
    function: Lag | RunningSum | RangeCount
    partition_by: tuple[str, ...]
    name: str


Pipeline = Scan | Filter | Project | UnionAll | StaticJoin | AsofJoin | Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """A schedule: ticks at multiples of `interval` since 1970 plus `offset`, published `lag` later."""

    interval: int
    offset: int = 0
    lag: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One column of a latest view."""

    name: str
    expression: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """One column of an aggregate view: a function (a key of `aggregates.AGGREGATES`) over named columns.

    `count` without arguments is `count(*)`. `window` is None for the view's ttl. `where` narrows this aggregate alone.
    """

    name: str
    function: str
    arguments: tuple[str, ...] = ()
    window: int | None = None
    where: Predicate | None = None
    separator: str = ","


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestView:
    """`select keys, expressions from pipeline`."""

    keys: tuple[str, ...]
    pipeline: Pipeline
    features: tuple[Feature, ...]
    ttl: int | None = None
    refresh: Refresh | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateView:
    """`select keys, aggregates from pipeline group by keys`."""

    keys: tuple[str, ...]
    pipeline: Pipeline
    features: tuple[Aggregate, ...]
    ttl: int | None = None
    refresh: Refresh | None = None


View = LatestView | AggregateView
