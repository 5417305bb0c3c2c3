"""The demo shows how each command begins and ends, and stops at the first that fails."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

import pytest

from .pages import ROOT

_LINES = "print(*range(5), sep='\\n')"


@pytest.fixture(scope="module")
def story() -> ModuleType:
    spec = importlib.util.spec_from_file_location("story", ROOT / "demo/story.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("head", "tail", "shown"),
    [(0, 1, ["...", "4"]), (1, 2, ["0", "...", "3", "4"]), (2, 3, ["0", "1", "2", "3", "4"])],
)
def test_long_output_is_shortened(
    story: ModuleType, capsys: pytest.CaptureFixture[str], head: int, tail: int, shown: list[str]
) -> None:
    story.run([sys.executable, "-c", _LINES], shown="count", head=head, tail=tail)
    assert [line.strip() for line in capsys.readouterr().out.splitlines()] == ["$ count", *shown]


def test_a_failure_is_shown_as_a_whole_and_ends_the_story(
    story: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        story.run([sys.executable, "-c", f"{_LINES}; raise SystemExit(3)"], shown="count", head=0, tail=1)
    assert ended.value.code == 3
    assert capsys.readouterr().out.split() == ["$", "count", "0", "1", "2", "3", "4"]


def test_no_command_of_the_story_is_quiet(story: ModuleType) -> None:
    assert story.__file__ is not None
    with open(story.__file__, encoding="utf-8") as file:
        assert "quiet" not in file.read()
