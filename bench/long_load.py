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
from redis_side import own_redis
from results import measured_on, replace_section
from serving import AS_OF, EVENTS, USERS
from turns import percentile

_AT_MOST = 3.0
"""What issue 4 allows p99 to be, in p50s."""


@dataclass(frozen=True, slots=True)
class Minute:
    """Nanoseconds of each call: by itself, and since it was due."""

    of_call: list[int]
    since_due: list[int]


def under_load(folder: Path, minutes: int, rate: float) -> tuple[list[Minute], str]:
    """The minutes, and what they were measured on."""
    found = []
    with own_redis(folder / "redis") as redis:
        ours = OurSide(folder=folder / "ours", redis=redis.url)
        ours.write()
        ours.load()
        told = {"service": "fresh", "batches": batches(1, count=USERS), "rate": rate, "as_of": AS_OF.isoformat()}
        with ours.client() as client:
            client.ask("steady", **told, seconds=2)  # the first calls of a process, which do not count
            for number in range(minutes):
                found.append(Minute(**client.ask("steady", **told, seconds=60)))
                print(f"bench-load: minute {_row(str(number + 1), found[-1].of_call)}", file=sys.stderr, flush=True)
        return found, measured_on(
            DuckDB=version("duckdb"),
            redis_server=redis.version(),
            redis_py=version("redis"),
            hiredis=version("hiredis"),
        )


def section(minutes: Sequence[Minute], rate: float, on: str) -> str:
    calls = [nanoseconds for minute in minutes for nanoseconds in minute.of_call]
    due = [nanoseconds for minute in minutes for nanoseconds in minute.since_due]
    ratio = percentile(calls, 99) / percentile(calls, 50)
    return "\n".join(
        [
            "## Fresh aggregates under a steady load",
            "",
            on,
            f"Again: `make bench-load MINUTES={len(minutes)}`. **The times are this machine's alone**, two shared cores.",
            "",
            f"`FeatureServer.get` of five aggregates of {EVENTS // USERS} events on Redis, one user a call, another one each",
            f"time, {rate:g} calls a second for {len(minutes)} minutes: {len(calls):,} calls. *Since it was due* counts what a call",
            "waited for the one before it, and for the processor.",
            "",
            f"99th percentile to median: {ratio:.2f}; at most {_AT_MOST:g} was aimed at: "
            f"{'met' if ratio <= _AT_MOST else '**missed**'}.",
            "",
            "| minute | p50 | p99 | p99.9 | p99 / p50 |",
            "|---|---|---|---|---|",
            f"| {_row('all', calls)} |",
            f"| {_row('all, since it was due', due)} |",
            *(f"| {_row(str(number), minute.of_call)} |" for number, minute in enumerate(minutes, start=1)),
        ]
    )


def _row(name: str, nanoseconds: Sequence[int]) -> str:
    half, most, nearly_all = (percentile(nanoseconds, percent) for percent in (50, 99, 99.9))
    return f"{name} | {half:,.0f} us | {most:,.0f} us | {nearly_all:,.0f} us | {most / half:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--rate", type=float, default=200, help="calls a second")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="skewless-bench-") as folder:
        minutes, on = under_load(Path(folder), arguments.minutes, arguments.rate)
    written = section(minutes, arguments.rate, on)
    print(written)
    replace_section(written)


if __name__ == "__main__":
    main()
