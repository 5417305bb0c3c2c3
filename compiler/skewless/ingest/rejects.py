"""Rows that were refused into files of JSON lines, each with its reason, so that somebody can repair and push them."""

from __future__ import annotations

import datetime as dt
import json
import math
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from skewless.ingest.written import Rejected


def rejects_path(folder: Path, source: str) -> Path:
    """Where the refused rows of a source are kept."""
    return folder / f"{source}.jsonl"


def keep_rejects(path: Path, rejected: Iterable[Rejected], now: dt.datetime) -> None:
    """Adds rows, reasons and the moment, which is naive UTC. Raises OSError when they cannot be written.

    All lines are one write at the end of the file, so those of several processes do not run into each other.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = memoryview(b"".join(_line(one, now) for one in rejected))
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        while lines:
            lines = lines[os.write(file, lines) :]
    finally:
        os.close(file)


def _line(one: Rejected, now: dt.datetime) -> bytes:
    known = {"view": one.view, "line": one.line}
    kept = {"at": f"{now.isoformat()}Z", "reason": one.reason, **{key: told for key, told in known.items() if told}}
    try:
        row = {name: _plain(value) for name, value in one.row.items()}
        text = json.dumps({**kept, "row": row}, ensure_ascii=False, default=_shown)
    except RecursionError:  # a value that is nested this deep is of no type that columns have
        text = json.dumps({**kept, "row": None}, ensure_ascii=False)
    return text.encode(errors="backslashreplace") + b"\n"


def _plain(value: Any) -> Any:
    """JSON has no number for NaN and infinities, and `push` takes them as text."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _shown(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
