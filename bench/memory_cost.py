"""What the state of 10,000 entities takes in Redis: the server's used memory before and after each is loaded."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from feast_side import FeastSide
from our_side import OurSide
from redis_side import RedisSide
from serving import EVENTS, USERS


@dataclass(frozen=True, slots=True)
class MemoryCost:
    """Bytes of used memory."""

    our_look_ups: int
    our_events: int
    feasts: int

    @property
    def our_look_ups_an_entity(self) -> float:
        return self.our_look_ups / USERS

    @property
    def our_events_an_entity(self) -> float:
        return self.our_events / USERS

    @property
    def our_event(self) -> float:
        return self.our_events / EVENTS

    @property
    def feasts_an_entity(self) -> float:
        return self.feasts / USERS

    @property
    def ratio(self) -> float:
        return self.our_look_ups / self.feasts


def load_both(redis: RedisSide, ours: OurSide, feasts: FeastSide) -> MemoryCost:
    """Loads both sides, each into a database that was empty, and everything that is measured later with them."""
    return MemoryCost(
        our_look_ups=_growth(redis, lambda: ours.load("profile")),
        our_events=_growth(redis, lambda: ours.load("activity")),
        feasts=_growth(redis, feasts.prepare),
    )


def _growth(redis: RedisSide, load: Callable[[], object]) -> int:
    before = _settled(redis)
    load()
    return _settled(redis) - before


def _settled(redis: RedisSide) -> int:
    """The buffers of clients that have gone are freed a moment later."""
    time.sleep(1)
    return redis.used_memory()
