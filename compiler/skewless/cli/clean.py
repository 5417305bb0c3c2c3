"""`skewless clean`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import closing
from typing import TYPE_CHECKING

import click

from skewless.cli.session import Session
from skewless.cli.verb import verb

if TYPE_CHECKING:
    from skewless.stores.store import StateInfo
    from skewless.tasks.clean import Cleaning, Retirement

_MEANWHILE = "a service has come to read it meanwhile"


@verb("clean")
@click.option("--online", is_flag=True, help="Drop states of the online store that nobody uses, instead.")
@click.option("--yes", is_flag=True, help="Drop them without asking.")
@click.option("--retire", multiple=True, metavar="SERVICE@VERSION", help="It is deployed nowhere any more; repeatable.")
@click.option("--retire-after", metavar="DURATION", help="So are versions of services superseded that long ago.")
@click.option("--unknown", is_flag=True, help="Drop states of which the registry knows nothing, too.")
def command(
    session: Session, online: bool, yes: bool, retire: tuple[str, ...], retire_after: str | None, unknown: bool
) -> int:
    """Remove what commands wrote to the target folder.

    Compiled SQL, bundles, the manifest, results and temporary files. Data, the online store and the registry in the
    same folder stay. With --online that folder stays as it is, and states that neither the project nor a registered
    version of a service uses are dropped from the store: they are shown first, and dropped when that is confirmed.

    \b
    Examples:
      skewless clean
      skewless clean --online --retire-after '7 days'
    """
    from skewless.ground.errors import UsageError
    from skewless.tasks.clean import clean_target

    session.header()
    if not online and (yes or retire or retire_after or unknown):
        raise UsageError("these options are about the online store", help="add --online")
    if online:
        _drop(session, _retirement(retire, retire_after), unknown=unknown, yes=yes)
        return 0
    removed = clean_target(session.target_path, session.project.files.root)
    for path in removed:
        session.console.info("removed", f"Removed {path}", path=path)
    if not removed:
        session.console.info("nothing_removed", f"There is nothing to remove in {session.target_path}")
    return 0


def _retirement(named: tuple[str, ...], after: str | None) -> Retirement:
    from skewless.ground.durations import Duration
    from skewless.ground.errors import UsageError
    from skewless.tasks.clean import Retirement

    pairs = []
    for text in named:
        service, mark, version = text.rpartition("@")
        if not (service and mark and version):
            raise UsageError(f"'{text}' is no version of a service", help="write SERVICE@VERSION")
        pairs.append((service, version))
    try:
        length = None if after is None else Duration.parse(after)
    except ValueError as error:
        raise UsageError(f"'{after}' is no length of time: {error}", help="write it as '7 days'") from error
    return Retirement(named=tuple(pairs), after=length)


def _drop(session: Session, retirement: Retirement, *, unknown: bool, yes: bool) -> None:
    from skewless.ground.moments import microseconds
    from skewless.tasks.clean import carry_out, cleaning
    from skewless.tasks.open_registry import open_registry

    workspace = session.workspace()
    with closing(open_registry(workspace.files, workspace.target)) as registry, closing(workspace.store()) as store:
        now = microseconds(session.started)
        found = cleaning(store, registry, workspace.online_versions, retirement, now, unknown=unknown)
        _show(session, found)
        if not found.dropped and not found.retired:
            session.console.info("nothing_dropped", "No state in the online store is to be dropped")
        elif yes or _is_confirmed(session):
            dropped = carry_out(found, store, registry)
            for info in dropped:
                session.console.info("dropped", f"Dropped {info.version}", version=info.version)
            _show_kept(session, [(info, _MEANWHILE) for info in found.dropped if info not in dropped])
        else:
            session.console.warn("nothing was dropped: say --yes")


def _show(session: Session, found: Cleaning) -> None:
    for one in found.retired:
        name = f"{one.service}@{one.version}"
        session.console.info("to_retire", f"To retire: {name}, noted by {one.created_by}", service_version=name)
    for info in found.dropped:
        text = f"To drop: {info.version}, {info.entities:,} entities, {info.rows:,} rows"
        session.console.info("to_drop", text, version=info.version, entities=info.entities, rows=info.rows)
    _show_kept(session, found.kept)


def _show_kept(session: Session, kept: Iterable[tuple[StateInfo, str]]) -> None:
    for info, reason in kept:
        session.console.info("kept", f"Stays: {info.version}: {reason}", version=info.version, reason=reason)


def _is_confirmed(session: Session) -> bool:
    if session.console.is_json or not sys.stdin.isatty() or not session.console.is_terminal(err=True):
        return False
    return click.confirm("Drop them?", err=True)
