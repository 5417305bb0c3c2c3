"""Folders into sorted lists of files, and files into text with a digest of their bytes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from skewless.ground.diagnostics import Severity
from skewless.ground.spans import Span
from skewless.project.checking import Checker


class ProjectFolder:
    """The files below a project's root. Paths are relative to it, with forward slashes."""

    def __init__(self, root: Path, checker: Checker) -> None:
        self.root = root
        self.digests: dict[str, str] = {}
        """sha256 of the bytes of each file that was read; a file that cannot be read has none."""
        self._checker = checker

    def find(self, folders: Iterable[str], suffixes: tuple[str, ...], *, skip: str) -> list[str]:
        """Files below the folders, in order of their paths, each once; not those below `skip`."""
        found: set[str] = set()
        for folder in folders:
            top = os.path.normpath(self.root / folder)
            found.update(path for path in _files(top, suffixes, os.path.normpath(skip), frozenset()))
        return sorted(Path(os.path.relpath(path, self.root)).as_posix() for path in found)

    def exists(self, folder: str) -> bool:
        return (self.root / folder).is_dir()

    def text(self, path: str, *, if_empty: Severity = "error") -> str | None:
        """The text of a file, without its byte order mark and with `\\n` at the end of lines; None if there is none."""
        try:
            content = (self.root / path).read_bytes()
        except OSError as error:
            self._report(path, f"the file cannot be read: {error.strerror}")
            return None
        self.digests[path] = sha256(content).hexdigest()
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = content[: error.start].decode("utf-8-sig")
            line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
            message, hint = "the file is not UTF-8 text", "save it with the encoding UTF-8"
            self._report(path, message, line=line, column=column, hint=hint)
            return None
        if not text.strip():
            self._report(path, "the file is empty", hint="write something in it, or delete it", severity=if_empty)
            return None
        return text.replace("\r\n", "\n")

    def _report(
        self,
        path: str,
        message: str,
        *,
        line: int = 1,
        column: int = 1,
        hint: str | None = None,
        severity: Severity = "error",
    ) -> None:
        self._checker.report("unreadable-file", message, Span.at(path, line, column), hint, severity=severity)


def _files(folder: str, suffixes: tuple[str, ...], skip: str, above: frozenset[str]) -> Iterator[str]:
    """Links are followed, as dbt does, but never in a circle; names that begin with a dot are left alone."""
    real = os.path.realpath(folder)
    if real in above or folder == skip or not os.path.isdir(folder):
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                yield from _files(entry.path, suffixes, skip, above | {real})
            elif entry.name.lower().endswith(suffixes):
                yield entry.path
