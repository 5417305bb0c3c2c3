"""`skewless train`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skewless.cli.progress import Lines, summary
from skewless.cli.session import Session
from skewless.cli.verb import verb

if TYPE_CHECKING:
    from skewless.contract.instances import ServicePlan
    from skewless.tasks.workspace import Workspace

_WRITABLE = (".parquet", ".csv")
_TABLE = re.compile(r"\w+(\.\w+){0,2}")
_FILE = re.compile(r"\.(parquet|pq|csv|tsv|txt|jsonl?|ndjson|xlsx?|arrow|feather|orc|avro|gz|zip)$", re.IGNORECASE)


class _Plans(Lines):
    """Tells of each view the plan that was chosen, and why; keeps it for run_results.json."""

    def __init__(self, session: Session) -> None:
        super().__init__(session.console, "training view", "trained view")
        self.told: list[tuple[str, float, str]] = []

    def finished(self, number: int, total: int, what: str, *, seconds: float, detail: str = "") -> None:
        self.ended("OK", number, total, what, seconds=seconds)
        self.note(detail)
        self.told.append((what, seconds, detail))


@verb("train")
@click.option("--service", required=True, metavar="NAME", help="The service whose features are wanted.")
@click.option("--spine", required=True, metavar="FILE|SQL|TABLE", help="One row for each moment: keys, time, labels.")
@click.option("--timestamp", required=True, metavar="COLUMN", help="The spine's column with the moment of each row.")
@click.option("--output", metavar="FILE|TABLE", help="A .parquet or .csv file to write, or a table of the warehouse.")
@click.option("--limit", type=click.IntRange(min=0), default=10, show_default=True, help="Rows to print otherwise.")
def command(session: Session, service: str, spine: str, timestamp: str, output: str | None, limit: int) -> int:
    """Join a service's features to a spine, point in time.

    Each row of the spine gets the values that were known at its own timestamp, never later ones. All columns of the
    spine are kept, in the order of its rows. Without --output the first rows are printed.

    \b
    Examples:
      skewless train --service fraud_v1 --spine spine.parquet --timestamp event_ts --output training.parquet
      skewless train --service fraud_v1 --timestamp at \\
        --spine "select 1 as user_id, 9.5 as amount, timestamp '2026-06-12 10:00:00' as at"
    """
    file = _file(output)
    session.console.logs_to_stderr = output is None
    session.header()
    workspace = session.workspace()
    plan = workspace.service(service)
    lines = _Plans(session)
    with workspace.engine() as engine:
        if output is None:
            from skewless.cli.tables import print_table
            from skewless.tasks.train import training_set

            table = training_set(engine, plan, spine, timestamp, lines)
            head = table.slice(0, limit)
            written, where = table.num_rows, f"; {head.num_rows:,} printed"
            print_table(session.console, table.column_names, [tuple(row.values()) for row in head.to_pylist()])
        elif file is not None:
            from skewless.tasks.train import write_training_set

            written, where = write_training_set(engine, plan, spine, timestamp, file, lines), f", written to {output}"
        else:
            from skewless.tasks.train import write_training_table

            written = write_training_table(engine, plan, spine, timestamp, output, lines)
            where = f", left in the table {output}"
    _save(session, workspace, plan, lines)
    text = f"{written:,} row{'' if written == 1 else 's'} with {len(plan.outputs):,} features{where}"
    session.console.info("trained", text, rows=written, features=len(plan.outputs), output=output)
    summary(session.console, ["success"] * len(lines.told))
    return 0


def _file(output: str | None) -> Path | None:
    """The file that is meant, if it is no table. Raises UsageError before hours of work, not after them."""
    from skewless.ground.errors import UsageError

    if output is None:
        return None
    path = Path(output)
    if _TABLE.fullmatch(output) and not _FILE.search(output) and not path.is_dir():
        return None
    if path.suffix.lower() not in _WRITABLE:
        raise UsageError(
            f"'{output}' has no format that can be written", help="end it in .parquet or .csv, or name a table"
        )
    if path.is_dir():
        raise UsageError(f"'{output}' is a folder", help="give a file that ends in .parquet or .csv")
    return path


def _save(session: Session, workspace: Workspace, plan: ServicePlan, lines: _Plans) -> None:
    from skewless.cli.outcome import save_results
    from skewless.tasks.manifest import unique_id
    from skewless.tasks.results import Result

    views = {instance.name: instance.view.name for instance in plan.instances}
    save_results(
        session,
        workspace,
        [
            Result(
                unique_id=unique_id("view", workspace.files.name, views[name]),
                status="success",
                seconds=seconds,
                message=reason,
                details={"service": plan.name, "instance": name},
            )
            for name, seconds, reason in lines.told
        ],
    )
