"""Rows that are pushed into the online state, and what their sender is told of them."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from skewless.contract.source_plan import full_source_name
from skewless.ground.errors import UsageError
from skewless.ingest.rejects import keep_rejects, rejects_path
from skewless.ingest.rows import checked_rows, with_places
from skewless.ingest.writer import SourceWriter
from skewless.ingest.written import Rejected
from skewless.serve.http.catalogue import Catalogue
from skewless.serve.http.metrics import Metrics
from skewless.serve.http.note import Note
from skewless.serve.http.push_form import Push, columns_of, decode_push
from skewless.serve.http.refusal import NO_PUSH_SOURCE, Refusal

_TOLD, _LONGEST = 100, 300
"""So many refused rows are told of, with so many characters of a reason: it may repeat what was sent."""
_REJECTS_BYTES = 256 * 1024 * 1024
"""How long a file of refused rows may become: whoever pushes must not fill the disk."""
Refused = Mapping[int, Sequence[Rejected]]
"""Places of rows, from 0, to why they were refused: by the source, or by views of it."""


class Pushes:
    """Takes rows for every source of a catalogue. Safe to share between threads, and meant for few of them: each
    has prepared statements for each view."""

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        most_rows: int,
        metrics: Metrics,
        clock: Callable[[], dt.datetime],
        rejects: Path | None = None,
    ) -> None:
        self._sources = catalogue.sources
        self._most_rows = most_rows
        self._metrics = metrics
        self._clock = clock
        self._rejects = rejects

    def answer(self, note: Note, body: bytes) -> bytes:
        """Writes the rows of a body; the answer is empty where all were taken, as Feast's is.

        Raises Refusal where none was, or a SkewlessError. What is asked again after an error is written once.
        """
        push = decode_push(body)
        writer = self._writer(push)
        note.source = writer.plan.source
        columns = columns_of(push, writer.plan)
        note.rows = rows = max(map(len, columns.values()), default=0)
        if rows > self._most_rows:
            raise Refusal(413, f"the request has {rows:,} rows, and the limit is {self._most_rows:,}")
        refused = self._write(writer, columns, note)
        note.refused = len(refused)
        self._metrics.pushed(note.source, rows - len(refused), len(refused))
        if not refused:
            return b""
        self._keep(note, refused)
        followed = len(writer.plan.views) - len(note.unloaded)
        if len(refused) == rows and all(_is_nowhere(several, followed) for several in refused.values()):
            raise Refusal(422, f"no row was taken: {_summary(refused)}")
        return _told(rows - len(refused), refused)

    def _writer(self, push: Push) -> SourceWriter:
        try:
            writer = self._sources[full_source_name(push.push_source_name, self._sources)]
        except UsageError as error:
            message = f"{error.message}; {error.help}" if error.help else error.message
            raise Refusal(422, message, kind=NO_PUSH_SOURCE) from error
        if push.to != "online":
            raise Refusal(
                422,
                f"to is '{push.to}', and this server writes the online state only: send 'online'. Rows get to the "
                f"warehouse by what loads the table or the files of {writer.plan.source} there",
            )
        if not writer.plan.views:
            reasons = "; ".join(f"{view}: {reason}" for view, reason in writer.plan.others.items())
            raise Refusal(422, f"no view follows the rows of {writer.plan.source}, skewless run keeps them: {reasons}")
        return writer

    def _write(self, writer: SourceWriter, columns: Mapping[str, list[Any]], note: Note) -> Refused:
        try:
            checked = checked_rows(writer.plan, columns, self._clock())
        except RecursionError as error:
            raise Refusal(422, "a value in df is nested too deep") from error
        refused: dict[int, list[Rejected]] = {place: [one] for place, one in checked.rejected.items()}
        if checked.table.num_rows:
            written = writer.write(checked.table)
            note.unloaded = written.unloaded
            for place, one in with_places(checked, written.rejected):
                refused.setdefault(place, []).append(one)
        return dict(sorted(refused.items()))

    def _keep(self, note: Note, refused: Refused) -> None:
        """What cannot be kept does not fail the request: its sender is told of the rows, and has them."""
        if self._rejects is None:
            return
        path = rejects_path(self._rejects, note.source)
        try:
            if path.exists() and path.stat().st_size > _REJECTS_BYTES:
                note.error = f"{note.refused} refused rows are not kept: '{path}' is full; move it away"
            else:
                keep_rejects(path, (one for several in refused.values() for one in several), self._clock())
        except OSError as error:
            note.error = f"{note.refused} refused rows are not kept: '{path}' cannot be written: {error.strerror}"
        if note.error:
            print(note.error, file=sys.stderr)  # noqa: T201 - the access log may be off


def _is_nowhere(several: Sequence[Rejected], views: int) -> bool:
    """Whether a row was refused by its source, or by so many views as follow that."""
    return several[0].view is None or len(several) == views


def _told(accepted: int, refused: Refused) -> bytes:
    places = list(refused)
    told: dict[str, Any] = {
        "accepted": accepted,
        "rejected": [{"row": place, "reason": _reason(refused[place])} for place in places[:_TOLD]],
    }
    if len(places) > _TOLD:
        told["not_shown"] = len(places) - _TOLD
    return json.dumps(told, ensure_ascii=False).encode()


def _summary(refused: Refused) -> str:
    """Why rows were refused, where all were."""
    places: dict[str, list[int]] = {}
    for place, several in refused.items():
        places.setdefault(_reason(several), []).append(place)
    shown = [
        f"{reason} (row {found[0]}{f' and {len(found) - 1:,} more' if len(found) > 1 else ''})"
        for reason, found in list(places.items())[:3]
    ]
    return "; ".join(shown) + (f"; and {len(places) - 3:,} other reasons" if len(places) > 3 else "")


def _reason(several: Sequence[Rejected]) -> str:
    words = "; ".join(
        f"the view '{one.view}' cannot take it: {one.reason}" if one.view else one.reason for one in several
    )
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}..."
