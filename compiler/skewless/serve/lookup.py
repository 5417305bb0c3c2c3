"""Stored rows of entities into the columns that hold at a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from skewless.contract.artifact import StoredInstance
from skewless.ground.dtypes import DataType
from skewless.serve.vector import Explained, Status
from skewless.stores.keys import NOBODY
from skewless.stores.rows import VISIBLE_TO, Row, RowCodec, count_stamps


@dataclass(frozen=True, slots=True)
class Held:
    """The stored columns of one instance, a value for each row of the request, and what explains them."""

    columns: Sequence[Sequence[Any]]
    explained: Explained


class Lookup:
    """Reads one instance's stored rows: latest rows, or values of a tick."""

    def __init__(self, instance: StoredInstance) -> None:
        self.instance = instance
        self.places = {column.name: place for place, column in enumerate(instance.columns)}
        self.keys_beside = (NOBODY,) if instance.layout == "values" else ()
        """Keys to read whatever is asked for, after the others."""
        stamps = count_stamps(column.name for column in instance.columns)
        types = [DataType.parse(column.type) for column in instance.columns]
        codec = RowCodec(types, stamps=stamps, is_written=instance.is_written)
        self._decode = codec.decode
        self._no_rows = codec.no_rows
        self._until = self.places.get(VISIBLE_TO)
        self._nothing = (None,) * len(instance.columns)
        self._is_values = instance.layout == "values"
        # A tick's rows are those that were visible at the tick, which is `lag` and a microsecond before it is shown.
        self._behind = instance.lag + 1 if self._is_values else 0

    def find(self, blobs: Sequence[bytes | None], at: int) -> Held:
        """What holds at a moment, in microseconds since 1970, for each key that was read; `keys_beside` end them."""
        otherwise = self._no_rows
        if self._is_values:
            *blobs, nobody = blobs
            otherwise = otherwise if nobody is None else nobody
        if None in blobs:
            blobs = [otherwise if blob is None else blob for blob in blobs]
        entities = self._decode(blobs)  # type: ignore[arg-type]
        if set(map(len, entities)) == {1}:
            columns = [*map(list, zip(*[rows[0] for rows in entities], strict=True))]
            if self._all_hold(columns, at):
                return Held(columns, Explained(None, columns[1]))
        return self._each(entities, at)

    def _all_hold(self, columns: Sequence[Sequence[Any]], at: int) -> bool:
        """Whether every entity's only row is there to be shown; if in doubt, each is looked at by itself."""
        since, event_times = columns[0], columns[1]
        if self._until is not None and any(until is not None for until in columns[self._until]):
            return False
        if max(since) > at or (self._is_values and min(columns[2]) == 0):
            return False
        ttl = self.instance.ttl
        return ttl is None or min(event_times) >= (max(since) - self._behind if self._is_values else at) - ttl

    def _each(self, entities: Sequence[Sequence[Row]], at: int) -> Held:
        choose = self._value if self._is_values else self._latest
        chosen = [choose(rows, at) for rows in entities]
        rows = [row for row, _, _ in chosen]
        columns = [*map(list, zip(*rows, strict=True))] if rows else [[] for _ in self._nothing]
        return Held(columns, Explained([status for _, status, _ in chosen], [time for _, _, time in chosen]))

    def _latest(self, rows: Sequence[Row], at: int) -> tuple[Row, Status, int | None]:
        """The rows are in the total order, so the last one that is visible is the latest."""
        until = self._until
        for row in reversed(rows):
            if row[0] <= at and (until is None or row[until] is None or at < row[until]):
                return self._unless_old(row, at)
        return self._nothing, "NOT_FOUND", None

    def _value(self, rows: Sequence[Row], at: int) -> tuple[Row, Status, int | None]:
        """The newest tick that may be shown at the moment."""
        for row in reversed(rows):
            since, _, seen = row[:3]
            if since <= at:
                return self._unless_old(row, since - self._behind) if seen else (row, "NOT_FOUND", None)
        return self._nothing, "NOT_FOUND", None

    def _unless_old(self, row: Row, at: int) -> tuple[Row, Status, int | None]:
        event_time, ttl = row[1], self.instance.ttl
        if ttl is None or event_time >= at - ttl:
            return row, "PRESENT", event_time
        return row if self._is_values else self._nothing, "OUTSIDE_MAX_AGE", event_time
