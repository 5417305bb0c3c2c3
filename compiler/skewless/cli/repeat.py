"""`skewless train --from-manifest`: a training set once more, and whether it is the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from skewless.cli.progress import summary
from skewless.cli.session import Session
from skewless.cli.train import Plans, counted_rows, said_of, save_plans, warn_of_changes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skewless.cli.console import Level
    from skewless.tasks.repeated_training import Repeated

_MOST_NAMES = 10


def repeat(session: Session, path: Path, spine: str | None, output: Path | str | None) -> int:
    """0 if the values are those of the manifest, else 1."""
    session.header()
    workspace = session.workspace()
    lines = Plans(session)

    from skewless.tasks.repeated_training import repeat as repeat_training
    from skewless.tasks.repeated_training import service_of
    from skewless.tasks.training_manifest import read_training_manifest
    from skewless.verify.equality import tolerant_outputs

    manifest = read_training_manifest(path, workspace.files.name)
    plan = service_of(workspace, manifest)
    with workspace.engine() as engine:
        found = repeat_training(
            workspace,
            engine,
            plan,
            manifest,
            spine=spine,
            output=output,
            tolerant=tolerant_outputs(plan, engine.dialect),
            progress=lines,
            say=session.console.live,
            started=session.started,
        )
    warn_of_changes(session, found.recorded)
    save_plans(session, workspace, plan, lines)
    rows, where = found.recorded.manifest.output.rows, said_of(found.recorded, str(output) if output else None)
    session.console.info("trained", f"{counted_rows(rows)} with {len(plan.outputs):,} features{where}", rows=rows)
    _tell(session, found)
    summary(session.console, ["success" if found.is_equal else "error"])
    return 0 if found.is_equal else 1


def _tell(session: Session, found: Repeated) -> None:
    fields = {
        "equal": found.is_equal, "changes": list(found.changes), "columns": list(found.differing),
        "nearly": list(found.nearly),
    }  # fmt: skip
    level: Level = "info" if found.is_equal else "error"
    session.console.log(level, "repeated", _verdict(found), fields=fields)
    how = "changed, without effect on the values" if found.is_equal else "changed"
    for change in found.changes:
        session.console.log(level, "changed", f"  {how}: {change}")
    if found.differing and not found.changes:
        session.console.log(level, "changed", "  no input that is recorded has changed")


def _verdict(found: Repeated) -> str:
    if not found.has_digests:
        return "Not known to be equal: rows that stay in the warehouse have no digest; with a file as output they have"
    if found.differing:
        return f"Not equal to the manifest's values, in {_named(found.differing)}"
    if found.nearly:
        return f"Equal to the manifest's values, but for the last digits of sums, in {_named(found.nearly)}"
    return "Equal to the manifest's values"


def _named(columns: Sequence[str]) -> str:
    more = len(columns) - _MOST_NAMES
    return ", ".join(columns[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
