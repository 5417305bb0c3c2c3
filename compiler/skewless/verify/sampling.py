"""Moments worth looking at: entities that have rows, asked on and next to the times at which their values change."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from skewless.codegen.ctes import Cte, statement
from skewless.codegen.pipeline import pipeline_ctes, rows_name
from skewless.contract.arrow import arrow_type
from skewless.contract.instances import Instance, ServicePlan
from skewless.contract.ir import FeatureView
from skewless.contract.names import EVENT_TIME, column, table
from skewless.dialects.functions import SHUFFLED
from skewless.engines.engine import Engine
from skewless.ground.dtypes import DataType
from skewless.tasks.sources import sources_of

if TYPE_CHECKING:
    import pyarrow as pa

TIMESTAMP_COLUMN = "_asked_at"
_MICROSECOND = dt.timedelta(microseconds=1)
_NULL_SHARE = 0.02
_LATEST_MOMENT = dt.datetime(9000, 1, 1)


def sampled_rows(engine: Engine, view: FeatureView, count: int, seed: int) -> list[dict[str, Any]]:
    """Up to `count` of the view's rows, drawn alike each time: the keys and `_event_time`."""
    sources = sources_of(engine, view)
    names = [key.name for key in view.keys]
    drawn = exp.Select(
        expressions=[*(column(name) for name in names), column(EVENT_TIME)],
        from_=exp.From(this=table(rows_name(view.name))),
    )
    arguments = [column(name) for name in (*names, EVENT_TIME)]
    order = exp.Anonymous(this=SHUFFLED, expressions=[*arguments, exp.Literal.number(seed)])
    final = exp.Select(
        expressions=[exp.Star()],
        from_=exp.From(this=table("drawn")),
        order=exp.Order(expressions=[exp.Ordered(this=order, nulls_first=False)]),
        limit=exp.Limit(expression=exp.Literal.number(count)),
    )
    ctes = [*pipeline_ctes(view.rows, view.name, sources), Cte(name="drawn", query=drawn, comment="every row")]
    return engine.arrow(statement(ctes, final, "")).to_pylist()  # type: ignore[no-any-return]


def sampled_spine(engine: Engine, service: ServicePlan, points: int, seed: int) -> pa.Table:
    """A spine of sampled moments for a service; no rows when its sources have none.

    Each point takes its moment and its keys from a row of one view, and the keys that this view lacks from rows of the
    others. A few keys are NULL. Request fields are drawn by type.
    """
    import pyarrow as pa

    draw = random.Random(seed)  # noqa: S311 - a reproducible sample, not a secret
    stored = [instance for instance in service.instances if instance.view.kind != "request"]
    samples = {one.name: sampled_rows(engine, one.view, points, seed) for one in stored}
    usable = [instance for instance in stored if samples[instance.name]]
    rows = [_point(service, usable, samples, draw, number) for number in range(points if usable else 0)]
    columns = {name: arrow_type(DataType.parse(dtype)) for name, dtype in service.spine_columns.items()}
    columns[TIMESTAMP_COLUMN] = pa.timestamp("us")
    return pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in columns.items()})


def _point(
    service: ServicePlan,
    usable: Sequence[Instance],
    samples: Mapping[str, list[dict[str, Any]]],
    draw: random.Random,
    number: int,
) -> dict[str, Any]:
    base = usable[number % len(usable)]
    picked = {one.name: draw.choice(samples[one.name]) for one in usable}
    keys: dict[str, Any] = {}
    for instance in (*usable, base):
        for key in instance.view.keys:
            keys[instance.column(key.name)] = picked[instance.name][key.name]
    fields = {
        name: keys[name] if name in keys and draw.random() > _NULL_SHARE else _any_value(DataType.parse(dtype), draw)
        for name, dtype in service.spine_columns.items()
    }
    nulled = {name: None if name in keys and draw.random() < _NULL_SHARE else value for name, value in fields.items()}
    moment = picked[base.name][EVENT_TIME] + _offset(base.view, draw)
    return {**nulled, TIMESTAMP_COLUMN: min(moment, _LATEST_MOMENT)}


def _offset(view: FeatureView, draw: random.Random) -> dt.timedelta:
    """From an event to a moment at which something about it changes, or to any moment while it can matter."""
    delay = view.rows.timing.delay
    known = dt.timedelta(microseconds=delay.microseconds if delay is not None else 0)
    edges = [known]
    if view.horizon is not None:
        edges.append(dt.timedelta(microseconds=view.horizon.microseconds))
    if view.refresh is not None:
        edges.append(dt.timedelta(microseconds=view.refresh.interval.microseconds))
    edge = draw.choice(edges)
    near = draw.choice([-_MICROSECOND, dt.timedelta(0), _MICROSECOND])
    return edge + near if draw.random() < 0.5 else edge * draw.random() + _MICROSECOND


def _any_value(dtype: DataType, draw: random.Random) -> Any:
    """A value of the type, NULL now and then."""
    if draw.random() < _NULL_SHARE:
        return None
    if dtype.element is not None:
        return [_any_value(dtype.element, draw) for _ in range(draw.randrange(3))]
    moment = dt.datetime(2000, 1, 1) + dt.timedelta(seconds=draw.randrange(10**9))
    return {
        "BOOLEAN": draw.random() < 0.5,
        "INTEGER": draw.randrange(-1000, 1000),
        "BIGINT": draw.randrange(-1000, 1000),
        "FLOAT": draw.randrange(-1000, 1000) / 8,
        "DOUBLE": draw.uniform(-1000, 1000),
        "DECIMAL": Decimal(draw.randrange(10 ** max(dtype.precision - 1, 1))).scaleb(-dtype.scale),
        "VARCHAR": draw.choice(["", "a", "ß", "0"]),
        "DATE": moment.date(),
        "TIMESTAMP": moment,
    }[dtype.kind]
