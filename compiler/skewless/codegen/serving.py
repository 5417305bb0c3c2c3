"""A service into the one statement that a serving process runs over its slots, and the bundle around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from sqlglot import exp

from skewless.codegen.ctes import Cte, same, statement
from skewless.codegen.state import StateShape, raw_name, state_shape
from skewless.codegen.tiles import Tiles, has_tiles, most_events, tiles_of
from skewless.codegen.training.plan import named
from skewless.codegen.visibility import visible, within
from skewless.contract.artifact import (
    Column,
    Key,
    OutputColumn,
    SlotColumn,
    Statement,
    StoredInstance,
    Tiling,
    key_slot,
)
from skewless.contract.instances import Instance, Output, ServicePlan
from skewless.contract.ir import FeatureView
from skewless.contract.names import (
    AT,
    EVENT,
    EVENT_TIME,
    MOMENT,
    REQUEST,
    ROW,
    SEEN,
    TILE,
    TILE_NEWEST,
    TILE_ROWS,
    column,
    table,
)
from skewless.contract.types import cast
from skewless.dialects.emit import emit


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingParts:
    """What a bundle says of a service's instances, statement and columns."""

    instances: tuple[StoredInstance, ...]
    statement: Statement | None
    outputs: tuple[OutputColumn, ...]


def serving_parts(service: ServicePlan, versions: Mapping[str, str]) -> ServingParts:
    """`versions` names the stored version of each view."""
    builder = _StatementBuilder(service)
    outputs = tuple(builder.output(output) for output in service.outputs)
    stored = [instance for instance in service.instances if instance.view.kind != "request"]
    needed = builder.instances_read | {output.explained_by for output in outputs}
    return ServingParts(
        instances=tuple(
            _stored_instance(instance, versions[instance.view.name], builder.tiles.get(instance.view.name))
            for instance in stored
            if instance.name in needed
        ),
        statement=builder.statement(),
        outputs=outputs,
    )


def _stored_instance(instance: Instance, version: str, tiles: Tiles | None) -> StoredInstance:
    view, shape = instance.view, state_shape(instance.view)
    return StoredInstance(
        name=instance.name,
        view=view.name,
        version=version,
        layout=shape.layout,
        keys=tuple(Key(name=key.name, type=str(key.dtype), field=instance.column(key.name)) for key in view.keys),
        columns=tuple(Column(name=known.name, type=str(known.dtype)) for known in shape.columns),
        ttl=view.ttl.microseconds if view.ttl is not None and view.kind == "latest" else None,
        lag=view.refresh.lag.microseconds if view.refresh is not None else 0,
        key_columns=_keys_read(view),
        is_written=shape.is_written,
        tiling=None if tiles is None else _tiling(view, tiles),
    )


def _tiling(view: FeatureView, tiles: Tiles) -> Tiling:
    return Tiling(
        boundaries=tiles.boundaries,
        parts=tuple(Column(name=known.name, type=str(known.dtype)) for known, _ in tiles.parts),
        by_events=tiles.by_events,
        most_events=most_events(view),
    )


def _keys_read(view: FeatureView) -> tuple[str, ...]:
    """Keys that a fresh aggregate's expressions mention outside its rows."""
    if state_shape(view).layout != "events":
        return ()
    mentioned = {
        node.name
        for feature in view.features
        for node in feature.expression.find_all(exp.Column)
        if node.table == MOMENT and node.name != AT
    }
    return tuple(key.name for key in view.keys if key.name in mentioned)


