"""Diagnostics as log lines: text with an excerpt, or JSON with its parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from skewless.cli.console import Console, Level, style

if TYPE_CHECKING:
    from skewless.ground.diagnostics import Diagnostic


def log_diagnostic(console: Console, fault: Diagnostic, read: Callable[[str], str | None]) -> None:
    """One diagnostic. `read` gives the text of a file, for the excerpt."""
    from skewless.ground.diagnostics import render

    text = fault.message if console.is_json else f"{render(fault, read)}\n"
    level: Level = "error" if fault.severity == "error" else "warn"
    fields = {"code": fault.code, "severity": fault.severity, **_place(fault), "help": fault.help}
    console.log(level, "diagnostic", text, shown=_coloured(text, fault.severity), fields=fields)


def _place(fault: Diagnostic) -> dict[str, Any]:
    span = fault.span
    if span is None:
        return {}
    end = {"end_line": span.end_line, "end_column": span.end_column}
    return {"file": span.file, "line": span.line, "column": span.column, **end}


def _coloured(text: str, severity: str) -> str:
    colour = "red" if severity == "error" else "yellow"
    head, *rest = text.split("\n")
    kind, _, message = head.partition(": ")
    headline = f"{style(kind, colour)}: {style(message, 'bright_white')}"
    return "\n".join([headline, *(_part(line, colour) for line in rest)])


def _part(line: str, colour: str) -> str:
    """Carets in the colour of the headline; what only frames the excerpt is dim."""
    stripped = line.strip()
    if stripped.startswith("help:"):
        return line.replace("help:", style("help:", "cyan"), 1)
    if stripped.startswith("-->"):
        return style(line, "blue", bold=False)
    return style(line, colour) if stripped.startswith("|") and "^" in stripped else line
