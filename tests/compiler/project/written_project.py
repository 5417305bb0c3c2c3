"""A project in a temporary folder, written file by file, and its faults as lines of text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

from skewless.ground.diagnostics import Diagnostic
from skewless.project.discover import ReadProject, read_project
from skewless.project.model import Target
from skewless.project.profiles import read_target


@dataclass
class WrittenProject:
    root: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    def write(self, path: str, text: str | bytes) -> WrittenProject:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else dedent(text).lstrip("\n").encode())
        return self

    def read(self, **cli_vars: Any) -> ReadProject:
        return read_project(self.root, environ=self.environ, cli_vars=cli_vars)

    def faults(self) -> list[str]:
        return [shown(diagnostic) for diagnostic in self.read().diagnostics]

    def faults_of(self, text: str) -> list[str]:
        """The faults of one properties file, `f.yml`."""
        return self.write("features/f.yml", text).faults()

    def target(self, **options: Any) -> Target:
        options = {"profiles_dir": None, "profile": None, "target": None, "environ": self.environ, **options}
        return read_target(self.read().files, **options)


def shown(diagnostic: Diagnostic) -> str:
    """`unknown-key 3:5-9 sentence | help`; the end only where it is in the same line."""
    span = diagnostic.span
    assert span is not None
    end = f"-{span.end_column}" if span.end_line == span.line else ""
    hint = f" | {diagnostic.help}" if diagnostic.help else ""
    file = "" if span.file.endswith("/f.yml") else f"{span.file}:"
    return f"{diagnostic.code} {file}{span.line}:{span.column}{end} {diagnostic.message}{hint}"
