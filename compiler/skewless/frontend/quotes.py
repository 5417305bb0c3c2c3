"""SQL text and its quotes and comments, in which no word and no bracket means anything."""

from __future__ import annotations

import re

_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|(?P<open>['"]|/\*)""", re.DOTALL)


def unquoted(text: str) -> str:
    """The text with blanks for quotes and comments, so that every other word is where it was."""
    return _QUOTED.sub(lambda found: " " * len(found[0]), text)


def unclosed(text: str) -> re.Match[str] | None:
    """The quote or comment that begins and does not end."""
    return next((found for found in _QUOTED.finditer(text) if found["open"]), None)
