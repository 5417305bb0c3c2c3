"""What periods have measured, kept as JSON lines, so that PSI over time goes back further than the log.

A period of a feature is written again only when more of its rows have been counted than before, and of several lines
the one with the most rows counts: a run that saw half a day does not replace the whole day.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from skewless.ground.errors import SkewlessError
from skewless.monitor.result import MonitorResult, measures_dict
from skewless.tasks.results import cause_and_help

FOLDER = "monitor"
"""Below the target folder; a file for each service."""


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """What a period of a feature measured. Unknown keys are left for later releases."""

    feature: str
    start: dt.datetime
    every: int
    """Microseconds."""
    digest: str
    """Of the baseline: only values against equal ones are comparable."""
    rows: int
    psi: float | None = None
    kl: float | None = None
    js: float | None = None
    ks: float | None = None
    null_rate: float | None = None
    statuses: dict[str, float] = {}
    age_mean_seconds: float | None = None
    age_max_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Periods by feature, in order of time. `damaged` lines of the file could not be read."""

    periods: Mapping[str, Mapping[dt.datetime, Remembered]]
    damaged: int


def remember(path: Path, result: MonitorResult) -> History:
    """Adds a result to the history of its service; returns what is known about equal baselines and equal periods."""
    known, damaged = _read(path, result)
    new = [one for one in _of(result) if one.rows > _rows(known, one)]
    if new:
        _append(path, new)
    for one in new:
        known.setdefault(one.feature, {})[one.start] = one
    return History(periods={name: dict(sorted(found.items())) for name, found in known.items()}, damaged=damaged)


_Known = dict[str, dict[dt.datetime, Remembered]]


def _rows(known: _Known, one: Remembered) -> int:
    before = known.get(one.feature, {}).get(one.start)
    return 0 if before is None else before.rows


def _read(path: Path, result: MonitorResult) -> tuple[_Known, int]:
    known: _Known = {}
    damaged = 0
    decoder = msgspec.json.Decoder(Remembered)
    for line in _lines(path):
        try:
            one = decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            damaged += 1
            continue
        is_comparable = (one.digest, one.every) == (result.digest, result.every.microseconds)
        if is_comparable and one.rows > _rows(known, one):
            known.setdefault(one.feature, {})[one.start] = one
    return known, damaged


def _lines(path: Path) -> list[bytes]:
    try:
        return [line for line in path.read_bytes().split(b"\n") if line.strip()]
    except FileNotFoundError:
        return []
    except OSError as error:
        why, help_line = cause_and_help(error)
        raise SkewlessError(f"the history '{path}' cannot be read: {why}", help=help_line) from error


def _of(result: MonitorResult) -> Iterator[Remembered]:
    for watched in result.features:
        for start, measures in watched.periods.items():
            found = measures_dict(measures)
            yield Remembered(
                feature=watched.name, start=start, every=result.every.microseconds, digest=result.digest, **found
            )


def _append(path: Path, new: list[Remembered]) -> None:
    """In one write, and on a line of its own: a run that was killed may have left half a line."""
    lines = b"\n" + b"\n".join(msgspec.json.encode(one) for one in new) + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "ab", buffering=0) as file:
            file.write(lines)
            os.fsync(file.fileno())
    except OSError as error:
        why, help_line = cause_and_help(error)
        raise SkewlessError(f"the history '{path}' cannot be written: {why}", help=help_line) from error
