"""Stored rows of one entity into the values that hold at a moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skewless.contract.artifact import StoredInstance
from skewless.ground.dtypes import DataType
from skewless.serve.vector import Status
from skewless.stores.codec import RowCodec
from skewless.stores.keys import NOBODY

_MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Found:
    """The stored columns of one entity at one moment, and what explains them. `row` is None where nothing holds."""

    row: tuple[Any, ...] | None
    status: Status
    event_time: dt.datetime | None


class Lookup:
    """Reads one instance's stored rows: latest rows, or values of a tick."""

    def __init__(self, instance: StoredInstance) -> None:
        self.instance = instance
        names = [column.name for column in instance.columns]
        self.codec = RowCodec(tuple(DataType.parse(column.type) for column in instance.columns))
        self.places = {name: place for place, name in enumerate(names)}
        self._ttl = None if instance.ttl is None else dt.timedelta(microseconds=instance.ttl)
        self._lag = dt.timedelta(microseconds=instance.lag) + _MICROSECOND
        self._find = self._value if instance.layout == "values" else self._latest

    def find(self, keys: Sequence[bytes | None], stored: Mapping[bytes, bytes], moment: dt.datetime) -> list[Found]:
        """What holds for each key at the moment."""
        nobody = self._nobody(stored, moment) if self.instance.layout == "values" else _NOTHING
        return [
            nobody if key is None or (blob := stored.get(key)) is None else self._find(self.codec.decode(blob), moment)
            for key in keys
        ]

    def keys_beside(self) -> tuple[bytes, ...]:
        """Keys to read whatever is asked for."""
        return (NOBODY,) if self.instance.layout == "values" else ()

    def _latest(self, rows: list[tuple[Any, ...]], moment: dt.datetime) -> Found:
        """The rows are in the total order, so the last one that is visible is the latest."""
        for row in reversed(rows):
            if row[0] <= moment:
                event_time = row[1]
                if self._ttl is not None and event_time < moment - self._ttl:
                    return Found(None, "OUTSIDE_MAX_AGE", event_time)
                return Found(row, "PRESENT", event_time)
        return _NOTHING

    def _value(self, rows: list[tuple[Any, ...]], moment: dt.datetime) -> Found:
        """The newest tick that may be shown at the moment."""
        for row in reversed(rows):
            since, event_time, seen = row[0], row[1], row[2]
            if since <= moment:
                if not seen:
                    return Found(row, "NOT_FOUND", None)
                if self._ttl is not None and event_time < since - self._lag - self._ttl:
                    return Found(row, "OUTSIDE_MAX_AGE", event_time)
                return Found(row, "PRESENT", event_time)
        return _NOTHING

    def _nobody(self, stored: Mapping[bytes, bytes], moment: dt.datetime) -> Found:
        blob = stored.get(NOBODY)
        return _NOTHING if blob is None else self._value(self.codec.decode(blob), moment)


_NOTHING = Found(None, "NOT_FOUND", None)
