"""The online state of many moments at once: each point's own entities, as they were known just before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlglot import exp

from skewless.codegen.ctes import select
from skewless.codegen.state import POINTS, state_query, state_shape
from skewless.codegen.training.assemble import SPINE
from skewless.codegen.training.plan import named
from skewless.contract.artifact import CODEC_VERSION
from skewless.contract.instances import Instance, ServicePlan
from skewless.contract.names import AT, ROW, column
from skewless.contract.types import cast
from skewless.engines.engine import Engine
from skewless.stores.store import OnlineStore, StateInfo
from skewless.tasks.sources import sources_of
from skewless.tasks.state import records


def namespace(point: int) -> str:
    """Where the state of one point is kept."""
    return f"point/{point}"


def load_points(
    engine: Engine,
    store: OnlineStore,
    service: ServicePlan,
    versions: Mapping[str, str],
    moments: Mapping[int, int],
) -> None:
    """Writes, for each point, the state of the views that the service reads, as `run --as-of` at its moment would.

    The table `spine` must be there (see `tasks.spine`). `moments` are the points by row number, as microseconds since
    1970. Only the point's own entities are written, and whatever the views keep for entities without rows.
    """
    stored = [instance for instance in service.instances if instance.view.kind != "request"]
    found: dict[tuple[int, str], dict[bytes, bytes]] = {}
    for instance in stored:
        version = versions[instance.view.name]
        for point in moments:
            found.setdefault((point, version), {})
        for point, key, value in _state_of(engine, instance, moments):
            found[point, version][key] = value
    with store.batch():
        for (point, version), entries in found.items():
            info = StateInfo(version=version, as_of=moments[point], entities=0, rows=len(entries), codec=CODEC_VERSION)
            store.within(namespace(point)).replace(info, entries.items())


def _state_of(engine: Engine, instance: Instance, moments: Mapping[int, int]) -> Iterable[tuple[int, bytes, bytes]]:
    view = instance.view
    engine.create(POINTS, _points(instance, min(moments), max(moments)))
    sources = sources_of(engine, view)
    table = engine.arrow(state_query(view, sources, points=True))
    return records(table, view.keys, state_shape(view), points=True)


def _points(instance: Instance, first: int, last: int) -> exp.Select:
    keys = [
        named(cast(column(instance.column(key.name), SPINE), str(key.dtype)), key.name) for key in instance.view.keys
    ]
    between = exp.Between(this=column(ROW, SPINE), low=exp.Literal.number(first), high=exp.Literal.number(last))
    return select([column(ROW, SPINE), *keys, column(AT, SPINE)], SPINE, where=between)
