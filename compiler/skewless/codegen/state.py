"""One FeatureView into the SQL that yields its online state: what was known just before a moment, by entity.

Three layouts. *Events* of a fresh aggregate: every row that a window can still reach. *Latest* rows: the newest visible
one, and those that are known and have yet to happen. *Values* of a refreshed view: what it was at its last tick, and at
ticks whose lag is not yet over; under the NULL key, the values of an entity without rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from skewless.codegen.ctes import Cte, same, select, statement
from skewless.codegen.pipeline import Sources, pipeline_ctes, rows_name
from skewless.codegen.ticks import ticks_from_last
from skewless.codegen.training.latest import LATEST_RANKED, first_of, newest_first
from skewless.codegen.training.plan import Moments, named
from skewless.codegen.training.range_join import RANGE_JOIN
from skewless.codegen.visibility import changed, known, visible, visible_from, within
from skewless.contract.clock import later
from skewless.contract.ir import Feature, FeatureView, Field
from skewless.contract.names import (
    AT,
    EVENT,
    EVENT_TIME,
    ID,
    MOMENT,
    ROW,
    SEEN,
    SINCE,
    VISIBLE_FROM,
    VISIBLE_TO,
    column,
    table,
)
from skewless.contract.types import cast
from skewless.ground.dtypes import BIGINT, TIMESTAMP, VARCHAR, DataType

Layout = Literal["events", "latest", "values"]
POINTS = "points"
"""The relation of (`_row`, keys, `_at`) that state is built for when there is more than one moment."""
_ID = Field(name=ID, dtype=VARCHAR)
CUTOFF, CHANGED = "cutoff", "changed"
"""The relation of the moment that a state is made for, and that of entities that have changed."""
AS_OF, CHANGED_SINCE = "as_of", "since"
"""The parameters that state SQL takes: state holds what was known before the first, and may have changed since the
second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateShape:
    """What a view keeps for each entity."""

    layout: Layout
    columns: tuple[Field, ...]
    """What serving reads."""
    kept: tuple[Field, ...] = ()
    """What only writers read, where rows are written one by one."""

    @property
    def is_written(self) -> bool:
        """Whether rows are written one by one."""
        return bool(self.kept)

    @property
    def has_versions(self) -> bool:
        """Whether rows are stored together with the moment at which they are replaced."""
        return any(known.name == VISIBLE_TO for known in self.columns)


def state_shape(view: FeatureView) -> StateShape:
    """The columns stored for each entity, in the order in which state SQL yields them."""
    if view.refresh is not None:
        features = _by_name(view.features)
        times = (_stamp(VISIBLE_FROM), _stamp(EVENT_TIME), Field(name=SEEN, dtype=BIGINT))
        return StateShape(layout="values", columns=(*times, *features))
    is_written = why_not_by_row(view) is None
    until = (_stamp(VISIBLE_TO),) if is_written and view.rows.timing.has_versions else ()
    if view.kind == "latest":
        stamps = (_stamp(VISIBLE_FROM), _stamp(EVENT_TIME), *until)
        ready = _by_name(known for known in view.features if not reads_moment(known.expression))
        raw = tuple(Field(name=raw_name(known.name), dtype=known.dtype) for known in _raw_columns(view))
        kept = (_ID, *_order(view)) if is_written else ()
        return StateShape(layout="latest", columns=(*stamps, *ready, *raw), kept=kept)
    read = _columns_read(view)
    since = () if view.rows.timing.is_settled else (_stamp(VISIBLE_FROM),)
    columns = (_stamp(EVENT_TIME), *since, *until, *_order_read(view), *read)
    return StateShape(layout="events", columns=columns, kept=(_ID,) if is_written else ())


def is_written(view: FeatureView) -> bool:
    """Whether the view keeps state, and its rows are written one by one."""
    return view.kind != "request" and view.online and why_not_by_row(view) is None


