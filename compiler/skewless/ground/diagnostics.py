"""Diagnostics: faults in the user's files as values, and the way they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from skewless.ground.codes import Code
from skewless.ground.spans import Span

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One fault: what (`message`, one sentence), where (`span`), and what to do (`help`, one line)."""

    code: Code
    message: str
    span: Span | None = None
    help: str | None = None
    severity: Severity = "error"


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """`did you mean 'user_id'?`, or nothing when no known name is near."""
    near = get_close_matches(word.lower(), {name.lower(): name for name in known}, n=1, cutoff=0.6)
    if not near:
        return None
    original = next(name for name in known if name.lower() == near[0])
    return f"did you mean '{original}'?"


def render(diagnostic: Diagnostic, read: Callable[[str], str | None]) -> str:
    """The diagnostic as plain text: a headline, the excerpt with carets, a help line.

    `read` returns the text of a file of the project, or None when it cannot be had.
    """
    lines = [f"{diagnostic.severity}[{diagnostic.code}]: {diagnostic.message}"]
    if diagnostic.span is not None:
        lines.append(f"  --> {diagnostic.span}")
        lines.extend(_excerpt(diagnostic.span, read(diagnostic.span.file)))
    if diagnostic.help:
        lines.append(f"  help: {diagnostic.help}")
    return "\n".join(lines)


def _excerpt(span: Span, text: str | None) -> list[str]:
    rows = (text or "").split("\n")
    if span.line > len(rows) or text is None:
        return []
    row = rows[span.line - 1]
    end = span.end_column if span.end_line == span.line else len(row)
    carets = "^" * max(1, min(end, len(row)) - span.column + 1)
    margin = " " * len(str(span.line))
    # Tabs are kept before the carets, or they would point beside the text.
    indent = "".join(char if char == "\t" else " " for char in row[: span.column - 1])
    return [f" {margin} |", f" {span.line} | {row}", f" {margin} | {indent}{carets}"]
