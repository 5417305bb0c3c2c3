"""A folder of bundles into the services and views that are served, and the sources that rows are pushed to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from skewless.contract.artifact import VIEWS, Bundle, load_bundle
from skewless.contract.source_plan import SOURCES, SourcePlan, load_source_plan
from skewless.ground.diagnostics import did_you_mean
from skewless.ground.dtypes import DataType
from skewless.ground.errors import UsageError
from skewless.ingest.writer import SourceWriter
from skewless.serve.http.settings import Settings
from skewless.serve.server import FeatureServer
from skewless.stores.open import open_store
from skewless.stores.redis_address import like
from skewless.stores.store import OnlineStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A bundle, and the server that answers for it. `types` are those of its keys and request fields."""

    bundle: Bundle
    server: FeatureServer
    types: Mapping[str, DataType]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Everything that can be asked for, by name. A view alone is served as a service of its own is."""

    services: Mapping[str, Served]
    views: Mapping[str, Served]
    stores: tuple[OnlineStore, ...]
    sources: Mapping[str, SourceWriter] = field(default_factory=dict)
    """What rows can be pushed to, by its full name."""

    def versions(self) -> dict[str, str]:
        """Version to view, of all state that the services read."""
        read = (instance for served in self.services.values() for instance in served.bundle.instances)
        return {instance.version: instance.view for instance in read}

    def close(self) -> None:
        for store in self.stores:
            store.close()


def load_catalogue(settings: Settings) -> Catalogue:
    """The bundles of the folder, each checked against the store, and the plans of sources beside them.

    Raises UsageError when there are none or one cannot be served by this process, StoreError when the store lacks the
    state of a service. A view alone may lack its state: whoever asks for it, or pushes rows to it, is told.
    """
    stores = _Stores(settings.store)
    services = {}
    for path in _chosen(settings):
        bundle = load_bundle(path)
        server = FeatureServer(bundle, stores.of(bundle))
        server.check()
        services[bundle.service] = _served(bundle, server)
    views = {}
    for path in _views(settings, services.values()):
        bundle = load_bundle(path)
        views[bundle.service] = _served(bundle, FeatureServer(bundle, stores.of(bundle)))
    plans = [load_source_plan(path) for path in sorted((settings.bundles / SOURCES).glob("*.json"))]
    sources = {plan.source: SourceWriter(plan, stores.of(plan)) for plan in plans}
    return Catalogue(services=services, views=views, stores=tuple(stores.opened.values()), sources=sources)


class _Stores:
    """One store for each address and project, so that all bundles and plans share its connections."""

    def __init__(self, address: str | None) -> None:
        self._address = address
        self.opened: dict[tuple[str, str], OnlineStore] = {}

    def of(self, bundle: Bundle | SourcePlan) -> OnlineStore:
        address = like(self._address, bundle.store) if self._address else bundle.store
        place = address, bundle.project
        if place not in self.opened:
            self.opened[place] = open_store(address, project=bundle.project)
        return self.opened[place]


def _served(bundle: Bundle, server: FeatureServer) -> Served:
    types = {column.name: DataType.parse(column.type) for column in (*bundle.keys, *bundle.fields)}
    return Served(bundle=bundle, server=server, types=types)


def _chosen(settings: Settings) -> Iterator[Path]:
    found = {path.stem: path for path in sorted(settings.bundles.glob("*.json"))}
    if not found:
        raise UsageError(f"there are no bundles in '{settings.bundles}'", help="write them with: skewless run")
    for name in settings.services or found:
        if name not in found:
            hint = did_you_mean(name, found) or f"services: {', '.join(found)}"
            raise UsageError(f"there is no bundle of a service '{name}' in '{settings.bundles}'", help=hint)
        yield found[name]


def _views(settings: Settings, services: Collection[Served]) -> Iterator[Path]:
    """Those of the chosen services, under their own names and those that the services use, or all."""
    used = {name for served in services for one in served.bundle.outputs for name in (one.view, one.use)}
    used |= {one.view for served in services for one in served.bundle.instances}
    for path in sorted((settings.bundles / VIEWS).glob("*.json")):
        if not settings.services or path.stem in used:
            yield path
