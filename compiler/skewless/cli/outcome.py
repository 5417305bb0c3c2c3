"""The results of a command into run_results.json."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from skewless.cli.session import Session

if TYPE_CHECKING:
    from skewless.tasks.results import Result
    from skewless.tasks.workspace import Workspace


def save_results(session: Session, workspace: Workspace, results: Sequence[Result]) -> None:
    """Writes run_results.json; what it holds of other programs' words has passed `redact`."""
    from dataclasses import replace

    from skewless.tasks.results import run_results, write_results

    redact = session.environment.redact
    content = run_results(
        session.command,
        [redact(argument) for argument in session.arguments],
        [replace(result, message=redact(result.message)) for result in results],
        started=session.started,
        seconds=session.elapsed,
    )
    write_results(workspace.target_path, content)
