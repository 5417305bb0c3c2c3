"""Rows through `skewless stream` into Redis: how many a second, how long each takes, what it costs. Run by `make bench-stream`."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import hot_key
from hot_key import HotKey
from processes import CLIENTS, Client
from redis_side import own_redis
from results import measured_on, replace_section
from stream_side import MARKER, RULES, STREAM, USERS, StreamSide
from turns import percentile

from skewless.serve import FeatureServer

_ROWS, _RATE, _SECONDS, _EVERY = 300_000, 5_000, 30, 0.05
_HOT_EVENTS = 1_000_000
_AT_LEAST, _AT_MOST, _HOT_AT_MOST = 15_000, 250, 5
"""What is aimed at: rows a second of one process, milliseconds until 99 of 100 rows are visible, and those of a hot answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """Of one kind of source: seconds by number of processes, and bytes of the state before and after."""

    seconds: dict[int, float]
    bare: float
    loaded: int
    grown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    measured_on: str
    rows: int
    streamed: dict[str, Streamed]
    delays: dict[str, list[int]]
    """Nanoseconds from when a row is sent until it is visible, by kind of source."""
    hot: dict[str, HotKey]


def measure(folder: Path, rows: int, seconds: float) -> Found:
    on = measured_on(DuckDB=version("duckdb"), redis_py=version("redis"), hiredis=version("hiredis"))
    streamed, delays, hot = {}, {}, {}
    for kind in RULES:
        with own_redis(folder / kind / "redis") as redis:
            now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
            side = StreamSide(folder=folder / kind / "project", redis=redis, now=now)
            side.write(kind)
            streamed[kind] = _streamed(side, rows)
            print(f"bench-stream: {kind}: {streamed[kind]}", file=sys.stderr, flush=True)
            delays[kind] = _delays(side, seconds)
            print(f"bench-stream: {kind}: {_milliseconds(delays[kind])}", file=sys.stderr, flush=True)
            hot[kind] = hot_key.measure(side, _HOT_EVENTS)
            print(f"bench-stream: {kind}: {hot[kind]}", file=sys.stderr, flush=True)
    return Found(measured_on=on, rows=rows, streamed=streamed, delays=delays, hot=hot)


def _streamed(side: StreamSide, rows: int) -> Streamed:
    side.redis.client.flushall()
    empty = side.redis.used_memory()
    side.load()
    loaded = side.redis.used_memory() - empty
    seconds = {count: side.seconds_of(rows, count) for count in (2, 1)}
    bare = side.seconds_bare(rows)
    side.redis.client.delete(STREAM)
    return Streamed(seconds=seconds, bare=bare, loaded=loaded, grown=side.redis.used_memory() - empty - loaded)


def _delays(side: StreamSide, seconds: float) -> list[int]:
    """A producer sends at a steady rate; how long after each row of one user the user's count has grown."""
    side.load()
    server = FeatureServer.load(side.folder / "target" / "serving" / "activity.json")
    producer = [sys.executable, str(CLIENTS / "producer.py"), str(side.redis.port)]
    with side.consumers(1), Client(producer, side.folder, os.environ) as client:
        settings = {"rate": _RATE, "every": _EVERY, "marker": MARKER, "users": USERS}
        client.ask("send", seconds=3, **settings)  # the first batches of a process, which do not count
        time.sleep(2)
        before = _count(server)
        marked: list[int] = []
        thread = threading.Thread(target=lambda: marked.extend(client.ask("send", seconds=seconds, **settings)))
        thread.start()
        seen = _seen(server, before, round(seconds / _EVERY))
        thread.join()
    server.close()
    return [there - sent for sent, there in zip(marked, seen, strict=True)]


def _seen(server: FeatureServer, before: int, wanted: int) -> list[int]:
    """For each further row of the marker's entity, when it was seen first: nanoseconds of the monotonic clock."""
    seen: list[int] = []
    deadline = time.monotonic() + 300
    while len(seen) < wanted:
        assert time.monotonic() < deadline, f"{len(seen)} of {wanted} rows are visible"
        count = _count(server)
        seen += [time.monotonic_ns()] * (count - before - len(seen))
        time.sleep(0.004)
    return seen


def _count(server: FeatureServer) -> int:
    count: int = server.get([{"user_id": MARKER}]).values["n_1h"][0]
    return count


