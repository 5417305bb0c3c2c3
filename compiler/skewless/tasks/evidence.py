"""What a value was made of: the rows of one entity, and for each what a moment makes of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from skewless.codegen.history import (
    RETRACTS,
    counts,
    history_query,
    key_columns,
    left_out_query,
    own_columns,
)
from skewless.codegen.identity import key_of
from skewless.codegen.state import POINTS
from skewless.contract.arrow import arrow_type
from skewless.contract.instances import service_of_view
from skewless.contract.ir import FeatureView, Scan
from skewless.contract.names import AT, EVENT_TIME, ID, KNOWN_AT, KNOWN_FROM, ROW, VISIBLE_FROM, VISIBLE_TO
from skewless.engines.engine import Engine
from skewless.ground.diagnostics import did_you_mean
from skewless.ground.errors import DataError, UsageError
from skewless.ground.moments import EPOCH, microseconds, moment_of
from skewless.serve.request import RequestReader
from skewless.tasks.sources import sources_of
from skewless.tasks.train import training_set
from skewless.tasks.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa

_TIMESTAMP = "skewless_as_of"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityRow:
    """One row, and what the moment makes of it.

    `event` is its primary key as texts, empty where the source has none. `event_time` and `known_at` are naive UTC.
    `features` are those that it was counted in, or that are its values. `reason` says why there are none.
    """

    event: Mapping[str, str | None]
    event_time: dt.datetime | None
    known_at: dt.datetime | None
    features: tuple[str, ...]
    reason: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The values of an entity at a moment and its rows, newest first. `tick` is what a refreshed view is shown of."""

    view: str
    entity: Mapping[str, Any]
    as_of: dt.datetime
    tick: dt.datetime | None
    values: Mapping[str, Any]
    rows: tuple[EntityRow, ...]
    not_looked_at: tuple[str, ...]
    """Sources of which nobody can say which rows the view leaves out."""
    queries: tuple[exp.Query, ...]
    """What the rows were asked by."""


def evidence(
    workspace: Workspace, engine: Engine, name: str, entity: Mapping[str, Any], as_of: dt.datetime
) -> Evidence:
    """What a view's values of an entity at a moment (naive UTC) are made of. They are computed as training does.

    Raises UsageError for a view without rows of its own, DataError for keys that are no keys of it.
    """
    view = workspace.view(name)
    if view.kind == "request":
        read = ", ".join(dict.fromkeys(one.view for one in view.dependencies))
        raise UsageError(
            f"'{name}' has no rows of its own: it is computed of the request and of {read or 'nothing else'}",
            help="explain the views that it reads" if read else "there is nothing to explain",
        )
    types = {key.name: key.dtype for key in view.keys}
    _check_keys(view, entity)
    columns, _ = RequestReader(view.name, types).rows([dict(entity)])
    keys = {key: columns[key][0] for key in types}
    computed_at = shown_at(view, as_of)
    history = _History(engine, view, keys, computed_at)
    return Evidence(
        view=view.name,
        entity=keys,
        as_of=as_of,
        tick=None if view.refresh is None else computed_at,
        values=_values(workspace, engine, view, keys, as_of),
        rows=history.rows(),
        not_looked_at=tuple(scan.source.name for scan, known in history.scans if known is None),
        queries=history.queries,
    )


def _check_keys(view: FeatureView, entity: Mapping[str, Any]) -> None:
    names = [key.name for key in view.keys]
    missing = [name for name in names if name not in entity]
    other = next((name for name in entity if name not in names), None)
    if other is None and not missing:
        return
    text = (
        f"'{view.name}' has no key '{other}'" if other else f"the entity lacks the key '{missing[0]}' of '{view.name}'"
    )
    hint = did_you_mean(other, missing) if other else None
    raise DataError(text, help=hint or f"its keys: {', '.join(names)}")


def shown_at(view: FeatureView, moment: dt.datetime) -> dt.datetime:
    """The moment at which what is shown at another one was computed: of a refreshed view, its tick.

    Raises DataError for a moment so early that this would be before the year 1.
    """
    if view.refresh is None:
        return moment
    try:
        return moment_of(view.refresh.last_tick(microseconds(moment)))
    except OverflowError as error:
        raise DataError(f"'{view.name}' has no tick before {_shown(moment)}", help="name a later moment") from error


