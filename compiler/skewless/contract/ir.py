"""FeatureView: the one tree from which training, serving and state SQL are made.

Frozen data. Scalar SQL inside is sqlglot's expression tree, shared and never mutated; who changes one copies it first.
In feature expressions a column belongs to one of three relations (see `contract.names`): `moment` (the keys and T),
`event` (a row of the pipeline), `request` (a field of the request), or to a dependency's alias.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlglot import exp

from skewless.contract.clock import tick
from skewless.contract.landed import pattern
from skewless.contract.names import EVENT_TIME, KNOWN_AT, tie
from skewless.ground.dtypes import DataType
from skewless.ground.durations import Duration

Kind = Literal["latest", "aggregate", "request"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A named and typed value: a key, a request field, a column of a row."""

    name: str
    dtype: DataType


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    name: str
    dtype: DataType
    expression: exp.Expr
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTable:
    """A source as the compiler needs it: where it is, its typed columns, its time rules (semantics, section 2)."""

    name: str
    database: str | None
    schema: str
    identifier: str
    path: str | None
    columns: tuple[Field, ...]
    event_time: str | None
    known_at: str | None
    delay: Duration
    primary_key: tuple[str, ...]
    append_only: bool
    tie_break: tuple[str, ...]
    deleted: str | None
    inclusive: bool
    landed: str | None = field(default=None, repr=False)
    """A folder with further rows, which came over a stream (see `contract.landed`). Rows mean the same however they
    come, so it is no part of the text of which versions are made."""

    @property
    def landed_part(self) -> SourceTable | None:
        """The landed rows as a source of their own: the same, but for its name and its place."""
        if self.landed is None:
            return None
        return replace(self, name=f"{self.name} (landed)", path=pattern(self.landed), landed=None)

    @property
    def is_static(self) -> bool:
        return self.event_time is None

    @property
    def happened(self) -> str:
        """The event-time column of a timed source."""
        if self.event_time is None:
            raise AssertionError(f"{self.name} is static and has no event time")
        return self.event_time

    @property
    def has_versions(self) -> bool:
        """Whether a later row may replace an earlier one."""
        return bool(self.primary_key) and not self.append_only

    @property
    def timing(self) -> Timing | None:
        if self.is_static:
            return None
        return Timing(
            delay=None if self.known_at else self.delay, inclusive=self.inclusive, has_versions=self.has_versions
        )

    @property
    def order(self) -> tuple[str, ...] | None:
        """Columns that order rows of equal event time and known time; None if nothing does.

        A `tie_break` without a primary key may leave ties, so the remaining columns decide: rows that are equal in
        all of them are the same row.
        """
        if not self.primary_key and not self.tie_break:
            return None
        rest = self.primary_key or tuple(field.name for field in self.columns)
        return tuple(dict.fromkeys((*self.tie_break, *rest)))

    def dtype(self, column: str) -> DataType:
        return next(field.dtype for field in self.columns if field.name == column)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How the moment at which a row is visible follows from the row.

    Settled rows (`delay` is one constant and nothing is replaced) are visible by their event time alone. Other rows
    carry the interval of moments during which they are visible.
    """

    delay: Duration | None
    inclusive: bool
    has_versions: bool

    @property
    def is_settled(self) -> bool:
        return self.delay is not None and not self.has_versions

    @property
    def behind(self) -> int:
        """Settled rows: microseconds from the event time to the first moment at which the row is visible."""
        if self.delay is None:
            raise AssertionError("rows that say themselves when they are known have no common delay")
        return self.delay.microseconds + tick(self.inclusive)

    @property
    def order(self) -> tuple[str, ...]:
        """The time columns of the total order; tie-break columns follow. Settled rows are known as they happen."""
        return (EVENT_TIME,) if self.is_settled else (EVENT_TIME, KNOWN_AT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A read of a source, and the only one: it adds the time columns that every later step carries on."""

    name: str
    source: SourceTable
    columns: tuple[str, ...]
    tie_count: int
    """How many tie-break columns the steps carry on: all of the source's order, or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One named query of the pipeline; it reads scans and earlier steps, and carries the time columns through."""

    name: str
    query: exp.Query
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The rows of a view, before any moment is known. The last step has the keys, `columns` and time columns."""

    scans: tuple[Scan, ...]
    steps: tuple[Step, ...]
    columns: tuple[Field, ...]
    """The user's columns that feature expressions read as `event.column`."""
    timing: Timing
    tie_types: tuple[DataType, ...]

    @property
    def output(self) -> str:
        return self.steps[-1].name

    @property
    def order(self) -> tuple[str, ...]:
        """The columns of the total order, least significant last."""
        return (*self.timing.order, *(tie(number) for number in range(1, len(self.tie_types) + 1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """Values are computed at ticks (multiples of `interval` since 1970, plus `offset`), known `lag` later."""

    interval: Duration
    offset: Duration
    lag: Duration

    def last_tick(self, at: int) -> int:
        """The tick that is shown at a moment: the last one with `tick + lag < at`, microseconds since 1970."""
        return self.due_tick(at - self.lag.microseconds - 1)

    def due_tick(self, at: int) -> int:
        """The last tick until a moment, shown or not."""
        return at - (at - self.offset.microseconds) % self.interval.microseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """`LEFT JOIN ref(view) AS alias`: the view's keys and the request columns that hold them."""

    alias: str
    view: str
    on: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureView:
    """A function of an entity and a moment, ready for code generation."""

    name: str
    path: str
    kind: Kind
    keys: tuple[Field, ...]
    features: tuple[Feature, ...]
    pipeline: Pipeline | None
    horizon: Duration | None
    """How far back a row can matter: the largest window, or a latest view's ttl. None: for ever."""
    ttl: Duration | None
    refresh: Refresh | None
    requests: tuple[Field, ...]
    dependencies: tuple[Dependency, ...]
    plan: str | None
    online: bool
    description: str
    config: Mapping[str, Any]

    @property
    def rows(self) -> Pipeline:
        """The pipeline of a latest or aggregate view."""
        if self.pipeline is None:
            raise AssertionError(f"{self.name} is a request view and has no rows of its own")
        return self.pipeline

    @property
    def schedule(self) -> Refresh:
        """The ticks of a refreshed view."""
        if self.refresh is None:
            raise AssertionError(f"{self.name} is fresh and has no ticks")
        return self.refresh

    def feature(self, name: str) -> Feature:
        return next(feature for feature in self.features if feature.name == name)
