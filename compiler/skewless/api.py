"""The Python interface: a project, its training sets and its online state."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skewless.tasks.bundles import bundle_of
from skewless.tasks.run import Loaded, load_views
from skewless.tasks.train import training_set
from skewless.tasks.workspace import Options, Workspace, load_workspace

if TYPE_CHECKING:
    import pyarrow as pa

    from skewless.serve.server import FeatureServer


class Project:
    """A project under one target.

    >>> project = Project.load(".", target="dev")
    >>> table = project.training_set("fraud_v1", spine, timestamp="event_timestamp")
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    @classmethod
    def load(
        cls,
        path: str | Path = ".",
        *,
        target: str | None = None,
        profile: str | None = None,
        profiles_dir: str | Path | None = None,
        variables: Mapping[str, Any] | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Project:
        """Reads and compiles the project in a folder. Raises UsageError when there is none, CompileError when it is
        at fault; the error's `diagnostics` say everything that is wrong."""
        options = Options(
            project_dir=Path(path),
            profiles_dir=Path(profiles_dir) if profiles_dir is not None else None,
            profile=profile,
            target=target,
            variables=variables,
        )
        workspace = load_workspace(options, os.environ if environ is None else environ)
        workspace.check()
        return cls(workspace)

    def training_set(self, service: str, spine: Any, *, timestamp: str) -> pa.Table:
        """The spine's rows, in its order, with the service's features as they were at each row's timestamp.

        `spine` is an Arrow table, a pandas or polars frame, a list of dicts, a path to a Parquet or CSV file, the name
        of a table of the warehouse, or a query. NULL keys and timestamps are kept: they get the values of an entity
        without rows. Raises DataError when a column is missing or of another type.
        """
        plan = self.workspace.service(service)
        with self.workspace.engine() as engine:
            return training_set(engine, plan, spine, timestamp)

    def run(self, *, as_of: dt.datetime | str | None = None, views: list[str] | None = None) -> tuple[Loaded, ...]:
        """Loads the online state: what was known before `as_of`, the present by default."""
        from skewless.stores.keys import utc

        moment = dt.datetime.now(dt.UTC).replace(tzinfo=None) if as_of is None else utc(as_of)
        versions = self.workspace.versions
        chosen = [(self.workspace.view(name), versions[name]) for name in (views or versions) if name in versions]
        store = self.workspace.store()
        try:
            with self.workspace.engine() as engine:
                return tuple(load_views(engine, store, chosen, moment))
        finally:
            store.close()

    def server(self, service: str, **options: Any) -> FeatureServer:
        """A FeatureServer over the target's own online store, compiled on the spot."""
        from skewless.serve.server import FeatureServer

        plan = self.workspace.service(service)
        bundle = bundle_of(
            plan, self.workspace.versions, project=self.workspace.files.name, store=self.workspace.store_address
        )
        server = FeatureServer(bundle, self.workspace.store(), **options)
        server.check()
        return server
