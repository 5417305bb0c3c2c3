"""Every test of this folder may have a project of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from written_project import WrittenProject


@pytest.fixture
def project(tmp_path: Path) -> WrittenProject:
    return WrittenProject(tmp_path).write("skewless.yml", "name: shop\n")
