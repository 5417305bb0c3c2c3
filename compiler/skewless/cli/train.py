"""`skewless train`."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skewless.cli.moments import parse_moment
from skewless.cli.progress import Lines, summary
from skewless.cli.session import Session
from skewless.cli.verb import verb

if TYPE_CHECKING:
    from skewless.contract.instances import ServicePlan
    from skewless.engines.engine import Engine
    from skewless.tasks.recorded_training import Asked, Recorded
    from skewless.tasks.workspace import Workspace

_WRITABLE = (".parquet", ".csv")
_TABLE = re.compile(r"\w+(\.\w+){0,2}")
_FILE = re.compile(r"\.(parquet|pq|csv|tsv|txt|jsonl?|ndjson|xlsx?|arrow|feather|orc|avro|gz|zip)$", re.IGNORECASE)


class Plans(Lines):
    """Tells of each view the plan that was chosen, and why; keeps it for run_results.json."""

    def __init__(self, session: Session) -> None:
        super().__init__(session.console, "training view", "trained view")
        self.told: list[tuple[str, float, str]] = []

    def finished(self, number: int, total: int, what: str, *, seconds: float, detail: str = "") -> None:
        self.ended("OK", number, total, what, seconds=seconds)
        self.note(detail)
        self.told.append((what, seconds, detail))


@verb("train")
@click.option("--service", metavar="NAME", help="The service whose features are wanted.")
@click.option("--spine", metavar="FILE|SQL|TABLE", help="One row for each moment: keys, time, labels.")
@click.option("--timestamp", metavar="COLUMN", help="The spine's column with the moment of each row.")
@click.option("--output", metavar="FILE|TABLE", help="A .parquet or .csv file to write, or a table of the warehouse.")
@click.option("--limit", type=click.IntRange(min=0), default=10, show_default=True, help="Rows to print otherwise.")
@click.option("--known-as-of", metavar="TIMESTAMP", help="Only rows that were known just before it (UTC).")
@click.option("--from-manifest", type=click.Path(path_type=Path), metavar="FILE", help="Make its training set again.")
def command(
    session: Session,
    service: str | None,
    spine: str | None,
    timestamp: str | None,
    output: str | None,
    limit: int,
    known_as_of: str | None,
    from_manifest: Path | None,
) -> int:
    """Join a service's features to a spine, point in time.

    Each row of the spine gets the values that were known at its own timestamp, never later ones. All columns of the
    spine are kept, in the order of its rows. Without --output the first rows are printed. With it, a manifest is left
    beside the output, and --from-manifest makes the same training set again, says whether it is equal, and if not,
    what has changed.

    \b
    Examples:
      skewless train --service fraud_v1 --spine spine.parquet --timestamp event_ts --output training.parquet
      skewless train --service fraud_v1 --timestamp at \\
        --spine "select 1 as user_id, 9.5 as amount, timestamp '2026-06-12 10:00:00' as at"
      skewless train --from-manifest training.parquet.manifest.json
    """
    if from_manifest is not None:
        from skewless.cli.repeat import repeat

        _refuse({"--service": service, "--timestamp": timestamp, "--known-as-of": known_as_of})
        return repeat(session, from_manifest, spine, output_place(output))
    wanted = _given({"--service": service, "--spine": spine, "--timestamp": timestamp})
    from skewless.tasks.recorded_training import Asked
    from skewless.tasks.train import Terms
    from skewless.verify.equality import tolerant_outputs

    terms, place = Terms(known_as_of=_moment(known_as_of)), output_place(output)
    session.console.logs_to_stderr = output is None
    session.header()
    workspace = session.workspace()
    plan = workspace.service(wanted["--service"])
    lines = Plans(session)
    with workspace.engine() as engine:
        asked = Asked(
            service=plan,
            spine=wanted["--spine"],
            timestamp=wanted["--timestamp"],
            terms=terms,
            output=place,
            tolerant=dict.fromkeys(tolerant_outputs(plan, engine.dialect)),
        )
        if place is None:
            rows, where = _printed(session, engine, asked, lines, limit)
        else:
            rows, where = _recorded(session, workspace, engine, asked, lines, output)
    save_plans(session, workspace, plan, lines)
    text = f"{counted_rows(rows)} with {len(plan.outputs):,} features{where}"
    session.console.info("trained", text, rows=rows, features=len(plan.outputs), output=output)
    summary(session.console, ["success"] * len(lines.told))
    return 0


def _printed(session: Session, engine: Engine, asked: Asked, lines: Plans, limit: int) -> tuple[int, str]:
    """How many rows there are, of which the first are printed."""
    from skewless.cli.tables import print_table
    from skewless.tasks.train import training_set

    table = training_set(engine, asked.service, asked.spine, asked.timestamp, lines, asked.terms)
    head = table.slice(0, limit)
    print_table(session.console, table.column_names, [tuple(row.values()) for row in head.to_pylist()])
    return table.num_rows, f"; {head.num_rows:,} printed"


def _recorded(
    session: Session, workspace: Workspace, engine: Engine, asked: Asked, lines: Plans, output: str | None
) -> tuple[int, str]:
    """How many rows were written, and where."""
    from skewless.tasks.recorded_training import train_and_record

    recorded = train_and_record(
        workspace, engine, asked, progress=lines, say=session.console.live, started=session.started
    )
    warn_of_changes(session, recorded)
    return recorded.manifest.output.rows, said_of(recorded, output)


def _given(options: Mapping[str, str | None]) -> dict[str, str]:
    """Raises click's own error for one that is missing."""
    for name, value in options.items():
        if value is None:
            raise click.MissingParameter(ctx=click.get_current_context(), param_type="option", param_hint=f"'{name}'")
    return {name: value for name, value in options.items() if value is not None}


def _refuse(options: Mapping[str, str | None]) -> None:
    from skewless.ground.errors import UsageError

    for name, value in options.items():
        if value is not None:
            raise UsageError(
                f"{name} is told by the manifest", help=f"leave {name} out, or train without --from-manifest"
            )


def _moment(text: str | None) -> dt.datetime | None:
    return None if text is None else parse_moment(text, dt.datetime.min, "--known-as-of")


def counted_rows(number: int) -> str:
    """`2 rows`."""
    return f"{number:,} row{'' if number == 1 else 's'}"


def said_of(recorded: Recorded, output: str | None) -> str:
    """Where the output is, and where its manifest."""
    if recorded.path is None:
        return ""
    made = f", written to {output}" if _file(output) is not None else f", left in the table {output}"
    return f"{made}; manifest: {os.path.relpath(recorded.path)}"


def warn_of_changes(session: Session, recorded: Recorded) -> None:
    """Tells of files that were not the same at the end as at the beginning."""
    for name, source in recorded.manifest.sources.items():
        if source.changed_while_read:
            session.console.warn(
                f"files of the source '{name}' changed while they were read: the training set may be of either state, "
                "and may not be possible to have again"
            )


def output_place(output: str | None) -> Path | str | None:
    """A file, the name of a table, or None."""
    return _file(output) or output


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


def save_plans(session: Session, workspace: Workspace, plan: ServicePlan, lines: Plans) -> None:
    """Keeps them in run_results.json."""
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
