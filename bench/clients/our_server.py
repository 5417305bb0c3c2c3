"""`FeatureServer` in a process that imports nothing of skewless but `skewless.serve`; see `told.py`.

    our_server.py FOLDER_OF_BUNDLES
    {"do": "get", "service": "lookup", "rows": [{"user_id": 7}]}                              the values
    {"do": "measure", "service": "lookup", "batches": [[{"user_id": 7}]], "times": 50}       get(...).to_dict()
    {"do": "measure_get", ...}                                                               get(...) alone
    {"do": "steady", "service": "fresh", "batches": ..., "rate": 200, "seconds": 60}         nanoseconds from when each
                                        call is due, of the call alone, and of those in the queue for a processor
`as_of` may be given to each.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from itertools import count, cycle
from pathlib import Path
from typing import Any

from told import do_as_told, nanoseconds

from skewless.serve import FeatureServer

Rows = list[dict[str, Any]]


def steady(server: FeatureServer, batches: list[Rows], rate: float, seconds: float, as_of: str | None) -> Any:
    """A call each 1/`rate` seconds, on time or as soon as the one before it has ended: nobody waits for a slow one."""
    since_due, of_call, queued, clock, waited = [], [], [], time.perf_counter_ns, _queue_clock()
    period, begun = int(1e9 / rate), clock()
    for number, rows in zip(count(), cycle(batches), strict=False):
        due = begun + number * period
        if number >= rate * seconds:
            return {"since_due": since_due, "of_call": of_call, "queued": queued}
        if (wait := due - clock()) > 0:
            time.sleep(wait / 1e9)
        before = waited()
        called = clock()
        server.get(rows, as_of=as_of)
        ended = clock()
        since_due.append(ended - due)
        of_call.append(ended - called)
        queued.append(waited() - before)
    raise AssertionError("there is always another batch")


def _queue_clock() -> Callable[[], int]:
    """Nanoseconds that this thread could have run and another one did, so far; always 0 where the kernel does not say."""
    try:
        told = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
    except OSError:
        return lambda: 0
    return lambda: int(os.pread(told, 100, 0).split()[1])


def main(bundles: Path) -> None:
    servers = {path.stem: FeatureServer.load(path) for path in bundles.glob("*.json")}

    def get(service: str, rows: Rows, as_of: str | None = None) -> dict[str, list[Any]]:
        return servers[service].get(rows, as_of=as_of).to_dict()

    def measure(service: str, batches: list[Rows], times: int, as_of: str | None = None) -> list[int]:
        server = servers[service]
        return nanoseconds(lambda rows: server.get(rows, as_of=as_of).to_dict(), batches, times)

    def measure_get(service: str, batches: list[Rows], times: int, as_of: str | None = None) -> list[int]:
        server = servers[service]
        return nanoseconds(lambda rows: server.get(rows, as_of=as_of), batches, times)

    def load(service: str, batches: list[Rows], rate: float, seconds: float, as_of: str | None = None) -> Any:
        return steady(servers[service], batches, rate, seconds, as_of)

    do_as_told({"get": get, "measure": measure, "measure_get": measure_get, "steady": load})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
