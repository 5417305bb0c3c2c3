"""`skewless debug`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from skewless.cli.console import Level, style
from skewless.cli.session import Session
from skewless.cli.verb import verb
from skewless.ground.errors import CompileError, SkewlessError

if TYPE_CHECKING:
    from skewless.tasks.debug import Check
    from skewless.tasks.workspace import Workspace


@verb("debug")
def command(session: Session) -> int:
    """Check files, profile and connections; say what is missing.

    Reads the project and its profile, compiles the models, connects to the engine, the online store and the registry,
    and looks at each source through the engine. Exit code 1 when anything is not as it should be.
    """
    from skewless.tasks.debug import connection_checks, counted, installation, settings

    session.header()
    _list(session, installation())
    session.console.info("configuration", "Configuration:")
    checks, workspace = _configuration(session)
    if workspace is not None:
        session.console.info("connection", "Connection:")
        _list(session, settings(workspace), indent="  ")
        for check in connection_checks(workspace):
            checks.append(_tell(session, check))
    failed, warned = sum(not check.ok for check in checks), sum(check.is_warning for check in checks)
    text = counted(failed, "check") + " failed" if failed else "All checks passed!"
    if warned:
        text = f"{text.rstrip('!')}, with {counted(warned, 'warning')}"
    session.console.space()
    shown = style(text, "red" if failed else "green")
    session.console.log("error" if failed else "info", "checked", text, shown=shown, fields={"failed": failed})
    return 1 if failed else 0


def _configuration(session: Session) -> tuple[list[Check], Workspace | None]:
    """The checks of the files; the workspace when there is enough of them to connect."""
    from skewless.tasks.debug import counted
    from skewless.tasks.workspace import load_workspace

    checks = [_attempt(session, "skewless.yml", lambda: str(session.project.files.root / "skewless.yml"))]
    if not checks[0].ok:
        return checks, None
    found: list[Workspace] = []

    def profile() -> str:
        found.append(load_workspace(session.options, session.environment))
        return f"profile {found[0].target.profile}, target {found[0].target.name}"

    def models() -> str:
        found[0].check()
        views = len(found[0].views)
        return f"{counted(views, 'view')} compile{'s' if views == 1 else ''}"

    checks.append(_attempt(session, "profiles.yml", profile))
    if found:
        checks.append(_attempt(session, "project", models))
    return checks, found[0] if found else None


def _attempt(session: Session, name: str, attempt: Callable[[], str]) -> Check:
    from skewless.tasks.debug import Check, counted

    try:
        return _tell(session, Check(name=name, ok=True, detail=f"found and valid: {attempt()}"))
    except CompileError as error:
        check = _tell(session, Check(name=name, ok=False, detail=f"{counted(len(error.diagnostics), 'fault')} found"))
        for fault in error.diagnostics:
            session.tell(fault)
        return check
    except SkewlessError as error:
        return _tell(session, Check(name=name, ok=False, detail=error.message, help=error.help))


def _tell(session: Session, check: Check) -> Check:
    word, colour = ("WARN", "yellow") if check.is_warning else ("OK", "green") if check.ok else ("ERROR", "red")
    text, tail = f"  {check.name} ", f" {check.detail}]"
    help_line = f"\n    help: {check.help}" if check.help and not check.ok else ""
    shown = f"{text}[{style(word, colour)}{tail}{help_line}"
    fields = {"check": check.name, "ok": check.ok, "detail": check.detail, "help": check.help}
    level: Level = "warn" if check.is_warning else "info" if check.ok else "error"
    session.console.log(level, "check", f"{text}[{word}{tail}{help_line}", shown=shown, fields=fields)
    return check


def _list(session: Session, facts: Iterable[tuple[str, str]], indent: str = "") -> None:
    for name, value in facts:
        session.console.info("fact", f"{indent}{name}: {value}", name=name, value=value)
