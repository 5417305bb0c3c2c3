"""One entity of very many events within its windows: how long it takes to answer for it, beside one of a hundred."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb
from stream_side import StreamSide
from turns import Times, in_turns

from skewless.serve import FeatureServer

HOT, ORDINARY = -2, -3
"""The entities that are asked for."""
ORDINARY_EVENTS = 100
_ROUNDS, _CALLS = 20, 50
_SPAN = 13 * 86_400 * 1_000_000
"""Microseconds of 13 days: all events stay within the window of 14 while they are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HotKey:
    """Microseconds of `FeatureServer.get`, and seconds of the load."""

    events: int
    hot: Times
    ordinary: Times
    load: float


def measure(side: StreamSide, events: int) -> HotKey:
    """`side` has been written; its events are replaced by those of the two entities, over the last 13 days."""
    _write(side, events)
    begun = time.perf_counter()
    side.load()
    load = time.perf_counter() - begun
    server = FeatureServer.load(side.folder / "target" / "serving" / "activity.json")
    try:
        _compare(side, server)
        times = in_turns({"hot": _asking(server, HOT), "ordinary": _asking(server, ORDINARY)}, _ROUNDS, _CALLS)
    finally:
        server.close()
    return HotKey(events=events, hot=times["hot"], ordinary=times["ordinary"], load=load)


def _write(side: StreamSide, events: int) -> None:
    each = " UNION ALL ".join(
        f"SELECT {user} AS user_id, {count} AS many, i FROM range({count}) AS r(i)"
        for user, count in {HOT: events, ORDINARY: ORDINARY_EVENTS}.items()
    )
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT row_number() OVER () AS event_id, user_id, ts, i / 7.0 AS f1, i * 1.5 AS f2, ts AS loaded_at "
            f"FROM (SELECT user_id, i, TIMESTAMP '{side.now}' - to_microseconds((i + 1) * ({_SPAN} // many)) AS ts "
            f"FROM ({each}))) TO '{side.folder / 'events.parquet'}' (FORMAT parquet)"
        )


def _compare(side: StreamSide, server: FeatureServer) -> None:
    """The hot answer is that of a plain query over the same rows."""
    with duckdb.connect() as connection:
        expected = connection.execute(
            f"SELECT count(*) FILTER (WHERE ts >= $at::TIMESTAMP - INTERVAL 1 HOUR), "
            f"sum(f2) FILTER (WHERE ts >= $at::TIMESTAMP - INTERVAL 1 DAY), max(f2), min(f2) "
            f"FROM '{side.folder / 'events.parquet'}' WHERE user_id = {HOT} AND ts < $at::TIMESTAMP",
            {"at": side.now},
        ).fetchone()
    found = server.get([{"user_id": HOT}], as_of=side.now).values
    served = tuple(found[name][0] for name in ("n_1h", "sum_1d", "max_14d", "min_14d"))
    assert served == expected, f"served {served}, expected {expected}"


def _asking(server: FeatureServer, user: int) -> Callable[[int], Sequence[int]]:
    def ask(calls: int) -> Sequence[int]:
        times = []
        for _ in range(calls):
            begun = time.perf_counter_ns()
            server.get([{"user_id": user}])
            times.append(time.perf_counter_ns() - begun)
        return times

    return ask
