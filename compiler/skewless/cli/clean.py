"""`skewless clean`."""

from __future__ import annotations

import click

from skewless.cli.session import Session
from skewless.cli.verb import verb


@verb("clean")
@click.option("--online", is_flag=True, help="Drop states of the online store that no view version uses, too.")
def command(session: Session, online: bool) -> int:
    """Remove what commands wrote to the target folder.

    Compiled SQL, bundles, the manifest, results and temporary files. Data and the online store in the same folder
    stay; with --online, states of views that have changed or are gone are dropped from the store.
    """
    from skewless.tasks.clean import clean_target

    session.header()
    if online:
        _drop(session)
    removed = clean_target(session.target_path, session.project.files.root)
    for path in removed:
        session.console.info("removed", f"Removed {path}", path=path)
    if not removed:
        session.console.info("nothing_removed", f"There is nothing to remove in {session.target_path}")
    return 0


def _drop(session: Session) -> None:
    from skewless.tasks.clean import drop_unused

    workspace = session.workspace()
    store = workspace.store()
    try:
        dropped = drop_unused(store, frozenset(workspace.versions.values()))
    finally:
        store.close()
    for info in dropped:
        text = f"Dropped {info.version}: {info.entities:,} entities, {info.rows:,} rows"
        session.console.info("dropped", text, version=info.version, entities=info.entities, rows=info.rows)
    if not dropped:
        session.console.info("nothing_dropped", "Every state in the online store is in use")
