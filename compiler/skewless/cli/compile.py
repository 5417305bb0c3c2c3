"""`skewless compile`."""

from __future__ import annotations

from pathlib import Path

import click

from skewless.cli.options import selection_options
from skewless.cli.progress import Lines, summary
from skewless.cli.selection import Selection, choose
from skewless.cli.session import Session
from skewless.cli.verb import verb


@verb("compile")
@selection_options
@click.option("--dialect", metavar="NAME", help="The engine to write SQL for, instead of the target's.")
def command(
    session: Session, select: tuple[str, ...], exclude: tuple[str, ...], state: Path | None, dialect: str | None
) -> int:
    """Write SQL, the manifest and the serving bundles to the target folder.

    For each selected view: target/compiled/PROJECT/PATH/VIEW.training.sql, .serving.sql and .state.sql. The manifest
    is of the whole project; a bundle is written for each service that uses a selected view. Nothing is written when
    anything in the project is wrong.

    \b
    Examples:
      skewless compile
      skewless compile --select origin_congestion+
    """
    session.compile_for(dialect)
    session.header()
    if state is None and (views := session.compiled_before()) is not None:
        session.console.info("unchanged", f"Nothing has changed since {views} views were compiled", views=views)
        summary(session.console, ["success"] * views)
        return 0
    workspace = session.workspace()
    chosen = choose(workspace, Selection(select=select, exclude=exclude, state=state), session.console)

    from skewless.cli.outcome import save_results
    from skewless.tasks.compile import compile_project, write_compiled
    from skewless.tasks.manifest import unique_id
    from skewless.tasks.results import Result

    lines = Lines(session.console, "compiling view", "compiled view")
    compiled = compile_project(workspace, frozenset(chosen.names()), lines)
    workspace.keep_compiled({view.name: view for view in compiled.views})
    written = write_compiled(compiled, workspace.target_path, session.started)
    session.remember_compiled(workspace, written.files, len(compiled.views))
    for path in written.removed:
        session.console.info("removed", f"Removed {path}, which no view or service has any more", path=str(path))
    project = workspace.files.name
    results = [
        Result(unique_id=unique_id("view", project, view.name), status="success", seconds=view.seconds, message="OK")
        for view in compiled.views
    ]
    save_results(session, workspace, results)
    for view in compiled.views:
        if view.retention is not None and (reason := view.retention.by_run) is not None:
            text = f"{view.name} is brought up to date by run alone, and follows no stream: {reason}"
            session.console.info("by_run", text, view=view.name, reason=reason)
    for name in compiled.bundles:
        session.console.info("bundle", f"Wrote the bundle of {name}", service=name)
    summary(session.console, [result.status for result in results])
    return 0
