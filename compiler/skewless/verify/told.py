"""A fault of a test itself, as its result tells it."""

from __future__ import annotations

from collections.abc import Callable

from skewless.ground.diagnostics import render
from skewless.ground.errors import CompileError, SkewlessError


def told(error: SkewlessError, read_text: Callable[[str], str | None]) -> tuple[str, str]:
    """The message, and below it where the fault is and what helps."""
    if not isinstance(error, CompileError):
        return error.message, error.help or ""
    shown = "\n".join(render(one, read_text) for one in error.diagnostics)
    first = error.diagnostics[0]
    return f"{first.code}: {first.message}", shown.partition("\n")[2]
