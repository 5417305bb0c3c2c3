"""`skewless diff`."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skewless.cli.options import selection_options
from skewless.cli.selection import Selection, choose
from skewless.cli.session import Session
from skewless.cli.verb import verb

if TYPE_CHECKING:
    from skewless.contract.definition import Definitions
    from skewless.diff.result import Difference
    from skewless.tasks.workspace import Workspace

_FAIL_ON = ("schema", "values", "new", "cosmetic", "never")


@verb("diff")
@selection_options
@click.option("--against", metavar="REVISION", help="A branch, tag or commit of git to compare with.")
@click.option("--values", is_flag=True, help="Evaluate changed views both ways at sampled moments.")
@click.option("--rows", type=click.IntRange(min=1), default=1_000, show_default=True, help="Moments to sample.")
@click.option("--seed", type=int, default=0, show_default=True, help="Which moments are sampled.")
@click.option("--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True)
@click.option(
    "--fail-on", type=click.Choice(_FAIL_ON), default="values", show_default=True, help="Exit with 1 from it on."
)
def command(
    session: Session,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    state: Path | None,
    against: str | None,
    values: bool,
    rows: int,
    seed: int,
    form: str,
    fail_on: str,
) -> int:
    """Compare definitions with those that are deployed.

    Of each view and service: unchanged, cosmetic, new features only, values change, or schema breaks, with the reasons
    and with what reads it. Compares with the versions in the registry, with the target folder that --state names, or
    with a revision of git. Exit code 1 when something changes as much as --fail-on says, or more.

    \b
    Examples:
      skewless diff
      skewless diff --against main --values --format markdown
    """
    from skewless.ground.errors import SkewlessError, UsageError

    session.console.logs_to_stderr = True
    if state is not None and against is not None:
        raise UsageError("--state and --against name two things to compare with", help="give one of them")
    try:
        found = _difference(
            session, Selection(select=select, exclude=exclude, state=state), against, values, rows, seed
        )
    except SkewlessError as error:
        error.exit_code = 2  # 1 is an answer here, and there is none
        raise
    _tell(session, found, form)
    return int(_is_failure(found, fail_on))


def _difference(
    session: Session, selection: Selection, against: str | None, values: bool, rows: int, seed: int
) -> Difference:
    from skewless.diff.run import difference
    from skewless.tasks.definitions import definitions_of

    workspace = session.workspace(quietly=True)
    before, told = _before(workspace, selection.state, against)
    chosen = choose(workspace, selection, session.console)
    now = definitions_of(workspace)
    names = set(chosen.names("view", "service")) if selection.select or selection.exclude else None
    found = difference(before, now, told, chosen.graph, names)
    return _valued(session, workspace, found, before, now, rows, seed) if values else found


def _tell(session: Session, found: Difference, form: str) -> None:
    from skewless.diff.shown import as_markdown, as_object, as_text

    if form == "json" or session.console.is_json:
        session.console.json(as_object(found))
    else:
        session.console.data(as_markdown(found) if form == "markdown" else as_text(found))


def _before(workspace: Workspace, state: Path | None, against: str | None) -> tuple[Definitions, str]:
    """What is compared with, and what it is called."""
    from skewless.diff.baseline import of_registry, of_revision
    from skewless.tasks.definitions import read_definitions
    from skewless.tasks.open_registry import open_registry

    if against is not None:
        return of_revision(workspace, against), f"git's {against}"
    if state is not None:
        return read_definitions(state), f"what was compiled into {state}"
    with closing(open_registry(workspace.files, workspace.target)) as registry:
        found = of_registry(registry, workspace.views.keys())
    return found, f"the target {workspace.target.name}, as the registry has it"


def _valued(
    session: Session,
    workspace: Workspace,
    found: Difference,
    before: Definitions,
    now: Definitions,
    rows: int,
    seed: int,
) -> Difference:
    from skewless.diff.run import valued
    from skewless.diff.values import with_values

    session.console.live("Evaluating both ways")
    with workspace.engine() as engine:
        evaluated = valued(found, partial(with_values, engine, before, now, rows=rows, seed=seed))
    session.console.rest()
    return evaluated


def _is_failure(found: Difference, fail_on: str) -> bool:
    from skewless.diff.result import Kind

    least = {"schema": Kind.SCHEMA, "values": Kind.VALUES, "new": Kind.NEW_FEATURES, "cosmetic": Kind.COSMETIC}
    return fail_on in least and found.kind >= least[fail_on]
