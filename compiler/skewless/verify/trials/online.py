"""The online half of a trial: a store in a file of its own, what brings state into it, and a server that reads it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from skewless.codegen.meaning import fingerprints
from skewless.contract.instances import ServicePlan
from skewless.serve.server import FeatureServer
from skewless.stores.sqlite import SqliteStore
from skewless.tasks.bundles import bundle_of
from skewless.verify.trials.replay import Replay
from skewless.verify.trials.terms import sources_of_service
from skewless.verify.trials.training import Warehouse


class Online:
    """That of one service. What can be shared by examples is made once. Close it at the end."""

    def __init__(self, service: ServicePlan) -> None:
        sources = {source.name: source for source in sources_of_service(service)}
        views = {one.view.name: one.view for one in service.instances if one.view.kind != "request"}
        versions = fingerprints(views)
        self._folder = tempfile.TemporaryDirectory(prefix="skewless-verify-", ignore_cleanup_errors=True)
        self._store = SqliteStore(Path(self._folder.name) / "online.db")
        self.engine = Warehouse(tuple(sources.values()))
        self.replay = Replay(views, versions, sources, self.engine, self._store)
        self.server = FeatureServer(bundle_of(service, versions, project="verify", store=""), self._store)

    def close(self) -> None:
        self.engine.close()
        self._store.close()
        self._folder.cleanup()
