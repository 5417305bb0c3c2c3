"""`skewless train --from-manifest`: a training set once more, and whether it is the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from skewless.cli.progress import summary
from skewless.cli.session import Session
from skewless.cli.train import Plans, counted_rows, said_of, save_plans, warn_of_changes

if TYPE_CHECKING:
    from skewless.contract.instances import ServicePlan
    from skewless.tasks.repeated_training import Repeated

_MOST_NAMES = 10


def repeat(session: Session, path: Path, spine: str | None, output: Path | str | None) -> int:
    """0 if the values are those of the manifest, else 1."""
    session.header()
    workspace = session.workspace()
    lines = Plans(session)

    from skewless.tasks.repeated_training import repeat as repeat_training
    from skewless.tasks.training_manifest import read_training_manifest

    manifest = read_training_manifest(path, workspace.files.name)
    with workspace.engine() as engine:
        found = repeat_training(
            workspace, engine, manifest, spine=spine, output=output, progress=lines, started=session.started
        )
    plan = workspace.service(manifest.service)
    warn_of_changes(session, found.recorded)
    save_plans(session, workspace, plan, lines)
    rows, where = found.recorded.manifest.output.rows, said_of(found.recorded, str(output) if output else None)
    session.console.info("trained", f"{counted_rows(rows)} with {len(plan.outputs):,} features{where}", rows=rows)
    _tell(session, found, plan, engine.dialect, has_digest=manifest.output.digest is not None)
    summary(session.console, ["success" if found.is_equal else "error"])
    return 0 if found.is_equal else 1


def _tell(session: Session, found: Repeated, plan: ServicePlan, dialect: str, *, has_digest: bool) -> None:
    console, changes = session.console, list(found.changes)
    fields = {"equal": found.is_equal, "changes": changes, "columns": list(found.columns)}
    if found.is_equal:
        digest = found.recorded.manifest.output.digest
        console.log("info", "repeated", f"Equal: the values are those of the manifest ({digest})", fields=fields)
        for change in changes:
            console.info("changed", f"  which has no effect on them: {change}")
        return
    if not has_digest or found.recorded.manifest.output.digest is None:
        text = "Not known to be equal: the rows of a warehouse's table have no digest; write a file to have one"
    else:
        names = ", ".join(found.columns[:_MOST_NAMES])
        more = len(found.columns) - _MOST_NAMES
        text = f"Not equal to the manifest's values, in {names}" + (f" and {more} more" if more > 0 else "")
    console.log("error", "repeated", text, fields=fields)
    for change in changes:
        console.log("error", "changed", f"  changed: {change}")
    if not changes and has_digest:
        console.log("error", "changed", f"  {_unexplained(found, plan, dialect)}")


def _unexplained(found: Repeated, plan: ServicePlan, dialect: str) -> str:
    from skewless.verify.equality import tolerant_outputs

    if set(found.columns) <= tolerant_outputs(plan, dialect):
        return (
            "no input has changed: these are sums of floating-point numbers, whose last digits depend on the order "
            "in which several threads add; with --threads 1 they are always the same"
        )
    return "no input that is recorded has changed"
