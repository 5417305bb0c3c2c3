"""RESULTS.md, section by section: who measures a part again replaces its own section, and no other."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
_HEAD = """# Results

Each section is measured by itself and says on what: `make bench` for most, `make bench-serving` for the side by side with
Feast, `make bench-compile` for the one with dbt-core and
SQLMesh, `make bench-load` for the steady load, `make bench-stream` for streams, `make bench-monitor` for the monitor. Ratios travel to
other machines, seconds do not.
"""


def replace_section(section: str, path: Path = RESULTS) -> None:
    """Puts a section, which begins with its `## Title`, in the place of the one of that title, or at the end."""
    title = section.partition("\n")[0]
    assert title.startswith("## "), title
    sections = _sections(path.read_text(encoding="utf-8")) if path.exists() else {}
    sections[title] = section.strip()
    path.write_text("\n\n".join([_HEAD.strip(), *sections.values()]) + "\n", encoding="utf-8")


def measured_on(**versions: str) -> str:
    """The line that says on what a section was measured: versions by name, and how busy the machine is now."""
    named = [f"{name.replace('_', '-')} {version}" for name, version in versions.items()]
    busy = f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    return f"Measured on {platform.machine()}, Python {platform.python_version()}, {', '.join(named)}; {busy}."


def _sections(text: str) -> dict[str, str]:
    parts = re.split(r"(?m)^(?=## )", text)[1:]
    return {part.partition("\n")[0]: part.strip() for part in parts}
