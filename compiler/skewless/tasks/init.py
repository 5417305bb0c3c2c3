"""A name into a new project folder that compiles, tests and builds at once."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path

from skewless.ground.errors import SkewlessError, UsageError
from skewless.project.project_file import new_identity
from skewless.tasks.results import cause_and_help, write_files

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_STARTER, _ID = "starter", "starter_id"
_DOTTED = "gitignore"


def create_project(folder: Path, starter: Traversable, now: dt.datetime) -> tuple[str, ...]:
    """Writes the starter's files into a new or empty folder; returns their paths.

    The name of the folder becomes the project's, and a part of its `id`, which no other project has. The rows of the
    starter's CSV files are moved in time so that the last one is an hour before `now` (naive UTC): there is something
    to look at. Raises UsageError when it cannot be done.
    """
    name = folder.name
    if not _NAME.fullmatch(name):
        suggestion = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower() or "my_project"
        raise UsageError(
            f"'{name}' is no name for a project: letters, digits and underscores, and no digit first",
            help=f"skewless init {suggestion if not suggestion[0].isdigit() else f'project_{suggestion}'}",
        )
    _refuse_what_is_there(folder)
    files = {path: _adapted(path, text, name, now) for path, text in _texts(starter, "")}
    write_files({folder / path: text for path, text in files.items()})
    return tuple(files)


def _refuse_what_is_there(folder: Path) -> None:
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError(
                f"'{folder}' exists already" + (", and is not empty" if folder.is_dir() else ", and is a file"),
                help="give another name; nothing was written",
            )
    except OSError as error:
        why, help_line = cause_and_help(error)
        raise SkewlessError(f"'{folder}' cannot be read: {why}", help=help_line) from error


def _texts(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        name = f".{entry.name}" if entry.name == _DOTTED else entry.name
        if entry.is_dir() and not entry.name.startswith("__"):
            yield from _texts(entry, f"{prefix}{name}/")
        elif entry.is_file():
            yield f"{prefix}{name}", entry.read_text(encoding="utf-8")


def _adapted(path: str, text: str, name: str, now: dt.datetime) -> str:
    if path.endswith(".csv"):
        return _moved(text, now)
    return re.sub(rf"\b{_STARTER}\b", name, text).replace(_ID, new_identity(name))


def _moved(text: str, now: dt.datetime) -> str:
    """The CSV with every moment later by the same whole number of hours."""
    rows = list(csv.DictReader(io.StringIO(text)))
    moments = [moment for row in rows for moment in _moments(row).values()]
    latest = now.replace(minute=0, second=0, microsecond=0) - dt.timedelta(hours=1)
    shift = latest - max(moments).replace(minute=0, second=0)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, **{key: str(value + shift) for key, value in _moments(row).items()}} for row in rows)
    return out.getvalue()


def _moments(row: Mapping[str, str]) -> dict[str, dt.datetime]:
    return {key: dt.datetime.fromisoformat(value) for key, value in row.items() if key.endswith("_at")}