@dataclass
class _StatementBuilder:
    """Collects what the statement must compute, and the slot columns it reads."""

    service: ServicePlan
    slots: dict[str, SlotColumn] = field(default_factory=dict)
    events: dict[str, Instance] = field(default_factory=dict)
    computed: dict[str, tuple[exp.Expr, str]] = field(default_factory=dict)
    instances_read: set[str] = field(default_factory=set)

    @cached_property
    def shapes(self) -> dict[str, StateShape]:
        return {
            instance.name: state_shape(instance.view)
            for instance in self.service.instances
            if instance.view.kind != "request"
        }

    @cached_property
    def tiles(self) -> dict[str, Tiles]:
        """View to its tiles, of those that have any."""
        views = {instance.view.name: instance.view for instance in self.service.instances}
        return {name: tiles_of(view) for name, view in views.items() if has_tiles(view)}

    def output(self, output: Output) -> OutputColumn:
        instance, feature = output.instance, output.instance.view.feature(output.feature)
        found = OutputColumn(
            name=output.name,
            type=str(feature.dtype),
            view=instance.view.name,
            use=output.use,
            feature=feature.name,
            stored=None,
            computed=None,
            explained_by=None if instance.view.kind == "request" else instance.name,
        )
        if self._is_stored(instance, feature.name):
            self.instances_read.add(instance.name)
            return replace(found, stored=feature.name)
        value = self.value(instance, feature.name)
        self.computed[output.name] = (cast(value, feature.dtype), str(feature.dtype))
        return replace(found, computed=output.name)

    def value(self, instance: Instance, name: str) -> exp.Expr:
        """A feature as an expression over the slots."""
        feature = instance.view.feature(name)
        if instance.view.kind == "request":
            return self._requested(instance, feature.expression)
        self.instances_read.add(instance.name)
        if self.shapes[instance.name].layout == "events":
            self.events[instance.name] = instance
            return column(name, instance.name)
        if self._is_stored(instance, name):
            return self._slot(instance, name)
        return self._of_moment(instance, feature.expression)

    def statement(self) -> Statement | None:
        query = self._query({})
        if query is None:
            return None
        names = [*self._status_columns(), *((name, dtype) for name, (_, dtype) in self.computed.items())]
        return Statement(
            sql=emit(query, copy=False),
            reads_request=self._reads_request(),
            request=tuple(self.slots.values()),
            events={name: _slot_name(name) for name in self.events},
            columns=tuple(Column(name=name, type=dtype) for name, dtype in names),
            tiled_sql=self._tiled_sql(),
        )

    def _tiled_sql(self) -> str | None:
        """The statement for requests of which an entity has tiles."""
        combined = {
            name: tiles
            for name, instance in self.events.items()
            if (tiles := self.tiles.get(instance.view.name)) is not None and tiles.by_events is None
        }
        query = self._query(combined) if combined else None
        return None if query is None else emit(query, copy=False)

    def _query(self, combined: Mapping[str, Tiles]) -> exp.Query | None:
        """`combined` are the instances that are read with their tiles."""
        if not self.computed:
            return None
        ctes = [
            _tiled_cte(instance, self.shapes[name], combined[name])
            if name in combined
            else _events_cte(instance, self.shapes[name])
            for name, instance in self.events.items()
        ]
        statuses = [named(column(own, name), f"{name}__{own}") for name in self.events for own in (EVENT_TIME, SEEN)]
        values = [named(value.copy(), name) for name, (value, _) in self.computed.items()]
        first, *others = self._relations()
        final = exp.Select(
            expressions=[column(ROW, first), *statuses, *values],
            from_=exp.From(this=table(first)),
            joins=[
                exp.Join(this=table(name), side="LEFT", on=same(name, first, (ROW,), nulls_match=False))
                for name in others
            ],
        )
        return statement(ctes, final, f" {self.service.name}, serving: one row for each row of the request. ")

    def _relations(self) -> list[str]:
        """What is read. Every instance has a row for each row of the request."""
        return [*([REQUEST] if self._reads_request() else []), *self.events]

    def _reads_request(self) -> bool:
        """Whether a value is made of the request."""
        values = (value for value, _ in self.computed.values())
        return not self.events or any(node.table == REQUEST for value in values for node in value.find_all(exp.Column))

    def _status_columns(self) -> list[tuple[str, str]]:
        return [
            found
            for name in self.events
            for found in ((f"{name}__{EVENT_TIME}", "TIMESTAMP"), (f"{name}__{SEEN}", "BIGINT"))
        ]

    def _is_stored(self, instance: Instance, name: str) -> bool:
        shape = self.shapes.get(instance.name)
        return shape is not None and shape.layout != "events" and any(known.name == name for known in shape.columns)

    def _slot(self, instance: Instance, name: str) -> exp.Expr:
        """A stored column, handed to the statement in the request slot."""
        known = next(known for known in self.shapes[instance.name].columns if known.name == name)
        for slot in self.slots.values():
            if (slot.instance, slot.column) == (instance.name, name):
                return column(slot.name, REQUEST)
        slot_name = f"_slot_{len(self.slots) + 1}"
        self.slots[slot_name] = SlotColumn(name=slot_name, type=str(known.dtype), instance=instance.name, column=name)
        return column(slot_name, REQUEST)

    def _field(self, name: str, dtype: str) -> exp.Expr:
        self.slots[name] = SlotColumn(name=name, type=dtype, instance=None, column=name)
        return column(name, REQUEST)

    def _of_moment(self, instance: Instance, expression: exp.Expr) -> exp.Expr:
        """A latest view's feature that depends on T: computed from the stored row, NULL without one."""
        holder = exp.Paren(this=expression.copy())
        for node in list(holder.find_all(exp.Column)):
            if node.table == EVENT:
                stored = EVENT_TIME if node.name == EVENT_TIME else raw_name(node.name)
                node.replace(self._slot(instance, stored))
            elif node.table == MOMENT:
                node.replace(self._moment_column(instance, node.name))
        exists = exp.Not(this=exp.Is(this=self._slot(instance, EVENT_TIME), expression=exp.Null()))
        return exp.Case(ifs=[exp.If(this=exists, true=holder.this)])

    def _moment_column(self, instance: Instance, name: str) -> exp.Expr:
        if name == AT:
            return column(AT, REQUEST)
        key = next(key for key in instance.view.keys if key.name == name)
        return self._field(instance.column(name), str(key.dtype))

    def _requested(self, instance: Instance, expression: exp.Expr) -> exp.Expr:
        """A request view's feature, with the values of other views put in their places."""
        dependencies = dict(instance.dependencies)
        fields = {known.name: known for known in (*instance.view.requests, *instance.view.keys)}
        holder = exp.Paren(this=expression.copy())
        for node in list(holder.find_all(exp.Column)):
            if node.table == MOMENT:
                node.replace(column(AT, REQUEST))
            elif node.table == REQUEST:
                node.replace(self._field(instance.column(node.name), str(fields[node.name].dtype)))
            elif node.table in dependencies:
                node.replace(self._dependency(dependencies[node.table], node.name))
        return holder.this  # type: ignore[no-any-return]

    def _dependency(self, instance: Instance, name: str) -> exp.Expr:
        value = self.value(instance, name)
        if isinstance(value, exp.Column):
            return value
        return cast(value, str(instance.view.feature(name).dtype))