def why_not_by_row(view: FeatureView) -> str | None:
    """Why rows cannot be written into a view's state one by one; None if they can.

    They can if what becomes of a row follows from the row, its earlier and later versions and static sources.
    """
    if view.refresh is not None:
        return "its values are computed at ticks"
    for step in view.rows.steps:
        if step.query.find(exp.Lateral) or any(_is_asof(join) for join in step.query.find_all(exp.Join)):
            return "it joins each event to earlier ones of another source"
    if any(step.query.find(exp.Window) for step in view.rows.steps):
        return "it looks from each event back at earlier ones"
    for scan in view.rows.scans:
        if not scan.source.is_static and not scan.source.primary_key:
            return f"'{scan.source.name}' has no primary_key, by which an event that comes twice is known"
    return None


def state_query(view: FeatureView, sources: Sources, *, points: bool = False, changes: bool = False) -> exp.Query:
    """Rows of state, ordered by entity and then by the total order: the keys and the columns of the shape.

    The moment is the parameter `$as_of`; with `points` it is the relation `points`, each row of which gets the state of
    its own entity at its own moment, told apart by `_row`. With `changes` it is the state of those entities alone of
    which anything has changed since the parameter `$since`.
    """
    shape, prefix = state_shape(view), view.name
    ctes = [*([] if points else [cutoff_cte(since=changes)]), *pipeline_ctes(view.rows, prefix, sources)]
    moments = POINTS if points else CUTOFF
    comment = f" {view.name}, online state ({shape.layout}): what is known before the moment. "
    if shape.layout == "values":
        ctes += _value_ctes(view, prefix, moments, points)
        return statement(ctes, _values(view, prefix, points), comment)
    final = _rows_known(view, shape, prefix, moments, points)
    if changes:
        ctes.append(_changed(view, prefix))
        final.append("joins", exp.Join(this=table(CHANGED), on=_same_keys(view, CHANGED)))
    return statement(ctes, final, comment)


def changed_query(view: FeatureView, sources: Sources) -> exp.Query:
    """The keys of entities of which anything has changed between the parameters `$since` and `$as_of`."""
    ctes = [cutoff_cte(since=True), *pipeline_ctes(view.rows, view.name, sources), _changed(view, view.name)]
    final = select([column(key.name) for key in view.keys], CHANGED)
    return statement(ctes, final, f" {view.name}: entities of which anything has changed. ")


def _changed(view: FeatureView, prefix: str) -> Cte:
    present = [exp.Not(this=exp.Is(this=column(key.name, EVENT), expression=exp.Null())) for key in view.keys]
    query = exp.Select(
        expressions=[column(key.name, EVENT) for key in view.keys],
        from_=exp.From(this=table(rows_name(prefix), EVENT)),
        joins=[exp.Join(this=table(CUTOFF, MOMENT), kind="CROSS")],
        where=exp.Where(this=exp.and_(changed(view.rows.timing), *present)),
        distinct=exp.Distinct(),
    )
    return Cte(name=CHANGED, query=query, comment="entities with a row that became known, or was replaced, meanwhile")


def _same_keys(view: FeatureView, relation: str) -> exp.Expr:
    return same(EVENT, relation, (key.name for key in view.keys), nulls_match=False)


def _is_asof(join: exp.Join) -> bool:
    return str(join.args.get("method") or "").upper() == "ASOF" or isinstance(join.this, exp.Subquery | exp.Lateral)


def reads_moment(expression: exp.Expr) -> bool:
    """Whether a latest view's feature depends on T, so that it is computed when it is asked for."""
    return any(node.table == MOMENT for node in _columns(expression))


def raw_name(name: str) -> str:
    """The stored name of a row column that such a feature reads: its own type, before any feature's final cast."""
    return f"_raw_{name}"


def _raw_columns(view: FeatureView) -> tuple[Field, ...]:
    read = {
        node.name
        for feature in view.features
        if reads_moment(feature.expression)
        for node in _columns(feature.expression)
        if node.table == EVENT
    }
    return _by_name(known for known in (*view.keys, *view.rows.columns) if known.name in read)


def _by_name(columns: Iterable[Field | Feature]) -> tuple[Field, ...]:
    """What is stored has an order of its own, so that the order of a model's columns may change."""
    return tuple(Field(name=known.name, dtype=known.dtype) for known in sorted(columns, key=lambda known: known.name))