def section(found: Found) -> str:
    first = found.streamed["append_only"]
    rate = found.rows / first.seconds[1]
    slowest = percentile(found.delays["append_only"], 99) / 1000
    hottest = max(one.hot.p50 for one in found.hot.values()) / 1000
    return "\n".join(
        [
            "## Streams into Redis",
            "",
            found.measured_on,
            "Again: `make bench-stream`. **Rates and times are this machine's alone**: two shared cores, which the processes,",
            "Redis, the producer and the reader have among them.",
            "",
            f"Five aggregates over an hour, a day and 14 days, of {USERS:,} users with ten events each; {found.rows:,} rows as JSON,",
            "one a message, wait in the stream of the same Redis. *Bare*: one process reads, decodes and acknowledges them with",
            "redis-py, and does nothing else.",
            "",
            f"One process, append_only: {rate:,.0f} rows a second; at least {_AT_LEAST:,} were aimed at: {_verdict(rate >= _AT_LEAST)}.",
            f"Visible at {_RATE:,} a second, 99th percentile: {slowest:,.0f} ms; at most {_AT_MOST} aimed at: {_verdict(slowest <= _AT_MOST)}.",
            f"An entity of {_HOT_EVENTS:,} events, median: {hottest:.1f} ms; at most {_HOT_AT_MOST} aimed at: {_verdict(hottest <= _HOT_AT_MOST)}.",
            "",
            "| source | one process | two | two / one | bare | one / bare |",
            "|---|---|---|---|---|---|",
            *(_rates(kind, found.rows, one) for kind, one in found.streamed.items()),
            "",
            f"*Until visible*: from just before the row is sent, among {_RATE:,} others a second, until `FeatureServer.get` in another",
            f"process has counted it; it asks every 4 ms, for one user of whom a row is sent every {_EVERY * 1000:.0f} ms, for {_SECONDS} s.",
            "",
            "| source | p50 | p99 | longest |",
            "|---|---|---|---|",
            *(f"| {kind} | {_milliseconds(times)} |" for kind, times in found.delays.items()),
            "",
            "Bytes are what `used_memory` of the server grows by, without the stream: with the ten events of each user that are",
            f"loaded, and by the {found.rows // USERS} more of each that are streamed.",
            "",
            "| source | bytes an entity of ten events | bytes of each event more |",
            "|---|---|---|",
            *(
                f"| {kind} | {one.loaded / USERS:,.0f} | {one.grown / found.rows:.1f} |"
                for kind, one in found.streamed.items()
            ),
            "",
            f"*Hot*: `FeatureServer.get` of one entity of {_HOT_EVENTS:,} events in 13 days, in turns with one of {hot_key.ORDINARY_EVENTS}; its",
            "answer was compared with a plain query over the same rows first.",
            "",
            "| source | hot, p50 | p99 | ordinary, p50 | hot / ordinary | compiled and loaded in |",
            "|---|---|---|---|---|---|",
            *(_hot(kind, one) for kind, one in found.hot.items()),
        ]
    )


def _rates(kind: str, rows: int, one: Streamed) -> str:
    single, double, bare = (rows / seconds for seconds in (one.seconds[1], one.seconds[2], one.bare))
    return (
        f"| {kind} | {single:,.0f}/s | {double:,.0f}/s | {double / single:.2f} | {bare:,.0f}/s | {single / bare:.2f} |"
    )


def _hot(kind: str, one: HotKey) -> str:
    hot, ordinary = one.hot, one.ordinary
    return (
        f"| {kind} | {hot.p50 / 1000:.1f} ms | {hot.p99 / 1000:.1f} ms | {ordinary.p50 / 1000:.2f} ms "
        f"| {hot.p50 / ordinary.p50:.1f} | {one.load:.1f} s |"
    )


def _milliseconds(times: Sequence[int]) -> str:
    half, most, longest = (percentile(times, percent) / 1000 for percent in (50, 99, 100))
    return f"{half:,.0f} ms | {most:,.0f} ms | {longest:,.0f} ms"


def _verdict(is_met: bool) -> str:
    return "met" if is_met else "**missed**"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=_ROWS)
    parser.add_argument("--seconds", type=float, default=_SECONDS)
    parser.add_argument("--dry", action="store_true", help="leave RESULTS.md as it is")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="skewless-bench-") as folder:
        written = section(measure(Path(folder), arguments.rows, arguments.seconds))
    print(written)
    if not arguments.dry:
        replace_section(written)


if __name__ == "__main__":
    main()
