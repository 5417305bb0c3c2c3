"""Fresh aggregates from Redis under a steady load for some minutes, into RESULTS.md. Run by `make bench-load`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from asked import batches
from our_side import OurSide
from processes import Client
from redis_side import own_redis
from results import measured_on, replace_section
from serving import AS_OF, EVENTS, USERS
from turns import percentile

_OTHER_RATES, _OTHER_SECONDS = (100, 200, 1000), 10
"""Calls a second that are tried beforehand: how long a call takes depends on how long the processor slept before it."""
_AT_MOST = 3.0
"""What issue 4 allows p99 to be, in p50s."""


@dataclass(frozen=True, slots=True)
class Minute:
    """A minute, or some seconds: nanoseconds of each call: by itself, since it was due, and in the queue for a processor."""

    of_call: list[int]
    since_due: list[int]
    queued: list[int]

    @property
    def at_work(self) -> list[int]:
        """Calls, less what their thread waited for a processor that another process had."""
        return [call - queued for call, queued in zip(self.of_call, self.queued, strict=True)]


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """`others` are the calls at other rates, by rate; `rate` is that of the minutes."""

    measured_on: str
    others: dict[int, Minute]
    rate: float
    minutes: list[Minute]


def under_load(folder: Path, minutes: int, rate: float) -> Loaded:
    with own_redis(folder / "redis") as redis:
        ours = OurSide(folder=folder / "ours", redis=redis.url)
        ours.write()
        ours.load()
        on = measured_on(
            DuckDB=version("duckdb"),
            redis_server=redis.version(),
            redis_py=version("redis"),
            hiredis=version("hiredis"),
        )
        with ours.client() as client:
            _steady(client, rate, 2)  # the first calls of a process, which do not count
            others = {other: _steady(client, other, _OTHER_SECONDS) for other in _OTHER_RATES}
            found = [_told(number, _steady(client, rate, 60)) for number in range(1, minutes + 1)]
        return Loaded(measured_on=on, others=others, rate=rate, minutes=found)


def _steady(client: Client, rate: float, seconds: int) -> Minute:
    told = client.ask(
        "steady", service="fresh", batches=batches(1, count=USERS), rate=rate, seconds=seconds, as_of=AS_OF.isoformat()
    )
    return Minute(**told)


def _told(number: int, minute: Minute) -> Minute:
    print(f"bench-load: minute {_row(str(number), minute.of_call)}", file=sys.stderr, flush=True)
    return minute


def section(found: Loaded) -> str:
    minutes, rate = found.minutes, found.rate
    calls = [nanoseconds for minute in minutes for nanoseconds in minute.of_call]
    due = [nanoseconds for minute in minutes for nanoseconds in minute.since_due]
    at_work = [nanoseconds for minute in minutes for nanoseconds in minute.at_work]
    ratio = percentile(calls, 99) / percentile(calls, 50)
    verdict = "met" if ratio <= _AT_MOST else "**missed**"
    return "\n".join(
        [
            "## Fresh aggregates under a steady load",
            "",
            found.measured_on,
            f"Again: `make bench-load MINUTES={len(minutes)}`. **The times are this machine's alone**, two shared cores.",
            "",
            f"`FeatureServer.get` of five aggregates of {EVENTS // USERS} events on Redis, one user a call, another one each",
            f"time, {rate:g} calls a second, minutes: {len(minutes)}, calls: {len(calls):,}. *Since it was due* counts what a call",
            "waited for the one before it. *Less the queue for a processor*: without what the client's thread waited while other",
            "processes had both; what Redis waited is still in it. At fewer calls a second each takes longer, on this machine, for",
            f"the processor has slept before it; so {_OTHER_SECONDS} s at other rates, before the minutes, are beside them.",
            "",
            f"99th percentile to median: {ratio:.2f}; at most {_AT_MOST:g} was aimed at: {verdict}.",
            "",
            "| minute or rate | p50 | p99 | p99.9 | p99 / p50 |",
            "|---|---|---|---|---|",
            f"| {_row('all', calls)} |",
            f"| {_row('all, less the queue for a processor', at_work)} |",
            f"| {_row('all, since it was due', due)} |",
            *(f"| {_row(f'{other:g} a second', calls.of_call)} |" for other, calls in found.others.items()),
            *(f"| {_row(str(number), minute.of_call)} |" for number, minute in enumerate(minutes, start=1)),
        ]
    )


def _row(name: str, nanoseconds: Sequence[int]) -> str:
    half, most, nearly_all = (percentile(nanoseconds, percent) for percent in (50, 99, 99.9))
    return f"{name} | {half:,.0f} us | {most:,.0f} us | {nearly_all:,.0f} us | {most / half:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--rate", type=float, default=500, help="calls a second")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="skewless-bench-") as folder:
        written = section(under_load(Path(folder), arguments.minutes, arguments.rate))
    print(written)
    replace_section(written)


if __name__ == "__main__":
    main()
