"""`skewless test`."""

from __future__ import annotations

from pathlib import Path

import click

from skewless.cli.options import sampling_options, selection_options
from skewless.cli.progress import failed, summary
from skewless.cli.selection import Selection
from skewless.cli.session import Session
from skewless.cli.verb import verb


@verb("test")
@selection_options
@click.option("--service", metavar="NAME", help="Parity of this service only.")
@sampling_options
def command(
    session: Session,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    state: Path | None,
    service: str | None,
    parity_points: int,
    seed: int,
) -> int:
    """Run unit tests, data tests and parity tests.

    Unit tests compute a view from given rows. Data tests look for rows that must not be, in sources and in features.
    Parity tests compute a service's features at sampled moments on both paths, training and serving, and compare.
    Exit code 1 when a test fails; a data test with severity warn does not count.

    \b
    Examples:
      skewless test --select test_type:unit
      skewless test --select tag:fraud,test_type:data
      skewless test --service fraud_v1 --select test_type:parity --parity-points 1000
    """
    session.header()
    workspace = session.workspace()
    if service is not None:
        workspace.service(service)

    from skewless.cli.outcome import save_results
    from skewless.cli.testing import Settings, TestLines, kinds_and_names, run_kinds, tell_failures, test_results
    from skewless.tasks.listing import graph_of

    selection = Selection(select=select, exclude=exclude, state=state)
    chosen = kinds_and_names(workspace, graph_of(workspace), selection, session.console)
    settings = Settings(parity_points=parity_points, seed=seed, service=service)
    session.console.live("Testing")
    results = run_kinds(workspace, chosen, settings, TestLines(session.console))
    if not results:
        session.console.warn("no test is selected")
    tell_failures(session, results)
    save_results(session, workspace, test_results(workspace, results))
    statuses = [result.status for result in results]
    summary(session.console, statuses)
    return 1 if failed(statuses) else 0
