"""Pages of the documentation into headings, tables and code blocks.

A comment before a block says what the block is, and readers do not see it:

    <!-- file: features/v.sql -->               a file of the project that `skewless init shop` makes
    <!-- refused: CODE features/v.sql -->       the same, and compiling it gives this code
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
ALL = (README, *sorted(DOCS.rglob("*.md")))

_BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>[^\n]+) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    language: str
    text: str
    kind: str
    """`file`, `refused`, or empty."""
    path: str
    code: str


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(text: str) -> Iterator[Block]:
    for found in _BLOCK.finditer(text):
        kind, _, rest = (found["mark"] or "").partition(": ")
        words = rest.split()
        yield Block(
            language=found["language"],
            text=found["text"],
            kind=kind,
            path=words[-1] if words else "",
            code=words[0] if kind == "refused" else "",
        )


def prose(text: str) -> str:
    """The page without its code blocks."""
    return _BLOCK.sub("", text)


def headings(text: str) -> list[str]:
    return _HEADING.findall(prose(text))


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next one of any level."""
    _, *parts = _HEADING.split(prose(text))
    return dict(zip(parts[::2], parts[1::2], strict=True))[heading]


def rows(text: str) -> list[list[str]]:
    """The rows of all tables, without their headers."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    ruled = {place for place, row in enumerate(cells) if set("".join(row)) <= set("-")}
    return [row for place, row in enumerate(cells) if place not in ruled and place + 1 not in ruled]


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def listed(text: str) -> list[str]:
    """The first thing in backticks of each row."""
    return [quoted(row[0])[0] for row in rows(text) if quoted(row[0])]
