"""Events into their streams in the order in which they became known, and how far they are surely consumed."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Sequence

import redis

from .flights import KNOWN, Event

_AHEAD = dt.timedelta(minutes=50)
"""How far ahead of what is consumed events are sent; a state can be asked for an hour before the newest row of it."""
_AT_ONCE = 20
Id = tuple[int, int]


class Replay:
    """Sends events in a thread of its own. Everything else is for one other thread."""

    def __init__(self, client: redis.Redis, events: Sequence[Event], group: str) -> None:
        self._client, self._events, self._group = client, events, group
        self._ids: list[Id] = []
        """Of the events that are sent."""
        self._consumed = 0
        """So many of the first events are surely consumed."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send)

    def __enter__(self) -> Replay:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def frontier(self) -> dt.datetime | None:
        """All that became known before it is in the state; None when everything is."""
        sent = len(self._ids)
        done = {source: self._done(source) for source in KNOWN}
        while self._consumed < sent and self._ids[self._consumed] < done[self._events[self._consumed].source]:
            self._consumed += 1
        return self._events[self._consumed].known if self._consumed < len(self._events) else None

    def _done(self, source: str) -> Id:
        """Every message before it is acknowledged. What is pending is asked for last: it is not less for that."""
        try:
            groups = {one["name"].decode(): one for one in self._client.xinfo_groups(source)}
            delivered = groups[self._group]["last-delivered-id"]
            pending = self._client.xpending(source, self._group)["min"]
        except (redis.ResponseError, KeyError):  # there is no such stream or no such group yet
            return (0, 0)
        time_, number = _parsed(delivered)
        after = (time_, number + 1)
        return after if pending is None else min(_parsed(pending), after)

    def _send(self) -> None:
        while len(self._ids) < len(self._events) and not self._stop.is_set():
            limit = self._events[self._consumed].known + _AHEAD
            place = len(self._ids)
            part = [one for one in self._events[place : place + _AT_ONCE] if one.known < limit]
            if not part:
                time.sleep(0.002)
                continue
            pipeline = self._client.pipeline(transaction=False)
            for one in part:
                pipeline.xadd(one.source, {"data": one.text})
            self._ids.extend(map(_parsed, pipeline.execute()))


def _parsed(place: bytes) -> Id:
    moment, _, number = place.decode().partition("-")
    return int(moment), int(number)
