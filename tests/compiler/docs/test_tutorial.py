"""The tutorial, done from its first line to its last. `pytest --bless` pastes what the commands print now."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import re
import shlex
from pathlib import Path

import pytest

from skewless.cli.main import cli

from .pages import DOCS, Block, blocks

TUTORIAL = DOCS / "tutorial.md"


def test_the_tutorial_prints_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bless: bool) -> None:
    text = TUTORIAL.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    hour = dt.datetime.now(dt.UTC).hour
    done, wrong = [], False
    for block in blocks(text):
        wrong = block.kind == "refused" if block.kind else wrong
        done.append((block, _follow(block, 2 if wrong else 0, monkeypatch)))
    if dt.datetime.now(dt.UTC).hour != hour:
        pytest.skip("the hour has changed on the way, and the example counts hours")
    if bless:
        for block, printed in done:
            text = text.replace(block.text, printed)
        TUTORIAL.write_text(text, encoding="utf-8")
    else:
        assert [_timeless(printed) for _, printed in done] == [_timeless(block.text) for block, _ in done]


def _follow(block: Block, code: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """Writes a file, or runs the commands of a console, which end in `code`; returns what the block should be."""
    if block.kind:
        Path(block.path).write_text(block.text, encoding="utf-8")
    if block.language != "console":
        return block.text
    commands = [line.removeprefix("$ ") for line in block.text.splitlines() if line.startswith("$ ")]
    return "".join(f"$ {command}\n{_run(shlex.split(command), code, monkeypatch)}" for command in commands)


def _run(words: list[str], code: int, monkeypatch: pytest.MonkeyPatch) -> str:
    program, *arguments = words
    if program == "cd":
        monkeypatch.chdir(arguments[0])
        return ""
    assert program == "skewless"
    screen = io.StringIO()
    with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(screen):
        found = cli.main(arguments, standalone_mode=False)
    assert found == code, screen.getvalue()
    return screen.getvalue()


def _timeless(text: str) -> str:
    """Without what differs from run to run: moments, seconds, the widths that follow from them, and how many entities have
    a row of the last hour."""
    text = re.sub(r"\d (entity|entities) brought up", "ENTITIES brought up", text)
    moments = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?", "MOMENT", text)
    return re.sub(r"[ .-]{2,}", " ", re.sub(r"\d+\.\d\ds\b", "SECONDS", moments))
