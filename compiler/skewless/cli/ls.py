"""`skewless ls`."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skewless.cli.history import FRESH_COLUMNS, RUN_COLUMNS, as_freshness, as_run, fresh_row, run_row
from skewless.cli.options import selection_options
from skewless.cli.selection import Selection, choose
from skewless.cli.session import Session
from skewless.cli.verb import verb

if TYPE_CHECKING:
    from skewless.tasks.listing import Entry

_TYPES = ("view", "source", "service", "unit_test")


@verb("ls")
@selection_options
@click.option("--output", type=click.Choice(["name", "path", "json", "runs"]), default="name", show_default=True)
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True, help="How many runs to list.")
@click.option("--resource-type", "types", type=click.Choice(_TYPES), multiple=True, help="Only these; repeatable.")
def command(
    session: Session,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    state: Path | None,
    output: str,
    limit: int,
    types: tuple[str, ...],
) -> int:
    """List views, sources, services and unit tests.

    One a line, in the order in which they depend on each other; unit tests are those of the selected views. JSON is
    one object a line. With --output runs: the last runs of the target, from the registry, and how fresh each view is.

    \b
    Examples:
      skewless ls --resource-type view --select tag:fraud
      skewless ls --select transaction_stats+ --output json
      skewless ls --output runs
    """
    from skewless.ground.errors import UsageError
    from skewless.tasks.listing import entries

    session.console.logs_to_stderr = True
    if output == "runs":
        if select or exclude or types:
            raise UsageError("--output runs lists all runs of the target", help="leave out what selects")
        _print_runs(session, limit)
        return 0
    workspace = session.workspace(quietly=True)
    chosen = choose(workspace, Selection(select=select, exclude=exclude, state=state), session.console)
    listed = [one for one in entries(workspace, chosen.graph, chosen.ids) if not types or one.resource_type in types]
    if output == "path":
        _print_lines(session, list(dict.fromkeys(one.path for one in listed)))
    elif output == "name":
        _print_lines(session, [one.name for one in listed])
    else:
        for one in listed:
            session.console.json(_as_object(one))
    return 0


def _print_lines(session: Session, lines: list[str]) -> None:
    if lines:
        session.console.data("\n".join(lines))


def _print_runs(session: Session, limit: int) -> None:
    from skewless.cli.tables import print_table
    from skewless.tasks.open_registry import open_registry
    from skewless.tasks.runs import freshness, runs_of

    with closing(open_registry(session.project.files, session.target())) as registry:
        found, fresh = runs_of(registry, limit), freshness(registry, session.started)
    if session.console.is_json:
        for run in found:
            session.console.json({"run": as_run(run)})
        for one in fresh:
            session.console.json({"view": as_freshness(one)})
        return
    print_table(session.console, RUN_COLUMNS, [run_row(run) for run in found])
    session.console.data("")
    print_table(session.console, FRESH_COLUMNS, [fresh_row(one) for one in fresh])


def _as_object(entry: Entry) -> dict[str, object]:
    return {
        "unique_id": entry.unique_id,
        "resource_type": entry.resource_type,
        "name": entry.name,
        "path": entry.path,
        "tags": entry.tags,
        "config": entry.config,
        "depends_on": entry.depends_on,
    }