def _stamp(name: str) -> Field:
    return Field(name=name, dtype=TIMESTAMP)


def _columns_read(view: FeatureView) -> tuple[Field, ...]:
    """The row columns that feature expressions read, keys among them."""
    read = {node.name for feature in view.features for node in _columns(feature.expression) if node.table == EVENT}
    return _by_name(known for known in (*view.keys, *view.rows.columns) if known.name in read)


def _order(view: FeatureView) -> tuple[Field, ...]:
    """The columns of the total order, besides the event time."""
    types: list[DataType] = [TIMESTAMP] * len(view.rows.timing.order) + list(view.rows.tie_types)
    found = zip(view.rows.order, types, strict=True)
    return tuple(Field(name=name, dtype=dtype) for name, dtype in found if name != EVENT_TIME)


def _order_read(view: FeatureView) -> tuple[Field, ...]:
    """Those that ordered aggregates read."""
    read = {node.name for feature in view.features for node in _columns(feature.expression) if node.table == EVENT}
    return tuple(known for known in _order(view) if known.name in read)


def _columns(expression: exp.Expr) -> list[exp.Column]:
    return list(expression.find_all(exp.Column))


def cutoff_cte(*, since: bool = False) -> Cte:
    """The relation of one moment, the parameter; and of the one since when something may have changed."""
    parameters = {AT: AS_OF, **({SINCE: CHANGED_SINCE} if since else {})}
    moments = [named(cast(exp.Placeholder(this=own), "TIMESTAMP"), name) for name, own in parameters.items()]
    return Cte(name=CUTOFF, query=exp.Select(expressions=moments), comment="the moment of this state")


def _identity(view: FeatureView, points: bool) -> list[exp.Expr]:
    rows = [column(ROW, MOMENT)] if points else []
    return [*rows, *(column(key.name, EVENT) for key in view.keys)]


def _rows_known(view: FeatureView, shape: StateShape, prefix: str, moments: str, points: bool) -> exp.Select:
    # What replaces a row that is current at the moment is not known by then.
    lasting = named(cast(exp.Null(), TIMESTAMP), VISIBLE_TO)
    columns = [lasting if known_.name == VISIBLE_TO else stored(view, known_) for known_ in shape.columns]
    query = exp.Select(
        expressions=[*_identity(view, points), *columns],
        from_=exp.From(this=table(rows_name(prefix), EVENT)),
        joins=[_joined(view, moments, points)],
        where=exp.Where(this=_reachable(view, points)),
        order=exp.Order(expressions=[*_by(view, points), *_oldest_first(view)]),
    )
    if view.kind == "latest":
        query.set("qualify", exp.Qualify(this=_can_be_latest(view, points)))
    return query


def stored(view: FeatureView, wanted: Field) -> exp.Expr:
    """A column of the state, of an `event` row."""
    if wanted.name == VISIBLE_FROM:
        return named(visible_from(view.rows.timing), VISIBLE_FROM)
    if view.kind == "latest":
        for feature in view.features:
            if feature.name == wanted.name:
                return named(cast(feature.expression.copy(), feature.dtype), feature.name)
        raw = wanted.name.removeprefix(raw_name(""))
        return named(column(raw, EVENT), wanted.name) if raw != wanted.name else column(wanted.name, EVENT)
    if any(key.name == wanted.name for key in view.keys):
        return named(column(wanted.name, EVENT), f"_stored_{wanted.name}")  # the key itself has its name
    return column(wanted.name, EVENT)


def _joined(view: FeatureView, moments: str, points: bool) -> exp.Join:
    if not points:
        return exp.Join(this=table(moments, MOMENT), kind="CROSS")
    keys = same(EVENT, MOMENT, (key.name for key in view.keys), nulls_match=False)
    return exp.Join(this=table(moments, MOMENT), on=keys)


def _reachable(view: FeatureView, points: bool) -> exp.Expr:
    conditions = [known(view.rows.timing)]
    if not points:
        conditions += [exp.Not(this=exp.Is(this=column(key.name, EVENT), expression=exp.Null())) for key in view.keys]
    if view.kind == "aggregate" and view.horizon is not None:
        conditions.append(within(view.horizon))
    return exp.and_(*conditions)


