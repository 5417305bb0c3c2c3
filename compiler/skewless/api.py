"""The Python interface: a project, its training sets and its online state."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skewless.ground.errors import DataError, UsageError
from skewless.ground.moments import utc
from skewless.tasks.build import Loading, load_views, stateful
from skewless.tasks.bundles import bundle_of
from skewless.tasks.kept_versions import kept_versions
from skewless.tasks.open_registry import open_registry
from skewless.tasks.registering import note_views, noted_run
from skewless.tasks.source_plans import WorkspaceSources
from skewless.tasks.train import Terms, training_set
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

    def training_set(
        self, service: str, spine: Any, *, timestamp: str, known_as_of: dt.datetime | str | None = None
    ) -> pa.Table:
        """The spine's rows, in its order, with the service's features as they were at each row's timestamp.

        `spine` is an Arrow table, a pandas or polars frame, a list of dicts, a path to a Parquet or CSV file, the name
        of a table of the warehouse, or a query. NULL keys and timestamps are kept: they get the values of an entity
        without rows. With `known_as_of`, rows that sources did not know before it are not there, whatever the row's
        timestamp; static sources, which have no time, are read as they are. Raises DataError when a column is missing
        or of another type, UsageError for a `known_as_of` that is no moment.
        """
        terms = Terms(known_as_of=None if known_as_of is None else _moment(known_as_of, "known_as_of"))
        plan = self.workspace.service(service)
        if isinstance(spine, list):
            _check_rows(spine, plan.spine_columns, timestamp)
        with self.workspace.engine() as engine:
            return training_set(engine, plan, spine, timestamp, terms=terms)

    def run(self, *, as_of: dt.datetime | str | None = None, views: Sequence[str] | None = None) -> tuple[Loading, ...]:
        """Loads the online state: what was known before `as_of`, the present by default.

        `views` are names; all views by default. Those that keep no state, request views among them, are left out.
        Versions of the past that a deployed service may still read are brought up, too. Raises UsageError for a view
        that does not exist, or an `as_of` that is no moment, and RegistryError when another run loads one of the views.
        """
        moment = dt.datetime.now(dt.UTC).replace(tzinfo=None) if as_of is None else _moment(as_of, "as_of")
        names = self._names(views)
        with (
            closing(open_registry(self.workspace.files, self.workspace.target)) as registry,
            closing(self.workspace.store()) as store,
        ):
            own, kept = stateful(self.workspace, names), kept_versions(registry, self.workspace, names)
            chosen = [*own, *kept.stateful()]
            note_views(registry, self.workspace, [one.name for one in own])
            loaded: list[Loading] = []
            with (
                noted_run(registry, self.workspace, "run", [one.version for one in chosen]) as noted,
                self.workspace.engine() as engine,
            ):
                for one in load_views(engine, store, chosen, moment):
                    noted.note(one.record())
                    loaded.append(one)
        return tuple(loaded)

    def server(self, service: str, **options: Any) -> FeatureServer:
        """A FeatureServer over the target's own online store, compiled on the spot."""
        from skewless.serve.server import FeatureServer

        plan = self.workspace.service(service)
        bundle = bundle_of(
            plan, self.workspace.versions, project=self.workspace.files.name, store=self.workspace.store_address
        )
        options.setdefault("sources", WorkspaceSources(self.workspace))
        server = FeatureServer(bundle, self.workspace.store(), **options)
        server.check()
        return server

    def _names(self, views: Sequence[str] | None) -> frozenset[str]:
        """The views that are meant, each known to exist."""
        if views is None:
            return frozenset(self.workspace.views)
        if isinstance(views, str):
            name = self.workspace.view(views).name
            raise UsageError(f"views must be a list of names, not the text '{name}'", help=f"write views=['{name}']")
        return frozenset(self.workspace.view(name).name for name in views)


def _moment(given: dt.datetime | str, name: str) -> dt.datetime:
    try:
        return utc(given)
    except (TypeError, ValueError, OverflowError) as error:
        raise UsageError(f"{name} must be a moment, not {given!r}", help="write it as 2026-06-12T10:00:00Z") from error


def _check_rows(spine: list[Any], needed: Mapping[str, str], timestamp: str) -> None:
    """Rows alone say which columns there are, so a spine without rows must be a table."""
    wanted = ", ".join((*needed, timestamp))
    for place, row in enumerate(spine, start=1):
        if not isinstance(row, Mapping):
            raise DataError(f"row {place} of the spine is {type(row).__name__}", help=f"give mappings of: {wanted}")
    if not any(spine):
        raise DataError(
            "the spine is an empty list, which has no columns", help=f"give an Arrow table or a frame with: {wanted}"
        )
