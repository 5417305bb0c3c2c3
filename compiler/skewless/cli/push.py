"""`skewless push`."""

from __future__ import annotations

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

    FILE is Parquet, CSV, or JSON lines; `-` reads JSON lines from standard input. Rows are known by the source's
    primary key, so to push them again changes nothing. A row that is no row of the source is kept with its reason, and
    the rest goes on. Views must have been loaded by `run` before.

    \b
    Examples:
      skewless push payments.transactions late.parquet
      tail -f events.jsonl | skewless push payments.transactions -
    """
    session.header()
    workspace = session.workspace()

    from skewless.ingest.writer import SourceWriter
    from skewless.tasks.push import push
    from skewless.tasks.push_files import pieces
    from skewless.tasks.source_plans import plan_of_source

    plan = plan_of_source(workspace, source)
    kept = Path(rejects) if rejects else workspace.target_path / "rejects" / f"{source}.jsonl"
    for view, reason in plan.others.items():
        session.console.warn(f"{view} is left as it is: {reason}; bring it up to date with: skewless run", view=view)
    store = workspace.store()
    try:
        writer = SourceWriter(plan, store)
        found = push(writer, pieces(workspace.sources[source], file), kept, session.started, _progress(session))
    finally:
        store.close()
    _tell(session, source, found)
    return 1 if found.rejected else 0


def _progress(session: Session) -> Callable[[int, int], None]:
    return lambda rows, refused: session.console.live(f"pushed {rows:,} rows, {refused:,} refused")


def _tell(session: Session, source: str, found: Pushed) -> None:
    views = ", ".join(f"{count:,} of {view}" for view, count in found.entities.items())
    text = f"Pushed {found.rows:,} row{'' if found.rows == 1 else 's'} of {source}" + (
        f": wrote {views}" if views else ""
    )
    session.console.info("pushed", text, rows=found.rows, entities=dict(found.entities))
    if not found.rejected:
        return
    reasons = sorted(found.reasons.items(), key=lambda one: -one[1])
    session.console.warn(
        f"{found.rejected:,} row{' was' if found.rejected == 1 else 's were'} refused, and kept in {found.rejects}",
        rejected=found.rejected, file=str(found.rejects),
    )  # fmt: skip
    for reason, count in reasons[:_SHOWN]:
        session.console.warn(f"  {count:,} x {reason}")
    if len(reasons) > _SHOWN:
        session.console.warn(f"  and {len(reasons) - _SHOWN:,} other reasons")
