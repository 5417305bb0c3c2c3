"""Whether anything that a compilation read or wrote has changed since: answered without reading the project.

The answer costs the hashes of the project's files and nothing else, so this module imports the standard library only.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

FILE = ".unchanged.json"
_FORMAT = 1
_PROJECT = "skewless.yml"
_SUFFIXES = (".sql", ".yml", ".yaml", ".csv")
_TARGET = re.compile(r"^target-path:[ \t]*(?P<path>[\w./-]+)[ \t]*(?:#.*)?$", re.MULTILINE)


def compiled_before(
    project_dir: Path, target_path: Path | None, key: list[str], environ: Mapping[str, str]
) -> int | None:
    """How many views an equal compilation wrote that is still there in full; None when there is something to do.

    `key` holds all that the result depends on beside files and environment: the command's arguments and versions.
    """
    root = _root(project_dir)
    text = _read(root / _PROJECT) if root is not None else None
    if root is None or text is None:
        return None
    found = _TARGET.search(text.decode(errors="replace"))
    target = target_path if target_path is not None else root / (found["path"] if found else "target")
    stamp = _stamp(target / FILE)
    if stamp is None or stamp["key"] != key or stamp["root"] != str(root):
        return None
    same = (
        all(environ.get(name) == value for name, value in stamp["environment"].items())
        and stamp["present"] == present(root, stamp["folders"])
        and all(_digest(Path(path)) == digest for path, digest in stamp["files"].items())
        and all(_signature(Path(path)) == signature for path, signature in stamp["outputs"].items())
    )
    return int(stamp["views"]) if same else None


def remember(
    target: Path,
    *,
    key: list[str],
    root: Path,
    folders: Iterable[str],
    before: str,
    files: Mapping[Path, str],
    profiles: Iterable[Path],
    environment: Mapping[str, str | None],
    outputs: Iterable[Path],
    views: int,
) -> None:
    """Writes down what a compilation read and wrote.

    `before` is what was `present` when it began, and `files` are the digests of files as it read them: what has been
    edited since is a change. `environment` must hold no secret: it is kept in plain text.
    """
    stamp = {
        "format": _FORMAT,
        "key": key,
        "root": str(root),
        "folders": list(folders),
        "present": before,
        "files": {str(path): digest for path, digest in files.items()} | {str(one): _digest(one) for one in profiles},
        "environment": dict(environment),
        "outputs": {str(path): _signature(path) for path in outputs},
        "views": views,
    }
    aside = target / f"{FILE}.partial"
    aside.write_text(json.dumps(stamp), encoding="utf-8")
    aside.replace(target / FILE)


def forget(target: Path) -> None:
    """What was compiled is no longer known to be there."""
    (target / FILE).unlink(missing_ok=True)


def present(root: Path, folders: Iterable[str]) -> str:
    """A digest of the names of all files that a project could be made of: a new file is a change."""
    names = [path for folder in folders for path in _files(root / folder)]
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()


def _files(folder: Path) -> Iterator[str]:
    """Links are followed, as they are when the project is read; each folder is looked at once."""
    seen: set[str] = set()
    for place, below, found in os.walk(folder, followlinks=True):
        if (real := os.path.realpath(place)) in seen:
            below.clear()
            continue
        seen.add(real)
        below.sort()
        yield from (os.path.join(place, name) for name in found if name.lower().endswith(_SUFFIXES))


def _root(folder: Path) -> Path | None:
    absolute = folder.absolute()
    return next((place for place in (absolute, *absolute.parents) if (place / _PROJECT).is_file()), None)


def _stamp(path: Path) -> dict[str, Any] | None:
    text = _read(path)
    try:
        stamp = None if text is None else json.loads(text)
    except ValueError:
        return None
    return stamp if isinstance(stamp, dict) and stamp.get("format") == _FORMAT else None


def _digest(path: Path) -> str | None:
    data = _read(path)
    return None if data is None else hashlib.sha256(data).hexdigest()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _signature(path: Path) -> list[int] | None:
    """Size and time of an output: enough to see that somebody touched it."""
    try:
        status = path.stat()
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns]