def _slot_name(instance: str) -> str:
    return f"{instance}__events"


def _slot_of_tiles(instance: str) -> str:
    return f"{instance}__tiles"


def _tiled_cte(instance: Instance, shape: StateShape, tiles: Tiles) -> Cte:
    """The same over events and tiles of events, which stand for themselves."""
    view = instance.view
    timing = view.rows.timing
    if not timing.is_settled:
        timing = replace(timing, has_versions=shape.has_versions)
    no_row = exp.Is(this=column(EVENT_TIME, EVENT), expression=exp.Null())
    own = [column(ROW, EVENT), column(AT, EVENT), *(column(key_slot(name), EVENT) for name in _keys_read(view))]
    seen = exp.or_(no_row, column(TILE, EVENT), exp.paren(visible(timing, EVENT)))
    query = exp.Select(
        expressions=[column(ROW, EVENT), *_aggregates(view, tiles.features), *_explained_of_tiles(view)],
        from_=exp.From(this=table(_slot_of_tiles(instance.name), EVENT)),
        where=exp.Where(this=seen),
        group=exp.Group(expressions=own),
    )
    return Cte(name=instance.name, query=query, comment=f"{view.name}: over its stored rows and tiles of them")


def _explained_of_tiles(view: FeatureView) -> list[exp.Expr]:
    is_tile = column(TILE, EVENT)
    reach = [] if view.horizon is None else [within(view.horizon, EVENT)]
    rows = exp.and_(exp.Not(this=is_tile), *reach)
    tiles = exp.and_(is_tile.copy(), *(one.copy() for one in reach))

    def filtered(function: exp.Expr, condition: exp.Expr) -> exp.Expr:
        return exp.Filter(this=function, expression=exp.Where(this=condition.copy()))

    newest = exp.Greatest(
        this=filtered(exp.Max(this=column(EVENT_TIME, EVENT)), rows),
        expressions=[filtered(exp.Max(this=column(TILE_NEWEST, EVENT)), tiles)],
        ignore_nulls=True,
    )
    count = exp.Add(
        this=filtered(exp.Count(this=column(EVENT_TIME, EVENT)), rows),
        expression=exp.Coalesce(
            this=filtered(exp.Sum(this=column(TILE_ROWS, EVENT)), tiles), expressions=[exp.Literal.number(0)]
        ),
    )
    return [named(newest, EVENT_TIME), named(cast(exp.paren(count), "BIGINT"), SEEN)]


