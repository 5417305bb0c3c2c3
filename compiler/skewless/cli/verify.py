"""`skewless verify`."""

from __future__ import annotations

import secrets
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skewless.cli.options import selection_options
from skewless.cli.progress import Lines, failed, summary
from skewless.cli.selection import Selection, choose
from skewless.cli.session import Session
from skewless.cli.verb import verb

if TYPE_CHECKING:
    from skewless.engines.engine import Engine
    from skewless.tasks.results import Outcome, Result
    from skewless.tasks.workspace import Workspace
    from skewless.verify.trials.search import Verified

_SEEDS = 2**31
_TELL_EVERY = 10
FOLDER = "verify"
"""Where counter-examples are written, in the target folder."""


@verb("verify")
@click.argument("views", nargs=-1, metavar="[VIEW]...")
@selection_options
@click.option(
    "--examples", type=click.IntRange(min=1), default=200, show_default=True, metavar="N", help="Examples of each view."
)
@click.option("--seed", type=click.IntRange(min=0), metavar="S", help="Draw the examples of this seed again.")
def command(
    session: Session,
    views: tuple[str, ...],
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    state: Path | None,
    examples: int,
    seed: int | None,
) -> int:
    """Look for rows on which training and serving differ.

    For each view, event logs are drawn from the declared schemas of its sources: ties, corrections, retractions, late
    rows, NULLs, NaN, times on the edges of windows. They are replayed through the online write path, vectors are asked
    for, and compared with training SQL: on DuckDB, and on Spark where the target is one. What differs is shrunk to the
    least that does, told, and written as a unit test to target/verify. Neither the warehouse's tables nor the online
    store is read. Exit code 1 when a view differs.

    \b
    Examples:
      skewless verify
      skewless verify transaction_stats --examples 2000
      skewless verify --select tag:fraud --seed 7
      skewless verify --target spark
    """
    from skewless.cli.outcome import save_results
    from skewless.ground.errors import UsageError
    from skewless.verify.trials.search import check_installed, why_not

    check_installed()
    session.header()
    workspace = session.workspace()
    for name in views:
        workspace.view(name)
        if (reason := why_not(workspace, name)) is not None:
            raise UsageError(f"'{name}' cannot be verified: {reason}", help="set online: true in its config")
    selection = Selection(select=(*views, *select), exclude=exclude, state=state)
    names = choose(workspace, selection, session.console).names("view")
    drawn = secrets.randbelow(_SEEDS) if seed is None else seed
    session.console.info("seed", f"Seed {drawn}: --seed {drawn} draws the same examples again", seed=drawn)
    with _other_engine(session, workspace) as engine:
        results, is_interrupted = _verify_all(session, workspace, names, examples, drawn, engine)
    save_results(session, workspace, results)
    statuses = [one.status for one in results]
    summary(session.console, statuses)
    if is_interrupted:  # what was done by then is told
        raise KeyboardInterrupt
    return 1 if failed(statuses) else 0


def _other_engine(session: Session, workspace: Workspace) -> AbstractContextManager[Engine | None]:
    """The engine that trains beside DuckDB."""
    kind = workspace.target.type
    if kind == "spark":
        return workspace.engine()
    if kind != "duckdb":
        session.console.warn(f"training is compared on DuckDB alone: on {kind} it is not verified", target=kind)
    return nullcontext()


def _verify_all(
    session: Session,
    workspace: Workspace,
    names: tuple[str, ...],
    examples: int,
    seed: int,
    engine: Engine | None,
) -> tuple[list[Result], bool]:
    """The results of one view after the other, and whether Ctrl-C has ended it."""
    from skewless.verify.trials.search import verify_view, why_not

    lines = Lines(session.console, "verifying", "verified")
    results: list[Result] = []
    for number, name in enumerate(names, start=1):
        if (reason := why_not(workspace, name)) is not None:
            lines.skipped(number, len(names), name, reason=reason)
            results.append(_result(workspace, name, "skipped", 0.0, reason))
            continue
        lines.started(number, len(names), name)

        def told(done: int, name: str = name) -> None:
            if done % _TELL_EVERY == 0:
                session.console.live_on(f"verifying {name}: {done:,} of {examples:,} examples")

        found = verify_view(workspace, name, examples=examples, seed=seed, told=told, engine=engine)
        results.append(_tell(session, workspace, found, lines, number, len(names)))
        if found.is_interrupted:
            return results, True
    return results, False


def _tell(session: Session, workspace: Workspace, found: Verified, lines: Lines, number: int, total: int) -> Result:
    counted = f"{found.examples:,} examples"
    if found.incomparable:
        counted += f", {found.incomparable:,} of them an error on both paths"
    if found.engine is not None:
        counted += f", {found.elsewhere:,} on {found.engine} too"
    if found.why_alone is not None:
        counted += f", one after the other ({found.why_alone})"
    if found.counterexample is None and not found.is_flaky:
        lines.finished(number, total, found.view, seconds=found.seconds, detail=counted)
        return _result(workspace, found.view, "pass", found.seconds, counted)
    message = f"differs in example {found.found_after:,}" if not found.is_flaky else "differs once, and not again"
    lines.ended("FAIL", number, total, found.view, seconds=found.seconds, detail=message)
    if found.counterexample is not None:
        _tell_counterexample(session, workspace, found)
    return _result(workspace, found.view, "fail", found.seconds, message)


def _tell_counterexample(session: Session, workspace: Workspace, found: Verified) -> None:
    from skewless.verify.trials.told import counterexample_text, unit_test_of, unit_test_that_shows, unit_test_yaml

    if found.counterexample is None:
        return
    text = counterexample_text(found, found.counterexample)
    again = f"skewless verify {found.view} --seed {found.seed} --examples {found.asked}"
    if (engine := found.counterexample.engine) is not None:
        test, shown = unit_test_of(found, found.counterexample), False
        note = (
            f"Unit tests run on DuckDB, where training and serving agree, so this one passes. What differs on {engine} "
            f"is shown again by: {again} --target {workspace.target.name}"
        )
    else:
        test, shown = unit_test_that_shows(workspace, found, found.counterexample)
        note = (
            "This unit test fails until training and serving agree."
            if shown
            else f"This unit test does not show the difference. Shown again by: {again}"
        )
    expected = f"What is expected is what {'serving' if engine else 'training'} says."
    path = workspace.target_path / FOLDER / f"{found.view}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(unit_test_yaml(test, [note, expected]), encoding="utf-8")
    written = f"Written as a unit test to {path}. {note}"
    fields = {"node": found.view, "path": str(path), "seed": found.seed, "is_shown_by_unit_test": shown}
    session.console.log("error", "counterexample", f"\n{text}\n\n{written}\n", fields=fields)


def _result(workspace: Workspace, name: str, status: Outcome, seconds: float, message: str) -> Result:
    from skewless.tasks.manifest import unique_id
    from skewless.tasks.results import Result

    key = unique_id("view", workspace.files.name, name)
    return Result(unique_id=key, status=status, seconds=seconds, message=message, failures=int(status == "fail"))
