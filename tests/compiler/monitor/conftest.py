"""A service of one number, which is watched."""

from __future__ import annotations

from pathlib import Path

import pytest

from .served import NUMBER, RULES, Watched, write_watched


@pytest.fixture
def shop(tmp_path: Path) -> Watched:
    return write_watched(tmp_path / "shop", NUMBER, RULES)
