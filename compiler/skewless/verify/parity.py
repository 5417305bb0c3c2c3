"""Training against serving: one spine through both paths, value by value."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from skewless.codegen.ctes import select
from skewless.codegen.training.assemble import SPINE
from skewless.codegen.training.plan import named
from skewless.contract.instances import ServicePlan
from skewless.contract.names import AT, ROW, column
from skewless.contract.types import cast
from skewless.engines.engine import Engine
from skewless.ground.moments import microseconds
from skewless.serve.server import FeatureServer
from skewless.stores.sqlite import SqliteStore
from skewless.stores.store import OnlineStore
from skewless.tasks.bundles import bundle_of
from skewless.tasks.train import training_set
from skewless.verify.equality import equal, tolerant_outputs
from skewless.verify.points import load_points, namespace

if TYPE_CHECKING:
    import pyarrow as pa

_CHUNK = 200

Ask = Callable[[FeatureServer, Mapping[str, Any], dt.datetime], Mapping[str, Any]]
"""How a vector is asked for: a server, the keys and request fields of one row, and the moment, into its features."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One value that differs: `trained` by the training path, `served` by the serving path."""

    row: int
    keys: Mapping[str, Any]
    as_of: dt.datetime
    feature: str
    trained: Any
    served: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a comparison saw. Points without a timestamp are trained and cannot be asked for."""

    points: int
    values: int
    mismatches: tuple[Mismatch, ...]


def compare_paths(
    engine: Engine,
    service: ServicePlan,
    versions: Mapping[str, str],
    spine: pa.Table,
    timestamp: str,
    told: Callable[[int, int], None] | None = None,
    *,
    store: OnlineStore | None = None,
    ask: Ask | None = None,
) -> Comparison:
    """Trains the spine, then serves each of its rows from a state of its own: rebuilt as it was known just before it.

    `told` hears after each part how many points of how many are done. The states are kept in a temporary file, or for
    the time of the comparison in namespaces of `store`. `ask` takes a way of its own to the server, such as HTTP.
    """
    trained = training_set(engine, service, spine, timestamp)
    served = serve_spine(engine, service, versions, told, store=store, ask=ask)
    return _compared(trained, served, service, timestamp, engine.dialect)


def serve_spine(
    engine: Engine,
    service: ServicePlan,
    versions: Mapping[str, str],
    told: Callable[[int, int], None] | None = None,
    *,
    store: OnlineStore | None = None,
    ask: Ask | None = None,
) -> dict[int, dict[str, Any]]:
    """Row number to the vector that the serving path gives for it. The table `spine` must be loaded."""
    rows = _asked(engine, service)
    bundle = bundle_of(service, versions, project="parity", store="")
    served: dict[int, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="skewless-parity-", ignore_cleanup_errors=True) as folder:
        first = FeatureServer(bundle, SqliteStore(Path(folder) / "unused.db"))
        for number, part in enumerate(_parts(rows)):
            with _states(store, Path(folder) / f"{number}.db", [row for row, _, _ in part], versions) as states:
                load_points(engine, states, service, versions, {row: microseconds(at) for row, at, _ in part})
                for row, at, fields in part:
                    served[row] = dict((ask or _get)(first.reading(states.within(namespace(row))), fields, at))
            if told is not None:
                told(len(served), len(rows))
    return served


def _get(server: FeatureServer, fields: Mapping[str, Any], at: dt.datetime) -> dict[str, Any]:
    return {name: values[0] for name, values in server.get([fields], as_of=at).values.items()}


@contextmanager
def _states(
    store: OnlineStore | None, path: Path, points: Sequence[int], versions: Mapping[str, str]
) -> Iterator[OnlineStore]:
    """A store for the states of some points, which are gone afterwards."""
    if store is None:
        file = SqliteStore(path)
        yield file
        file.close()
        path.unlink()
        return
    try:
        yield store
    finally:
        for point in points:
            store.within(namespace(point)).drop(list(versions.values()))


def _asked(engine: Engine, service: ServicePlan) -> list[tuple[int, dt.datetime, dict[str, Any]]]:
    """(row number, moment, fields) of every row of the spine that has a moment."""
    fields = [named(cast(column(name), dtype), name) for name, dtype in service.spine_columns.items()]
    present = exp.Not(this=exp.Is(this=column(AT), expression=exp.Null()))
    query = select([column(ROW), column(AT), *fields], SPINE, where=present)
    query.set("order", exp.Order(expressions=[exp.Ordered(this=column(ROW), nulls_first=False)]))
    return [(row.pop(ROW), row.pop(AT), row) for row in engine.arrow(query).to_pylist()]


def _parts(
    rows: Sequence[tuple[int, dt.datetime, dict[str, Any]]],
) -> Iterator[Sequence[tuple[int, dt.datetime, dict[str, Any]]]]:
    for start in range(0, len(rows), _CHUNK):
        yield rows[start : start + _CHUNK]


def _compared(
    trained: pa.Table, served: Mapping[int, Mapping[str, Any]], service: ServicePlan, timestamp: str, dialect: str
) -> Comparison:
    types = {one.name: one.instance.view.feature(one.feature).dtype for one in service.outputs}
    tolerant = tolerant_outputs(service, dialect)
    columns = {name: trained.column(name).to_pylist() for name in types}
    keys = {name: trained.column(name).to_pylist() for name in service.spine_columns}
    moments = trained.column(timestamp).to_pylist()
    mismatches = [
        Mismatch(
            row=row,
            keys={key: values[row] for key, values in keys.items()},
            as_of=moments[row],
            feature=name,
            trained=columns[name][row],
            served=vector[name],
        )
        for row, vector in served.items()
        for name, dtype in types.items()
        if not equal(columns[name][row], vector[name], dtype, is_tolerant=name in tolerant)
    ]
    return Comparison(points=len(served), values=len(served) * len(types), mismatches=tuple(mismatches))
