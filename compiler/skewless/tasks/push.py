"""`push`: rows of a file into the online state of every view that reads their source."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from skewless.ground.errors import UsageError
from skewless.ingest.rejects import keep_rejects
from skewless.ingest.writer import SourceWriter
from skewless.ingest.written import Rejected
from skewless.tasks.push_files import Piece

_REASONS = 1_000
"""Reasons that are told apart: most hold a value, and there may be as many as rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What became of a file's rows. `rejected` counts those that were kept in the file `rejects`, and `reasons` why,
    but for the last of very many."""

    rows: int
    rejected: int
    reasons: Mapping[str, int]
    entities: Mapping[str, int]
    """View to how many of its entities were written, each again for every part of the file that has rows of it."""
    unloaded: tuple[str, ...]
    """Views that have no state that could be written to."""
    rejects: Path | None


def push(
    writer: SourceWriter,
    pieces: Iterable[Piece],
    rejects: Path,
    clock: Callable[[], dt.datetime],
    told: Callable[[int, int], None] | None = None,
) -> Pushed:
    """Writes the rows piece by piece; those that are refused are added to a file of JSON lines, each with its reason.

    Stopped at any point, what was written stays written, and to push the file again changes nothing of it. `clock`
    gives the present as naive UTC. `told` hears after each piece how many rows were accepted and refused.
    """
    rows, refused = 0, 0
    reasons: Counter[str] = Counter()
    entities: Counter[str] = Counter()
    unloaded: dict[str, None] = {}
    for piece in pieces:
        written = writer.push(piece.rows, clock())
        rejected = [*piece.rejected, *map(piece.on_its_line, written.rejected)]
        if rejected:
            _keep(rejects, rejected, clock())
        rows, refused = rows + written.rows, refused + len(rejected)
        reasons.update(one.reason for one in rejected if one.reason in reasons or len(reasons) < _REASONS)
        entities.update(written.entities)
        unloaded |= dict.fromkeys(written.unloaded)
        if told is not None:
            told(rows, refused)
    return Pushed(
        rows=rows,
        rejected=refused,
        reasons=reasons,
        entities=entities,
        unloaded=tuple(unloaded),
        rejects=rejects if refused else None,
    )


def _keep(path: Path, rejected: Iterable[Rejected], now: dt.datetime) -> None:
    try:
        keep_rejects(path, rejected, now)
    except OSError as error:
        raise UsageError(
            f"rows that were refused cannot be kept in '{path}': {error.strerror}",
            help="choose another: --rejects FILE",
        ) from error