def _events_cte(instance: Instance, shape: StateShape) -> Cte:
    """A fresh aggregate over the rows in its slot: the training expressions, grouped by row of the request.

    Each row of the slot brings its request's number and moment; a request without rows has one row of NULLs, which no
    FILTER lets through, so that it is an empty set and not a missing answer.
    """
    view = instance.view
    timing = view.rows.timing
    if not timing.is_settled:
        timing = replace(timing, has_versions=shape.has_versions)
    no_row = exp.Is(this=column(EVENT_TIME, EVENT), expression=exp.Null())
    own = [column(ROW, EVENT), column(AT, EVENT), *(column(key_slot(name), EVENT) for name in _keys_read(view))]
    query = exp.Select(
        expressions=[
            column(ROW, EVENT),
            *_aggregates(view, [feature.expression for feature in view.features]),
            *_explained(view),
        ],
        from_=exp.From(this=table(_slot_name(instance.name), EVENT)),
        where=exp.Where(this=exp.or_(no_row, exp.paren(visible(timing, EVENT)))),
        group=exp.Group(expressions=own),
    )
    columns = ", ".join(known.name for known in shape.columns)
    return Cte(name=instance.name, query=query, comment=f"{view.name}: over its stored rows ({columns})")


def _aggregates(view: FeatureView, expressions: Sequence[exp.Expr]) -> list[exp.Expr]:
    found: list[exp.Expr] = []
    for feature, expression in zip(view.features, expressions, strict=True):
        holder = exp.Paren(this=expression.copy())
        for node in list(holder.find_all(exp.Column)):
            if node.table == MOMENT:
                node.replace(column(AT if node.name == AT else key_slot(node.name), EVENT))
        found.append(named(cast(holder.this, feature.dtype), feature.name))
    return found


def _explained(view: FeatureView) -> list[exp.Expr]:
    """The newest row within reach, and how many there were."""
    time = column(EVENT_TIME, EVENT)
    aggregates: list[tuple[exp.Expr, str]] = [
        (exp.Max(this=time), EVENT_TIME),
        (exp.Count(this=time.copy()), SEEN),
    ]
    if view.horizon is None:
        return [named(aggregate, name) for aggregate, name in aggregates]
    reach = within(view.horizon, EVENT)
    return [
        named(exp.Filter(this=aggregate, expression=exp.Where(this=reach.copy())), name)
        for aggregate, name in aggregates
    ]