def _can_be_latest(view: FeatureView, points: bool) -> exp.Expr:
    """The newest visible row, and every row that is known and has yet to happen."""
    partition = [*_identity(view, points), visible(view.rows.timing)]
    return exp.or_(first_of(partition, newest_first(view)), exp.Not(this=exp.paren(visible(view.rows.timing))))


def _by(view: FeatureView, points: bool) -> list[exp.Expr]:
    return [exp.Ordered(this=name, nulls_first=False) for name in _identity(view, points)]


def _oldest_first(view: FeatureView) -> list[exp.Expr]:
    return [exp.Ordered(this=column(name, EVENT), nulls_first=True) for name in view.rows.order]


def _value_ctes(view: FeatureView, prefix: str, moments: str, points: bool) -> list[Cte]:
    """The moments at which values are computed, and the values."""
    asked = Moments(
        name=f"{prefix}__ticks", identity=(*((ROW,) if points else ()), *(key.name for key in view.keys), AT)
    )
    plan = RANGE_JOIN if view.kind == "aggregate" else LATEST_RANKED
    query = _points_ticks(view, moments) if points else _all_ticks(view, prefix, moments)
    values = plan.build(view, f"{prefix}__values", rows_name(prefix), asked, True)
    return [Cte(name=asked.name, query=query, comment="every entity at each tick, and one without rows"), *values]


def _ticks(view: FeatureView) -> exp.Expr:
    return named(ticks_from_last(view.schedule, column(AT, MOMENT)), AT)


def _no_keys(view: FeatureView) -> list[exp.Expr]:
    return [named(cast(exp.Null(), key.dtype), key.name) for key in view.keys]


def _all_ticks(view: FeatureView, prefix: str, moments: str) -> exp.Query:
    present = exp.and_(
        *(exp.Not(this=exp.Is(this=column(key.name, EVENT), expression=exp.Null())) for key in view.keys)
    )
    entities = exp.Select(
        expressions=[*(column(key.name, EVENT) for key in view.keys), _ticks(view)],
        from_=exp.From(this=table(rows_name(prefix), EVENT)),
        joins=[exp.Join(this=table(moments, MOMENT), kind="CROSS")],
        where=exp.Where(this=present),
        distinct=exp.Distinct(),
    )
    nobody = select([*_no_keys(view), _ticks(view)], moments, MOMENT)
    return exp.Union(this=entities, expression=nobody, distinct=False)


def _points_ticks(view: FeatureView, moments: str) -> exp.Query:
    own = select([column(ROW, MOMENT), *(column(key.name, MOMENT) for key in view.keys), _ticks(view)], moments, MOMENT)
    nobody = select([column(ROW, MOMENT), *_no_keys(view), _ticks(view)], moments, MOMENT)
    return exp.Union(this=own, expression=nobody, distinct=True)


def _values(view: FeatureView, prefix: str, points: bool) -> exp.Select:
    """Each tick of entities with a visible row at one of them, and of the one without any."""
    values = f"{prefix}__values"
    identity = [*([column(ROW)] if points else []), *(column(key.name) for key in view.keys)]
    since = named(later(column(AT), view.schedule.lag.microseconds + 1), VISIBLE_FROM)
    # An entity whose last row has left the window keeps that tick too, or it would be answered from the one before.
    most = exp.Window(this=exp.Max(this=column(SEEN)), partition_by=[name.copy() for name in identity])
    has_rows = exp.GT(this=most, expression=exp.Literal.number(0))
    nobody = exp.and_(*(exp.Is(this=column(key.name), expression=exp.Null()) for key in view.keys))
    query = select(
        [*identity, since, *(column(known.name) for known in state_shape(view).columns if known.name != VISIBLE_FROM)],
        values,
    )
    query.set("qualify", exp.Qualify(this=exp.or_(has_rows, nobody)))
    order = [*(name.copy() for name in identity), column(AT)]
    query.set("order", exp.Order(expressions=[exp.Ordered(this=name, nulls_first=False) for name in order]))
    return query
