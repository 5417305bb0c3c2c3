"""The pages of `skewless explain CODE`: each has one shape, and its examples do what it says."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest
from frontend.small_project import compiled, errors, shown

from skewless.ground.codes import CODES

PAGES = files("skewless") / "errors"
A_MODEL = "{{ config(entity='user', ttl='1 day') }}\nselect user_id, amount from {{ source('shop', 'payments') }}\n"
DIALECTS = {"unportable-function": "spark"}
"""The engine that an example is compiled for, if it is not DuckDB."""
_BLOCK = re.compile(r"```(sql|yaml)\n(.*?)```", re.DOTALL)
_PATH = re.compile(r"^(?:--|#) (features/\S+)\n", re.MULTILINE)


def page(code: str) -> str:
    return PAGES.joinpath(f"{code}.md").read_text(encoding="utf-8")


def example(code: str, section: str) -> dict[str, str]:
    """The files of the first code block below a heading; lines such as `-- features/w.sql` begin another file."""
    found = _BLOCK.search(page(code).split(f"**{section}**")[1])
    assert found is not None, f"{code} shows nothing below '{section}'"
    first, *others = _PATH.split(found[2])
    named = dict(zip(others[::2], others[1::2], strict=True))
    return {"features/v.sql": first if first.strip() else A_MODEL, **named}


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    pages = {path.name.removesuffix(".md") for path in PAGES.iterdir() if path.name.endswith(".md")}
    assert pages == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_page_has_the_shape_of_a_page(code: str) -> None:
    lines = page(code).splitlines()
    assert lines[0] == f"# {code}"
    assert 15 <= len(lines) <= 35
    assert max(map(len, lines)) <= 120
    headings = [line for line in lines if line.startswith("**")]
    assert [heading.split("**")[1] for heading in headings] == ["Wrong", "Right", "What to do"]
    assert "Why it is refused: " in page(code)


@pytest.mark.parametrize("code", CODES)
def test_the_wrong_example_is_refused_with_its_code(code: str, tmp_path: Path) -> None:
    workspace = compiled(tmp_path, example(code, "Wrong"), DIALECTS.get(code))
    assert {fault.code for fault in workspace.diagnostics} == {code}, shown(workspace)


@pytest.mark.parametrize("code", CODES)
def test_the_right_example_compiles(code: str, tmp_path: Path) -> None:
    workspace = compiled(tmp_path, example(code, "Right"), DIALECTS.get(code))
    assert not errors(workspace), shown(workspace)