class _History:
    """The rows of one entity of one view, and what one moment makes of them."""

    def __init__(self, engine: Engine, view: FeatureView, keys: Mapping[str, Any], at: dt.datetime) -> None:
        self._engine = engine
        self._view = view
        self._at = at
        timed = {scan.source.name: scan for scan in view.rows.scans if not scan.source.is_static}
        self.scans = [(scan, _traced(view, scan)) for scan in timed.values()]
        engine.register(POINTS, _point(view, keys, at))
        sources = sources_of(engine, view)
        self._pipeline = history_query(view, sources)
        self._left_out = [left_out_query(view, scan, known, sources) for scan, known in self.scans if known]
        self.queries = (self._pipeline, *self._left_out)

    def rows(self) -> tuple[EntityRow, ...]:
        """All of them, newest first."""
        left_out = [_left_out_row(self._view, row, self._at) for query in self._left_out for row in self._asked(query)]
        found = [*self._of_pipeline(self._asked(self._pipeline)), *left_out]
        return tuple(sorted(found, key=lambda row: (row.event_time or EPOCH, row.known_at or EPOCH), reverse=True))

    def _asked(self, query: exp.Query) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._engine.arrow(query).to_pylist()
        return rows

    def _of_pipeline(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[EntityRow]:
        """They come oldest first, in the total order."""
        visible = [number for number, row in enumerate(rows) if _unseen(row, self._at) is None]
        for number, row in enumerate(rows):
            reason = _unseen(row, self._at) or self._beyond(row)
            is_latest = self._view.kind == "latest" and number == visible[-1] if visible else False
            features = () if reason else self._features(row, is_latest)
            yield EntityRow(
                event=_event(self._view, row),
                event_time=row[EVENT_TIME],
                known_at=row[KNOWN_AT],
                features=features,
                reason=reason or ("" if features else self._uncounted()),
                values={column.name: row[column.name] for column in own_columns(self._view)},
            )

    def _features(self, row: Mapping[str, Any], is_latest: bool) -> tuple[str, ...]:
        names = [feature.name for feature in self._view.features]
        if self._view.kind == "latest":
            return tuple(names) if is_latest else ()
        return tuple(name for number, name in enumerate(names) if row[counts(number)])

    def _beyond(self, row: Mapping[str, Any]) -> str | None:
        """Why a row that is visible is too old."""
        horizon = self._view.horizon
        if horizon is None or row[EVENT_TIME] >= self._at - dt.timedelta(microseconds=horizon.microseconds):
            return None
        kind = "ttl" if self._view.kind == "latest" else "largest window"
        return f"outside the {kind} of {horizon}"

    def _uncounted(self) -> str:
        return "an older row than the latest" if self._view.kind == "latest" else "no feature's filter lets it in"


def _traced(view: FeatureView, scan: Scan) -> dict[str, str] | None:
    """The source's columns that hold the keys, if its rows can be told from those of the pipeline."""
    return key_columns(view, scan) if scan.source.primary_key else None


def _point(view: FeatureView, keys: Mapping[str, Any], at: dt.datetime) -> pa.Table:
    import pyarrow as pa

    columns = {key.name: pa.array([keys[key.name]], arrow_type(key.dtype)) for key in view.keys}
    return pa.table({ROW: pa.array([0], pa.int64()), **columns, AT: pa.array([at], pa.timestamp("us"))})


def _unseen(row: Mapping[str, Any], at: dt.datetime) -> str | None:
    """Why a row of the pipeline is not visible at a moment."""
    if row[KNOWN_FROM] > at:
        return f"not known before {_shown(row[KNOWN_AT])}"
    if row[VISIBLE_TO] is not None and row[VISIBLE_TO] <= at:
        return f"superseded since {_shown(row[VISIBLE_TO])}"
    return "has yet to happen" if row[VISIBLE_FROM] > at else None


def _left_out_row(view: FeatureView, row: Mapping[str, Any], at: dt.datetime) -> EntityRow:
    known_at, event_time = row[KNOWN_AT], row[EVENT_TIME]
    if known_at is None:
        reason = "has no known time"
    elif row[KNOWN_FROM] > at:
        reason = f"not known before {_shown(known_at)}"
    elif row[RETRACTS]:
        reason = "retracts its event"
    elif event_time is None:
        reason = "has no event time"
    else:
        reason = "filtered: the view's WHERE or a join leaves it out"
    own = {ROW, ID, EVENT_TIME, KNOWN_AT, KNOWN_FROM, RETRACTS}
    values = {name: value for name, value in row.items() if name not in own}
    event = _event(view, row)
    return EntityRow(event=event, event_time=event_time, known_at=known_at, features=(), reason=reason, values=values)


def _event(view: FeatureView, row: Mapping[str, Any]) -> Mapping[str, str | None]:
    if row[ID] is None:
        return {}
    keys = (key_of(scan.source, row[ID]) for scan in view.rows.scans)
    return next((key for key in keys if key is not None), {})


def _shown(moment: dt.datetime) -> str:
    return moment.isoformat(sep=" ")


def _values(
    workspace: Workspace, engine: Engine, view: FeatureView, keys: Mapping[str, Any], as_of: dt.datetime
) -> dict[str, Any]:
    import pyarrow as pa

    plan = service_of_view(view, workspace.views)
    columns = {key.name: pa.array([keys[key.name]], arrow_type(key.dtype)) for key in view.keys}
    spine = pa.table({**columns, _TIMESTAMP: pa.array([as_of], pa.timestamp("us"))})
    [row] = training_set(engine, plan, spine, _TIMESTAMP).to_pylist()
    return {feature.name: row[feature.name] for feature in view.features}
