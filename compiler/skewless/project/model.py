"""What a project says, as read from its files and before anything is rendered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from skewless.ground.dtypes import DataType
from skewless.ground.durations import Duration
from skewless.ground.spans import Span

Lost = Literal["entity", "source", "config"]
"""A kind of thing of which some may be missing, because what should say them has a fault."""
EVERYTHING: frozenset[Lost] = frozenset(get_args(Lost))
_DAY = Duration(86_400_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataTest:
    """A generic data test on a column or a view: `not_null`, or `{accepted_range: {min: 0}}`."""

    name: str
    arguments: Mapping[str, Any]
    severity: Literal["error", "warn"]
    span: Span
    argument_spans: Mapping[str, Span]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    name: str
    data_type: DataType | None
    description: str
    data_tests: tuple[DataTest, ...]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """What features are about. Every key has a data type."""

    name: str
    keys: tuple[Column, ...]
    description: str
    span: Span
    is_sound: bool
    """Whether it has no fault; what uses another one cannot be judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Where rows of a table are delivered as they come. The URL is a `Secret`: it may hold a password."""

    type: Literal["redis"]
    url: str
    name: str
    group: str | None
    """Who shares the deliveries; the project, unless it says otherwise."""
    format: Literal["json", "arrow"]
    land: str | None
    """The folder that its rows are landed in, relative to the project: files that are read beside the table."""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A relation and its time rules (semantics, section 2). Every column has a data type."""

    name: str
    table: str
    database: str | None
    schema: str
    identifier: str
    path: str | None
    """Files to read instead of a relation; relative to the project, globs allowed."""
    columns: tuple[Column, ...]
    event_time: str | None
    known_at: str | None
    delay: Duration
    primary_key: tuple[str, ...]
    append_only: bool
    tie_break: tuple[str, ...]
    deleted: str | None
    inclusive: bool
    static: bool
    description: str
    tags: tuple[str, ...]
    meta: Mapping[str, Any]
    data_tests: tuple[DataTest, ...]
    stream: Stream | None
    """No part of what a view means: rows mean the same however they come."""
    span: Span
    key_spans: Mapping[str, Span]
    """Where each key of the table's mapping is written, for diagnostics."""
    is_sound: bool

    @property
    def full_name(self) -> str:
        return f"{self.name}.{self.table}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewProperties:
    """An entry under `features:`: documentation, contract, tests and configuration of one view."""

    name: str
    description: str
    config: Mapping[str, Any]
    config_spans: Mapping[str, Span]
    columns: tuple[Column, ...]
    data_tests: tuple[DataTest, ...]
    span: Span
    is_sound: bool


def data_tests_of(owner: Source | ViewProperties) -> Iterator[tuple[str | None, DataTest]]:
    """The generic tests of a source or a view, and those of its columns with the column's name."""
    yield from ((None, test) for test in owner.data_tests)
    yield from ((known.name, test) for known in owner.columns for test in known.data_tests)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceView:
    """One use of a view in a service. `on` maps the view's keys to columns of the spine."""

    view: str
    version: str | None
    """The version of it that is named by hand."""
    alias: str | None
    on: Mapping[str, str]
    on_spans: Mapping[str, Span]
    features: tuple[str, ...] | None
    feature_spans: Mapping[str, Span]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """From which value of a metric on there is a warning, and from which a failure. None: from no value on."""

    warn: float | None = None
    fail: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedFeature:
    """What `monitor:` says of one feature: rules that go before those of the service, by metric."""

    enabled: bool
    rules: Mapping[str, Rule]


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where a result is told. The URL and the headers are secrets."""

    url: str
    on: Literal["always", "warn", "fail"]
    headers: Mapping[str, str]
    timeout: float
    """Seconds for each try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitoring:
    """How what a service served is watched."""

    baseline: str | None = None
    log: str | None = None
    every: Duration = _DAY
    bins: int = 10
    categories: int = 20
    min_rows: int = 500
    rules: Mapping[str, Rule] = field(default_factory=dict)
    features: Mapping[str, WatchedFeature] = field(default_factory=dict)
    feature_spans: Mapping[str, Span] = field(default_factory=dict)
    webhook: Webhook | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    name: str
    views: tuple[ServiceView, ...]
    full_feature_names: bool
    description: str
    monitoring: Monitoring
    span: Span
    is_sound: bool


FEW_EVENTS = 2
"""Events of a tile in unit tests, unless the test says: so few that those of tests are in tiles."""
DeliveryStep = Literal["write", "advance", "sweep", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of a unit test: written out, as CSV, as SQL, or in a fixture file."""

    format: Literal["dict", "csv", "sql"]
    rows: tuple[Mapping[str, Any], ...] | str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Rows of one input of a unit test: `source('a', 'b')`, `ref('view')` or `request()`."""

    input: str
    rows: Rows
    comes: tuple[tuple[int, ...], ...] = ()
    """After which steps of the delivery each row comes, if the test says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How the rows of a unit test come into the online state. Moments are microseconds since 1970."""

    loaded_at: int
    steps: tuple[tuple[DeliveryStep, int], ...]
    asked_at: tuple[int, ...]
    """Moments at which the state is asked too, whatever it says then."""
    tile_events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTest:
    name: str
    model: str
    model_span: Span
    description: str
    given: tuple[Given, ...]
    expect: Rows
    variables: Mapping[str, Any]
    """`overrides: {vars: ...}`: project variables for this test only."""
    span: Span
    delivered: Delivery | None = None
    """As they became known, if the test does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A feature view's file. `config` is what `skewless.yml` says of its folder."""

    name: str
    path: str
    text: str
    """Empty when the file cannot be used: then the view is known, and has a diagnostic already."""
    config: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SingularTest:
    """A query whose rows are failures."""

    name: str
    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineSettings:
    """`online:` of a target."""

    type: Literal["sqlite", "redis"]
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One output of a profile: an engine, an online store, a registry."""

    profile: str
    name: str
    type: Literal["duckdb", "snowflake", "spark"]
    settings: Mapping[str, Any]
    online: OnlineSettings
    registry: str
    threads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFiles:
    """All that the project's files say."""

    root: Path
    name: str
    identity: str | None
    """`id` of skewless.yml: what tells the project from another of its name, where both use one registry."""
    version: str
    profile: str
    target_path: Path
    variables: Mapping[str, Any]
    models: tuple[Model, ...]
    macros: tuple[Model, ...]
    entities: tuple[Entity, ...]
    sources: tuple[Source, ...]
    properties: tuple[ViewProperties, ...]
    services: tuple[Service, ...]
    unit_tests: tuple[UnitTest, ...]
    singular_tests: tuple[SingularTest, ...]
    lost: frozenset[Lost]
    """Of these kinds, what is not found may be there, in a place that cannot be read."""
