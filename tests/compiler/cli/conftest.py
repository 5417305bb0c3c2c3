"""Every test of this folder may have a shop of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_project import Shop, write_shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return write_shop(tmp_path / "shop")
