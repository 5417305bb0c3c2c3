"""`skewless show`."""

from __future__ import annotations

import click

from skewless.cli.moments import parse_moment
from skewless.cli.session import Session
from skewless.cli.verb import verb


@verb("show")
@click.argument("name")
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True, help="How many entities.")
@click.option("--as-of", metavar="TIMESTAMP", help="The moment of the values (UTC); now, unless given.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(session: Session, name: str, limit: int, as_of: str | None, output: str) -> int:
    """Preview the values of a view or a service.

    Takes the entities with the newest rows and computes their features at one moment, as training does. The online
    store is not read.

    \b
    Examples:
      skewless show transaction_stats --as-of 2026-06-12T10:00:00Z
      skewless show origin_weather --limit 3
    """
    from skewless.cli.tables import print_table
    from skewless.tasks.show import preview

    session.console.logs_to_stderr = True
    moment = parse_moment(as_of, session.started)
    workspace = session.workspace(quietly=True)
    session.console.live(f"Reading {name}")
    with workspace.engine() as engine:
        found = preview(workspace, engine, name, moment, limit)
    rows = found.rows.to_pylist()
    if output == "json":
        from skewless.cli.values import jsonable

        session.console.json([{key: jsonable(value) for key, value in row.items()} for row in rows], indent=2)
    else:
        print_table(session.console, found.rows.column_names, [tuple(row.values()) for row in rows])
    if found.newest is None:
        session.console.warn(f"no row of '{name}' is known before {moment.isoformat(sep=' ', timespec='seconds')}")
    elif as_of is None:
        newest = found.newest.isoformat(sep=" ", timespec="seconds")
        session.console.info("newest", f"The newest row is of {newest}; --as-of shows another moment.", newest=newest)
    return 0
