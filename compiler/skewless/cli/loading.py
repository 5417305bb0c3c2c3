"""Loads of the online store, told line by line: what `run` and `build` share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from skewless.cli.progress import Lines
from skewless.cli.session import Session

if TYPE_CHECKING:
    from skewless.engines.engine import Engine
    from skewless.stores.store import OnlineStore
    from skewless.tasks.build import Loading
    from skewless.tasks.results import Result
    from skewless.tasks.workspace import Workspace


def load(
    session: Session,
    workspace: Workspace,
    engine: Engine,
    store: OnlineStore,
    names: Collection[str],
    moment: dt.datetime,
    skip: Mapping[str, str] | None = None,
    *,
    full_refresh: bool = False,
) -> tuple[Loading, ...]:
    """Brings the named views up to what was known before the moment."""
    from skewless.tasks.build import load_each, stateful

    views = stateful(workspace, names)
    session.console.debug("store", f"Loading into {workspace.store_address}, as of {moment.isoformat(sep=' ')} UTC")
    if names and not views:
        session.console.info("nothing_to_load", "No selected view keeps online state; nothing is loaded.")
    lines = Lines(session.console, "loading view", "loaded view")
    return tuple(load_each(engine, store, views, moment, lines, skip or {}, full_refresh=full_refresh))


def write_bundles(
    session: Session, workspace: Workspace, store: OnlineStore, names: Collection[str], loaded: Sequence[Loading]
) -> None:
    """Writes the bundles of the services and views that are named or use one of the names, as far as the store holds
    what they read."""
    from skewless.ground.errors import DriverMissing, StoreError
    from skewless.tasks.build import servable_bundles
    from skewless.tasks.compile import bundle_path, plans_of, view_bundle_path
    from skewless.tasks.results import write_files
    from skewless.tasks.source_plans import source_plan_path

    try:
        found = servable_bundles(workspace, names, store)
    except (StoreError, DriverMissing):
        if not any(one.status == "error" for one in loaded):
            raise
        # Why is said already, at a view that could not be loaded.
        session.console.warn("bundles are left as they are: the online store does not tell what it holds")
        return
    files = {bundle_path(workspace.target_path, name): text for name, text in found.services.items()}
    files |= {view_bundle_path(workspace.target_path, name): text for name, text in found.views.items()}
    files |= {source_plan_path(workspace.target_path, name): text for name, text in plans_of(workspace, names).items()}
    write_files(files)
    for name in found.services:
        session.console.info("bundle", f"Wrote the bundle of {name}", service=name)
    for name, views in found.missing.items():
        text = f"the bundle of {name} is left as it is: no state is loaded of {', '.join(views)}"
        session.console.warn(text, service=name, views=views)


def loading_results(workspace: Workspace, loaded: Sequence[Loading]) -> list[Result]:
    """Loads as run_results.json holds them."""
    from skewless.tasks.manifest import unique_id
    from skewless.tasks.results import Result

    return [
        Result(
            unique_id=unique_id("view", workspace.files.name, one.view),
            status=one.status,
            seconds=one.seconds,
            message=one.message,
            details={} if one.state is None else {
                "version": one.state.version, "entities": one.state.entities, "rows": one.state.rows,
            },
        )
        for one in loaded
    ]  # fmt: skip
