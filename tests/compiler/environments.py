"""A file of pinned requirements into an environment of its own below `target/`, which is made once."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]


def interpreter(requirements: Path) -> Path:
    """The Python that has what the file lists; another list has another environment."""
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    name = f"{requirements.stem}-{sys.version_info.major}.{sys.version_info.minor}-{digest}"
    folder = ROOT / "target" / name
    if not folder.exists():
        _install(folder, requirements)
    return folder / "bin" / "python"


def _install(folder: Path, requirements: Path) -> None:
    """Makes the environment aside: another process may be making it too."""
    folder.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(
        dir=folder.parent, prefix=f"{requirements.stem}-", ignore_cleanup_errors=True
    ) as aside:
        made = Path(aside, "made")
        venv.create(made, with_pip=True)
        pip = [str(made / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--requirement", str(requirements)], check=True)  # noqa: S603
        if not folder.exists():
            made.rename(folder)
