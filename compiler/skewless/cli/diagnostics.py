"""Diagnostics as log lines: text with an excerpt, or JSON with its parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from skewless.cli.console import Console, style

if TYPE_CHECKING:
    from skewless.ground.diagnostics import Diagnostic


def log_diagnostic(console: Console, fault: Diagnostic, read: Callable[[str], str | None]) -> None:
    """One diagnostic. `read` gives the text of a file, for the excerpt."""
    from skewless.ground.diagnostics import render

    span = fault.span
    place = {} if span is None else {
        "file": span.file, "line": span.line, "column": span.column,
        "end_line": span.end_line, "end_column": span.end_column,
    }  # fmt: skip
    level, text = ("error" if fault.severity == "error" else "warn"), render(fault, read)
    if console.is_json:
        text = fault.message
    console.log(
        "error" if level == "error" else "warn", "diagnostic", text if console.is_json else f"{text}\n",
        shown=f"{_coloured(text, fault.severity)}\n", code=fault.code, severity=fault.severity, **place, help=fault.help,
    )  # fmt: skip


def _coloured(text: str, severity: str) -> str:
    colour = "red" if severity == "error" else "yellow"
    head, *rest = text.split("\n")
    kind, _, message = head.partition(": ")
    return "\n".join([f"{style(kind, colour)}: {style(message, 'bright_white')}", *(_part(line, colour) for line in rest)])


def _part(line: str, colour: str) -> str:
    """Carets in the colour of the headline; what only frames the excerpt is dim."""
    stripped = line.strip()
    if stripped.startswith("help:"):
        return line.replace("help:", style("help:", "cyan"), 1)
    if stripped.startswith("-->"):
        return style(line, "blue", bold=False)
    return style(line, colour) if stripped.startswith("|") and "^" in stripped else line
