"""The page about `verify` lists the planted faults, all of them and no others."""

from __future__ import annotations

import re
from pathlib import Path

from .faults import FAULTS

PAGE = Path(__file__).parents[3] / "docs/how-to/verify-a-project.md"
_ROW = re.compile(r"^\| ([a-z -]+) \| (training|serving) \| `(\w+)` \| \d+ \| \d+ \|$", re.MULTILINE)


def test_the_table_of_faults_is_that_of_the_code() -> None:
    listed = _ROW.findall(PAGE.read_text(encoding="utf-8"))
    assert listed == [(name.replace("_", " "), one.path, one.view) for name, one in FAULTS.items()]
