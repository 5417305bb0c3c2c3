"""The project of the streaming benchmark, its streams in Redis, and the processes of `skewless stream`."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import msgspec
from redis_side import RedisSide

USERS, LOADED, MARKER = 10_000, 100_000, -1
"""How many entities there are, how many rows when the state is loaded, and the entity whose rows are timed."""
STREAM, GROUP = "bench.events", "bench"
_SKEWLESS = [sys.executable, "-m", "skewless"]
_AT_ONCE = 10_000
_PROPERTIES = """entities:
  - {name: user, keys: [{name: user_id, data_type: bigint}]}
sources:
  - name: bench
    tables:
      - name: events
        path: events.parquet
        event_time: ts
        primary_key: [event_id]
        RULES
        stream: {type: redis, url: 'STREAM'}
        columns:
          - {name: event_id, data_type: bigint}
          - {name: user_id, data_type: bigint}
          - {name: ts, data_type: timestamp}
          - {name: f1, data_type: double}
          - {name: f2, data_type: double}
          - {name: loaded_at, data_type: timestamp}
services:
  - {name: activity, features: [activity]}
"""
RULES = {"append_only": "append_only: true", "with versions": "known_at: loaded_at"}
"""The kinds of source by name, as YAML has them."""
_ACTIVITY = """{{ config(entity='user') }}
select
    user_id,
    count(*) filter (where {{ last('1 hour') }}) as n_1h,
    avg(f1) filter (where {{ last('1 hour') }}) as mean_1h,
    sum(f2) filter (where {{ last('1 day') }}) as sum_1d,
    max(f2) filter (where {{ last('14 days') }}) as max_14d,
    min(f2) filter (where {{ last('14 days') }}) as min_14d
from {{ source('bench', 'events') }}
group by user_id
"""


@dataclass(frozen=True, kw_only=True)
class StreamSide:
    """A project whose rows come from the stream `bench.events` of the Redis in which it keeps its state."""

    folder: Path
    redis: RedisSide
    now: dt.datetime

    def write(self, kind: str) -> None:
        """The project; ten events of each user are in its warehouse."""
        (self.folder / "features").mkdir(parents=True)
        (self.folder / "skewless.yml").write_text("name: bench\nversion: '1'\nprofile: bench\n")
        online = f"{{type: redis, url: '{self.redis.url}'}}"
        (self.folder / "profiles.yml").write_text(
            f"bench: {{target: dev, outputs: {{dev: {{type: duckdb, threads: 2, online: {online}}}}}}}\n"
        )
        properties = _PROPERTIES.replace("RULES", RULES[kind]).replace("'STREAM'", f"'{self.redis.url}'")
        (self.folder / "features" / "bench.yml").write_text(properties)
        (self.folder / "features" / "activity.sql").write_text(_ACTIVITY)
        with duckdb.connect() as connection:
            connection.execute(
                f"COPY (SELECT i AS event_id, i % {USERS} AS user_id, ts, i / 7.0 AS f1, i * 1.5 AS f2, ts AS loaded_at "
                f"FROM (SELECT i, TIMESTAMP '{self.now}' - to_seconds(2 * {LOADED} - i) AS ts FROM range({LOADED}) AS r(i))) "
                f"TO '{self.folder / 'events.parquet'}' (FORMAT parquet)"
            )

    def load(self) -> None:
        """The state of what is in the warehouse, and nothing else in Redis: what is loaded anew leaves the old for a while."""
        self.redis.client.flushall()
        for verb in (["run", "--full-refresh", "--as-of", self.now.isoformat()], ["compile"]):
            subprocess.run([*_SKEWLESS, *verb], cwd=self.folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603

    def fill(self, rows: int) -> None:
        """So many rows are put into the stream, each as JSON in a message of its own, in the order of their times."""
        client = self.redis.client
        step = dt.timedelta(seconds=LOADED) / rows
        for start in range(0, rows, _AT_ONCE):
            pipeline = client.pipeline(transaction=False)
            for number in range(start, min(start + _AT_ONCE, rows)):
                at = (self.now - step * (rows - number)).isoformat()
                row = {"event_id": LOADED + number, "user_id": (number * 7919) % USERS, "ts": at, "f1": number / 7}
                pipeline.xadd(STREAM, {"data": json.dumps({**row, "f2": number * 1.5, "loaded_at": at})})
            pipeline.execute()

    @contextmanager
    def consumers(self, count: int) -> Iterator[None]:
        """Processes of `skewless stream`, from when they say that they consume."""
        command = [*_SKEWLESS, "stream", STREAM, "--log-format", "json", "--consumer"]
        running = [
            subprocess.Popen([*command, str(number)], cwd=self.folder, stdout=subprocess.PIPE, text=True)  # noqa: S603
            for number in range(count)
        ]
        try:
            for process in running:
                assert process.stdout is not None
                while '"consuming"' not in process.stdout.readline():
                    if process.poll() is not None:
                        raise RuntimeError(f"skewless stream ended with {process.returncode}")
            yield
        finally:
            for process in running:
                process.terminate()
                process.communicate()

    def seconds_of(self, rows: int, count: int) -> float:
        """How long some processes take to consume so many rows that wait, from the first that is read to the last that
        is acknowledged."""
        self.load()
        self.fill(rows)
        with self.consumers(count):
            begun = _until(lambda: self._left(rows)[0] < rows)
            return _until(lambda: self._left(rows) == (0, 0)) - begun

    def seconds_bare(self, rows: int) -> float:
        """How long it takes to read, decode and acknowledge as many, and nothing else: what Redis and JSON cost."""
        client, name = self.redis.client, "bare"
        client.xgroup_create(STREAM, name, "0")
        begun, done = time.monotonic(), 0
        while done < rows:
            [(_, messages)] = client.xreadgroup(name, name, {STREAM: ">"}, count=5_000)
            for _, fields in messages:
                msgspec.json.decode(fields[b"data"])
            client.xack(STREAM, name, *(place for place, _ in messages))
            done += len(messages)
        return time.monotonic() - begun

    def _left(self, rows: int) -> tuple[int, int]:
        """(messages that nobody has read, messages that are not acknowledged)."""
        groups = {one["name"]: one for one in self.redis.client.xinfo_groups(STREAM)}
        mine = groups.get(GROUP.encode())
        return (rows, 0) if mine is None else (int(mine["lag"]), int(mine["pending"]))


def _until(condition: Callable[[], bool]) -> float:
    """The moment at which it came to that."""
    while not condition():
        time.sleep(0.002)
    return time.monotonic()
