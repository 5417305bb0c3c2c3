"""Golden cases: a project in the sections of one file, and the diagnostics that compiling it prints.

A section begins with a line `-- @kind` or `-- @kind name` and ends where the next one begins:

    -- @model             features/v.sql; with a name, features/<name>.sql
    -- @properties        features/shop.yml in place of the small shop; with a name, a further features/<name>.yml
    -- @project           skewless.yml
    -- @macros            macros/macros.sql
    -- @dialect NAME      the engine that it is compiled for, DuckDB by default
    -- @diagnostics       what is printed, all of it
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from frontend.small_project import compiled, shown

CASES = Path(__file__).parent / "cases"
_DIALECT = re.compile(r"^-- @dialect (\w+)\n", re.MULTILINE)
_MARK = re.compile(r"^-- @(\w+)(?: (\w+))?\n", re.MULTILINE)


@dataclass(frozen=True)
class Golden:
    path: Path
    project: str
    """The sections that make the project, as they are written."""
    expected: str

    @property
    def code(self) -> str:
        """The code that the case is about: the name of its file up to a dot."""
        return self.path.stem.split(".")[0]

    @classmethod
    def read(cls, path: Path) -> Golden:
        project, _, expected = path.read_text(encoding="utf-8").partition("-- @diagnostics\n")
        return cls(path, project, expected.strip("\n"))

    def bless(self, printed: str) -> None:
        self.path.write_text(f"{self.project}-- @diagnostics\n{printed}\n", encoding="utf-8")

    def printed(self, root: Path) -> str:
        return shown(compiled(root, self.files(), self.dialect))

    @property
    def dialect(self) -> str | None:
        found = _DIALECT.search(self.project)
        return found[1] if found else None

    def files(self) -> dict[str, str]:
        _, *parts = _MARK.split(_DIALECT.sub("", self.project))
        return {_file(kind, name): text for kind, name, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True)}


def _file(kind: str, name: str | None) -> str:
    match kind:
        case "model":
            return f"features/{name or 'v'}.sql"
        case "properties":
            return f"features/{name or 'shop'}.yml"
        case "project":
            return "skewless.yml"
        case "macros":
            return "macros/macros.sql"
    raise ValueError(f"there is no section @{kind}")


def goldens() -> list[Golden]:
    return [Golden.read(path) for path in sorted(CASES.glob("*.sql"))]
