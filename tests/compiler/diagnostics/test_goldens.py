"""What is printed for each wrong project, to the letter. `pytest --bless` rewrites the cases that differ."""

from __future__ import annotations

from pathlib import Path

import pytest

from skewless.ground.codes import CODES

from .golden import Golden, goldens


@pytest.mark.parametrize("golden", goldens(), ids=lambda golden: golden.path.stem)
def test_diagnostics_are_printed(golden: Golden, tmp_path: Path, bless: bool) -> None:
    printed = golden.printed(tmp_path)
    if bless and printed != golden.expected:
        golden.bless(printed)
    assert printed == (printed if bless else golden.expected)
    assert f"[{golden.code}]" in printed, "a case prints the code that it is named after"


def test_every_code_has_a_golden() -> None:
    assert set(CODES) == {golden.code for golden in goldens()}


def test_every_fault_has_one_clear_sentence_and_a_place() -> None:
    for golden in goldens():
        for block in golden.expected.split("\n\n"):
            headline, *rest = block.split("\n")
            assert not headline.endswith("."), golden.path.name
            assert any(line.startswith("  --> ") for line in rest), golden.path.name
