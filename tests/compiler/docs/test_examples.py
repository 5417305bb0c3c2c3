"""What the pages show works: files compile, what they call an error is that error, commands and links exist."""

from __future__ import annotations

import datetime as dt
import re
import shlex
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import click
import pytest

from skewless.cli.main import VERBS, cli
from skewless.tasks.compile import compile_project
from skewless.tasks.init import create_project
from skewless.tasks.workspace import Options, Workspace, load_workspace
from skewless.verify.unit import run_unit_test

from .pages import ALL, README, ROOT, blocks, headings, name_of, prose, section

NOT_THERE = re.compile(
    r"\b(kafka|skewless docs)\b",
    re.IGNORECASE,
)
WITH_FILES = [page for page in ALL if any(block.kind for block in blocks(page.read_text(encoding="utf-8")))]


@pytest.mark.parametrize("page", WITH_FILES, ids=name_of)
def test_files_of_a_page_compile(page: Path, tmp_path: Path) -> None:
    shown = list(blocks(page.read_text(encoding="utf-8")))
    folder = _starter(tmp_path)
    for block in shown:
        if block.kind == "file":
            _write(folder, block.path, block.text)
    workspace = _workspace(folder)
    workspace.check()
    compile_project(workspace, frozenset(workspace.views))
    for test in workspace.files.unit_tests:
        result = run_unit_test(workspace, test)
        assert result.status == "pass", f"{result.name}: {result.message}\n{result.detail}"
    for block in shown:
        if block.kind == "refused":
            _write(folder, block.path, block.text)
            assert {fault.code for fault in _workspace(folder).diagnostics} == {block.code}


@pytest.mark.parametrize("page", ALL, ids=name_of)
def test_a_marked_block_is_of_a_known_kind(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    shown = list(blocks(text))
    assert {block.kind for block in shown} <= {"", "file", "refused"}
    assert text.count("<!--") == sum(bool(block.kind) for block in shown), "a comment stands right before its block"


@pytest.mark.parametrize("page", ALL, ids=name_of)
def test_commands_can_be_called_as_they_are_shown(page: Path) -> None:
    for line in _command_lines(page.read_text(encoding="utf-8")):
        _, verb, *arguments = shlex.split(line, comments=True)
        assert verb in VERBS, line
        command = cli.get_command(click.Context(cli), verb)
        assert command is not None
        try:
            command.make_context(verb, arguments)
        except click.UsageError as error:
            pytest.fail(f"{line}: {error.format_message()}")


@pytest.mark.parametrize("page", ALL, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for path, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)]+))?\)", prose(page.read_text(encoding="utf-8"))):
        if "://" in path:
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.is_file(), path
        if anchor:
            assert anchor in {_slug(heading) for heading in headings(target.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("page", ALL, ids=name_of)
def test_nothing_is_described_that_is_not_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    allowed = section(text, "What is not there yet") if page == README else ""
    assert NOT_THERE.search(prose(text).replace(allowed, "") if allowed else text) is None


def test_every_page_is_in_the_index() -> None:
    index = ROOT / "docs/index.md"
    linked = {
        (index.parent / path).resolve() for path in re.findall(r"\]\(([^)]+)\)", index.read_text(encoding="utf-8"))
    }
    assert linked == set(ALL) - {README, index}


def test_make_targets_of_the_readme_exist() -> None:
    wanted = set(re.findall(r"\bmake ([a-z]+)", README.read_text(encoding="utf-8")))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert wanted >= {"demo", "test"}
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in wanted)


def test_the_model_of_the_readme_is_the_one_in_the_repository() -> None:
    model = (ROOT / "features/flights/origin_congestion.sql").read_text(encoding="utf-8")
    assert model in [block.text for block in blocks(README.read_text(encoding="utf-8"))]


def test_the_page_on_views_can_be_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its files in a new project, then its commands, which print what it shows."""
    text = (ROOT / "docs/how-to/write-a-view.md").read_text(encoding="utf-8")
    folder = _starter(tmp_path)
    for block in blocks(text):
        if block.kind == "file":
            _write(folder, block.path, block.text)
    monkeypatch.chdir(folder)
    printed = ""
    for line in _command_lines(text):
        assert cli.main(shlex.split(line, comments=True)[1:], standalone_mode=False) == 0, line
        printed += capsys.readouterr().out
    shown = [block.text for block in blocks(text) if block.text.startswith("user_id")]
    assert len(shown) == 1
    assert shown[0] in printed


def _starter(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    create_project(folder, files("skewless.cli").joinpath("starter"), dt.datetime(2026, 1, 12))
    return folder


def _write(folder: Path, path: str, text: str) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text, encoding="utf-8")


def _workspace(folder: Path) -> Workspace:
    return load_workspace(Options(project_dir=folder), {})


def _command_lines(text: str) -> Iterator[str]:
    for block in blocks(text):
        for line in block.text.replace("\\\n", " ").splitlines():
            command = line.removeprefix("$ ")
            if command.startswith("skewless ") and block.language in ("", "console"):
                yield command


def _slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
