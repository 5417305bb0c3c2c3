"""`skewless run`."""

from __future__ import annotations

from pathlib import Path

import click

from skewless.cli.moments import parse_moment
from skewless.cli.options import selection_options, wait_option
from skewless.cli.progress import summary
from skewless.cli.selection import Selection, choose
from skewless.cli.session import Session
from skewless.cli.verb import verb


@verb("run")
@selection_options
@click.option("--as-of", metavar="TIMESTAMP", help="Load what was known just before it (UTC); now, unless given.")
@click.option("--full-refresh", is_flag=True, help="Load everything anew, beside what is served.")
@wait_option
def command(
    session: Session,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    state: Path | None,
    as_of: str | None,
    full_refresh: bool,
    wait: float,
) -> int:
    """Bring the online store up to date.

    Each selected view that keeps state gets what has become known since its last run, or the whole when there was
    none. A view that fails keeps the state it had, and the others go on. Then the bundles of the services concerned
    are written. Request views are computed when they are asked for, so there is nothing to load. Versions of the past
    that a deployed service may still read are brought up to date beside the present ones. Two runs never load one view
    at once: the second is refused, or waits.

    \b
    Examples:
      skewless run
      skewless run --select service:fraud_v1 --as-of 2026-06-12T10:00:00Z
    """
    moment = parse_moment(as_of, session.started)
    session.header()
    workspace = session.workspace()
    chosen = choose(workspace, Selection(select=select, exclude=exclude, state=state), session.console)

    from skewless.cli.loading import Deployment, loading_results
    from skewless.cli.outcome import save_results

    loaded = Deployment(
        session=session,
        workspace=workspace,
        names=chosen.names(),
        moment=moment,
        full_refresh=full_refresh,
        wait=wait,
    ).run()
    results = loading_results(workspace, loaded)
    save_results(session, workspace, results)
    summary(session.console, [one.status for one in loaded])
    return 1 if any(one.status == "error" for one in loaded) else 0
