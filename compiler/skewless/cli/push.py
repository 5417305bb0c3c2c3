"""`skewless push`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skewless.cli.session import Session
from skewless.cli.verb import verb

if TYPE_CHECKING:
    from skewless.tasks.push import Pushed

_SHOWN = 5


@verb("push")
@click.argument("source")
@click.argument("file")
@click.option("--rejects", metavar="FILE", help="Where refused rows are kept; target/rejects/SOURCE.jsonl otherwise.")
def command(session: Session, source: str, file: str, rejects: str | None) -> int:
    """Write rows of a source into the online state of every view that reads it.

    SOURCE is NAME.TABLE, or TABLE where no other source has one of that name. FILE is Parquet, CSV, or JSON lines; `-`
    reads JSON lines from standard input, and writes them as they come. Rows are known by the source's primary key, so
    to push them again changes nothing. A row that is no row of the source is kept with its reason, and the rest goes
    on; the exit code is then 1. Views must have been loaded by `run` before.

    \b
    Examples:
      skewless push payments.transactions late.parquet
      tail -f events.jsonl | skewless push payments.transactions -
    """
    session.header()
    workspace = session.workspace()

    from skewless.ingest.rejects import rejects_path
    from skewless.ingest.writer import SourceWriter
    from skewless.tasks.push import push
    from skewless.tasks.push_files import pieces
    from skewless.tasks.source_plans import deployed_plan

    plan = deployed_plan(workspace, source)
    kept = Path(rejects) if rejects else rejects_path(workspace.target_path / "rejects", plan.source)
    for view, reason in plan.others.items():
        session.console.warn(f"{view} is left as it is: {reason}; bring it up to date with: skewless run", view=view)
    store = workspace.store()
    try:
        rows = pieces(workspace.sources[plan.source], file)
        found = push(SourceWriter(plan, store), rows, kept, _now, _progress(session))
    finally:
        store.close()
    _tell(session, plan.source, found)
    return 1 if found.rejected else 0


def _progress(session: Session) -> Callable[[int, int], None]:
    return lambda rows, refused: session.console.live(f"pushed {rows:,} rows, {refused:,} refused")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def _tell(session: Session, source: str, found: Pushed) -> None:
    views = ", ".join(f"{count:,} of {view}" for view, count in found.entities.items() if count)
    text = f"Pushed {_counted(found.rows, 'row')} of {source}" + (f"; entities written: {views}" if views else "")
    session.console.info(
        "pushed", text, source=source, rows=found.rows, rejected=found.rejected, entities=dict(found.entities)
    )
    for view in found.unloaded:
        session.console.warn(f"{view} has no state that rows could be added to; load it: skewless run", view=view)
    if not found.rejected:
        return
    reasons = sorted(found.reasons.items(), key=lambda one: -one[1])
    session.console.warn(
        f"{_counted(found.rejected, 'row')} {'was' if found.rejected == 1 else 'were'} refused, and kept in "
        f"{found.rejects}",
        rejected=found.rejected, file=str(found.rejects),
    )  # fmt: skip
    for reason, count in reasons[:_SHOWN]:
        session.console.warn(f"  {count:,} x {reason}")
    if more := found.rejected - sum(count for _, count in reasons[:_SHOWN]):
        session.console.warn(f"  {more:,} for other reasons")


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
