"""Whatever ends a command early into lines and an exit code: 1 failed, 2 used or written wrongly, 130 interrupted."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from skewless.cli.console import Console, style
from skewless.ground.errors import CompileError, SkewlessError

if TYPE_CHECKING:
    from skewless.cli.session import Session

INTERRUPTED = 130


def report(error: BaseException, session: Session) -> int:
    """Tells the error to the user and returns the exit code of the command."""
    console = session.console
    console.rest()
    if _is_interruption(error):
        console.log("error", "interrupted", "Interrupted.")
        return INTERRUPTED
    if isinstance(error, click.ClickException):
        return _usage(error, console)
    if isinstance(error, CompileError):
        return _compile(error, session)
    if isinstance(error, SkewlessError):
        _say(console, error.message, error.help, kind=type(error).__name__)
        _trace(console)
        return error.exit_code
    if isinstance(error, BrokenPipeError):
        _forget_stdout()
        return 1
    if isinstance(error, OSError) and error.strerror:
        _say(console, *_of_system(error), kind="OSError")
        _trace(console)
        return 1
    return _unexpected(error, console)


def unknown_command(name: str, known: Iterable[str]) -> click.UsageError:
    """A verb that does not exist."""
    from skewless.ground.diagnostics import did_you_mean

    near = did_you_mean(name, known)
    return click.UsageError(f"there is no command '{name}'" + (f"; {near}" if near else ""))


def _is_interruption(error: BaseException) -> bool:
    """Ctrl-C; DuckDB's Python client has no exception of its own for a query that it ends."""
    stopped = isinstance(error, RuntimeError) and str(error) == "Query interrupted"
    return stopped or isinstance(error, KeyboardInterrupt | click.Abort)


def _usage(error: click.ClickException, console: Console) -> int:
    console.logs_to_stderr = True
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return error.exit_code
    ctx = getattr(error, "ctx", None)
    message = error.format_message().rstrip(".")
    _say(console, message, f"{ctx.command_path if ctx else 'skewless'} --help", kind="UsageError")
    return error.exit_code


def _compile(error: CompileError, session: Session) -> int:
    for fault in error.diagnostics:
        session.tell(fault)
    errors = sum(fault.severity == "error" for fault in error.diagnostics)
    warnings = len(error.diagnostics) - errors
    counted = f"{errors} error{'s' if errors != 1 else ''}"
    counted += f" and {warnings} warning{'s' if warnings != 1 else ''}" if warnings else ""
    codes = sorted({fault.code for fault in error.diagnostics})
    text = f"The project does not compile: {counted}. `skewless explain {codes[0]}` says more."
    session.console.log("error", "compile_failed", text, fields={"errors": errors, "warnings": warnings})
    return error.exit_code


def _unexpected(error: BaseException, console: Console) -> int:
    """A bug. The traceback is for whoever asks for it."""
    message = " ".join(str(error).split())
    what = f"{type(error).__name__}: {message}" if message else type(error).__name__
    help_line = None if console.is_debug else "this is a bug in skewless; run again with --debug for the traceback"
    text = f"Internal error: {what}"
    trace = {"traceback": traceback.format_exc()} if console.is_debug else {}
    if trace and not console.is_json:
        console.log("error", "traceback", trace["traceback"].rstrip())
    shown = f"{style('Internal error', 'red')}: {what}"
    lines = f"\n{help_line}" if help_line and not console.is_json else ""
    console.log("error", "internal_error", text + lines, shown=shown + lines, fields={"help": help_line, **trace})
    return 1


def _say(console: Console, message: str, help_line: str | None, *, kind: str) -> None:
    tail = f"\n  help: {help_line}" if help_line and not console.is_json else ""
    coloured = f"\n  {style('help:', 'cyan')} {help_line}" if help_line else ""
    text = message if console.is_json else f"error: {message}{tail}"
    shown = f"{style('error', 'red')}: {message}{coloured}"
    console.log("error", "error", text, shown=shown, fields={"kind": kind, "help": help_line})


def _trace(console: Console) -> None:
    if console.is_debug and not console.is_json:
        console.debug("traceback", traceback.format_exc().rstrip())


def _of_system(error: OSError) -> tuple[str, str | None]:
    from skewless.tasks.results import cause_and_help

    why, help_line = cause_and_help(error)
    return (f"'{error.filename}': {why}" if error.filename else why), help_line


def _forget_stdout() -> None:
    """The reader of a pipe has gone: what is still in the buffer must not raise when Python ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
