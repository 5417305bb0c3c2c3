"""Loads of the online store, told line by line: what `run` and `build` share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from skewless.cli.progress import Lines
from skewless.cli.session import Session

if TYPE_CHECKING:
    from skewless.registry.registry import Registry
    from skewless.stores.store import OnlineStore
    from skewless.tasks.build import Loading, Stateful
    from skewless.tasks.results import Result
    from skewless.tasks.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """Named views that are brought up to what was known before a moment, and the bundles that read them.

    `skip` says why some are left out, and `wait` how many seconds another run is waited for.
    """

    session: Session
    workspace: Workspace
    names: Collection[str]
    moment: dt.datetime
    skip: Mapping[str, str] = field(default_factory=dict)
    full_refresh: bool = False
    wait: float = 0.0

    def run(self) -> tuple[Loading, ...]:
        """Loads, then writes the bundles of the services concerned, and notes all of it in the registry.

        Versions of the past that a deployed service may still read are brought up, too.
        """
        from skewless.tasks.build import stateful
        from skewless.tasks.kept_versions import kept_versions
        from skewless.tasks.open_registry import open_registry
        from skewless.tasks.registering import note_views, noted_run

        console = self.session.console
        workspace = self.workspace
        with closing(open_registry(workspace.files, workspace.target)) as registry, closing(workspace.store()) as store:
            self._tell_of_unknown(registry, store)
            own = stateful(self.workspace, self.names)
            kept = kept_versions(registry, self.workspace, self.names)
            for version, reason in kept.stale.items():
                console.warn(f"{version} is read by a deployed service and stays as it is: {reason}", version=version)
            if self.names and not own:
                console.info("nothing_to_load", "No selected view keeps online state; nothing is loaded.")
            views = [*own, *kept.stateful()]
            self._tell_of_left_behind(registry)
            note_views(registry, self.workspace, [one.name for one in own])
            leased = [one.version for one in views]
            with noted_run(
                registry, self.workspace, self.session.command, leased, wait=self.wait, told=console.warn
            ) as noted:
                loaded = []
                for one in self._each(store, views):
                    noted.note(one.record())
                    loaded.append(one)
                self._write_bundles(registry, store, loaded)
        return tuple(loaded)

    def _each(self, store: OnlineStore, views: Sequence[Stateful]) -> Iterator[Loading]:
        from skewless.tasks.build import load_each

        console, moment = self.session.console, self.moment
        console.debug("store", f"Loading into {self.workspace.store_address}, as of {moment.isoformat(sep=' ')} UTC")
        lines = Lines(console, "loading view", "loaded view")
        with self.workspace.engine() as engine:
            yield from load_each(engine, store, views, moment, lines, self.skip, full_refresh=self.full_refresh)

    def _tell_of_unknown(self, registry: Registry, store: OnlineStore) -> None:
        """A registry that was made anew knows nothing of what the store holds, and whoever serves that is not told."""
        from skewless.ground.errors import DriverMissing, StoreError

        try:
            loaded = [info.version for info in store.versions()]
        except (StoreError, DriverMissing):
            return  # each view says why it cannot be loaded
        console = self.session.console
        if loaded and registry.is_new:
            states = f"{len(loaded):,} state{'' if len(loaded) == 1 else 's'}"
            text = f"The registry {registry.address} is new; the online store holds {states} already"
            console.info("new_registry", text)
        others = set(loaded) - set(self.workspace.versions.values())
        for version in sorted(others - registry.views(others).keys()):
            console.warn(f"{version} stays as it is: the registry does not know it, so a bundle of before may read it")

    def _tell_of_left_behind(self, registry: Registry) -> None:
        from skewless.tasks.left_behind import left_behind

        for name, folder in left_behind(registry, self.workspace).items():
            landed = self.workspace.sources[name].landed
            way_out = f"move them to '{landed}'" if landed else f"write `land: {folder}` again"
            self.session.console.warn(
                f"rows that the stream of {name} landed in '{folder}' are read no more, and are lost where a state is "
                f"loaded as a whole; to keep them {way_out}",
                source=name,
            )

    def _write_bundles(self, registry: Registry, store: OnlineStore, loaded: Sequence[Loading]) -> None:
        """Those of the services and views that are named or use one of the names, as far as the store holds what they
        read. The plans of sources name every version that is kept: those of other views are served, too."""
        from skewless.ground.errors import DriverMissing, StoreError
        from skewless.tasks.build import servable_bundles
        from skewless.tasks.compile import bundle_path, plans_of, view_bundle_path
        from skewless.tasks.kept_writers import kept_writers
        from skewless.tasks.registering import note_services, note_view_bundles
        from skewless.tasks.results import write_files
        from skewless.tasks.source_plans import source_plan_path

        workspace, console = self.workspace, self.session.console
        try:
            found = servable_bundles(workspace, self.names, store)
        except (StoreError, DriverMissing):
            if not any(one.status == "error" for one in loaded):
                raise
            # Why is said already, at a view that could not be loaded.
            console.warn("bundles are left as they are: the online store does not tell what it holds")
            return
        plans = plans_of(workspace, self.names, kept=kept_writers(registry, workspace.online_versions))
        target = workspace.target_path
        files = {bundle_path(target, name): text for name, text in found.services.items()}
        files |= {view_bundle_path(target, name): text for name, text in found.views.items()}
        files |= {source_plan_path(target, name): text for name, text in plans.items()}
        note_services(registry, workspace, found.services)
        note_view_bundles(registry, workspace, found.views)
        write_files(files)
        for name in found.services:
            console.info("bundle", f"Wrote the bundle of {name}", service=name)
        for name, views in found.missing.items():
            text = f"the bundle of {name} is left as it is: no state is loaded of {', '.join(views)}"
            console.warn(text, service=name, views=views)


def loading_results(workspace: Workspace, loaded: Sequence[Loading]) -> list[Result]:
    """Loads as run_results.json holds them."""
    from skewless.tasks.manifest import unique_id
    from skewless.tasks.results import Result

    return [
        Result(
            unique_id=unique_id("view", workspace.files.name, one.name),
            status=one.status,
            seconds=one.seconds,
            message=one.message,
            details={} if one.state is None else {
                "version": one.state.version, "entities": one.state.entities, "rows": one.state.rows,
            },
        )
        for one in loaded
    ]  # fmt: skip
