"""What commands leave in the target folder: files that are there as a whole or not at all, and run_results.json."""

from __future__ import annotations

import datetime as dt
import errno
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from skewless.ground.errors import SkewlessError

RESULTS = "run_results.json"
RESULTS_FORMAT = 1
Outcome = Literal["success", "error", "skipped", "pass", "fail", "warn"]
_PARTIAL = ".partial"
_HELP: Mapping[int, str] = {
    errno.EACCES: "allow writing there, or write elsewhere: --target-path DIR",
    errno.EPERM: "allow writing there, or write elsewhere: --target-path DIR",
    errno.EROFS: "the file system is read-only; write elsewhere: --target-path DIR",
    errno.ENOSPC: "free some space; what was there before is unchanged",
    errno.EDQUOT: "free some space; what was there before is unchanged",
    errno.ENOTDIR: "a file stands where a folder is needed; move it, or write elsewhere: --target-path DIR",
    errno.EEXIST: "a file stands where a folder is needed; move it, or write elsewhere: --target-path DIR",
    errno.EISDIR: "a folder stands where a file is needed; move it, or write elsewhere: --target-path DIR",
    errno.ENAMETOOLONG: "the path is too long; write elsewhere: --target-path DIR",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one node."""

    unique_id: str
    status: Outcome
    seconds: float
    message: str = ""
    failures: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def write_files(files: Mapping[Path, str]) -> None:
    """Writes all of the files or none: each aside first, then every one of them is renamed. Those that hold their text
    already are left alone.

    Raises SkewlessError when one cannot be written; what was there before is then unchanged.
    """
    changed = {path: data for path, text in files.items() if not _holds(path, data := text.encode())}
    asides = {path: path.with_name(f".{path.name}{_PARTIAL}") for path in changed}
    current = next(iter(changed), Path())
    try:
        for folder in dict.fromkeys(path.parent for path in changed):
            current = folder
            folder.mkdir(parents=True, exist_ok=True)
        for path, data in changed.items():
            current = path
            asides[path].write_bytes(data)
        for path in changed:
            current = path
            asides[path].replace(path)
            del asides[path]
    except OSError as error:
        why, help_line = cause_and_help(error)
        raise SkewlessError(f"'{current}' cannot be written: {why}", help=help_line) from error
    finally:
        for aside in asides.values():
            _forget(aside)


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False


def cause_and_help(error: OSError) -> tuple[str, str | None]:
    """The system's own words, and what to do."""
    return error.strerror or str(error), _HELP.get(error.errno or 0)


def run_results(
    command: str, arguments: Sequence[str], results: Sequence[Result], *, started: dt.datetime, seconds: float
) -> dict[str, Any]:
    """The content of run_results.json, in dbt's words. `started` is naive UTC."""
    from skewless.tasks.bundles import package_versions

    return {
        "metadata": {
            "schema_version": RESULTS_FORMAT,
            "versions": package_versions(),
            "generated_at": stamp(started + dt.timedelta(seconds=seconds)),
            "started_at": stamp(started),
        },
        "args": {"command": command, "arguments": list(arguments)},
        "results": [
            {
                "unique_id": one.unique_id,
                "status": one.status,
                "execution_time": round(one.seconds, 6),
                "message": one.message,
                "failures": one.failures,
                **one.details,
            }
            for one in results
        ],
        "elapsed_time": round(seconds, 6),
    }


def write_results(target_path: Path, content: Mapping[str, Any]) -> None:
    """Writes run_results.json."""
    write_files({target_path / RESULTS: as_json(content)})


def as_json(value: Any) -> str:
    """JSON as files hold it: indented, one line at the end; what JSON does not know becomes text."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n"


def stamp(moment: dt.datetime) -> str:
    """A naive UTC moment as ISO 8601 with its zone."""
    return f"{moment.isoformat()}Z"


def _forget(aside: Path) -> None:
    try:
        os.unlink(aside)
    except OSError:
        return
