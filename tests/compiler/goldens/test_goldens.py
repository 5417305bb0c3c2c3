"""Generated SQL, held as text and executed: one file a case.

A case is a view (`-- @model`), its YAML with unit tests (`-- @properties`), and the SQL that is generated
(`-- @training duckdb`, `-- @state duckdb`, `-- @serving duckdb`). The unit tests run on both paths, so the text that is
held is text that gave the hand-written values. `pytest --bless` rewrites the SQL.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from skewless.tasks.sql import compile_view
from skewless.tasks.workspace import Options, Workspace, load_workspace
from skewless.verify.unit import run_unit_test

CASES = sorted((Path(__file__).parent / "cases").glob("*.sql"))
_SECTION = re.compile(r"^-- @(?P<name>[a-z]+)(?: duckdb)?\n", re.MULTILINE)
_GENERATED = ("training", "state", "serving")


def sections(text: str) -> dict[str, str]:
    """The parts of a case by name."""
    parts = _SECTION.split(text)
    return {name: body.strip("\n") for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def workspace_of(case: Path, folder: Path) -> Workspace:
    parts = sections(case.read_text(encoding="utf-8"))
    name = case.stem
    (folder / "features").mkdir()
    (folder / "features" / f"{name}.sql").write_text(parts["model"] + "\n", encoding="utf-8")
    (folder / "features" / "properties.yml").write_text(parts["properties"] + "\n", encoding="utf-8")
    (folder / "skewless.yml").write_text("name: golden\nversion: '1'\nprofile: golden\n")
    (folder / "profiles.yml").write_text("golden: {target: dev, outputs: {dev: {type: duckdb, threads: 1}}}\n")
    workspace = load_workspace(Options(project_dir=folder), {})
    workspace.check()
    return workspace


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_the_sql_is_the_one_that_was_read(case: Path, tmp_path: Path, bless: bool) -> None:
    workspace = workspace_of(case, tmp_path)
    compiled = compile_view(workspace.view(case.stem), workspace.views)
    generated = {stage: text for stage in _GENERATED if (text := getattr(compiled, stage)) is not None}
    text = case.read_text(encoding="utf-8")
    if bless:
        kept = text[
            : min(
                (found.start() for found in _SECTION.finditer(text) if found["name"] in _GENERATED), default=len(text)
            )
        ]
        blocks = [f"-- @{stage} duckdb\n{body}" for stage, body in generated.items()]
        case.write_text(kept.rstrip("\n") + "\n\n" + "\n".join(blocks), encoding="utf-8")
        return
    parts = sections(text)
    assert {stage: parts.get(stage) for stage in generated} == {
        stage: body.strip("\n") for stage, body in generated.items()
    }


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_the_sql_gives_the_values_worked_out_by_hand(case: Path, tmp_path: Path) -> None:
    workspace = workspace_of(case, tmp_path)
    assert workspace.files.unit_tests
    for test in workspace.files.unit_tests:
        result = run_unit_test(workspace, test)
        assert result.status == "pass", f"{result.message}\n{result.detail}"
