"""Several consumers at once, a thread each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait

from skewless.ingest.stream.consume import Consumer


def run_together(
    consumers: Sequence[Consumer], stop: threading.Event, meanwhile: Callable[[], None], *, every: float = 0.2
) -> None:
    """Returns when all have ended; calls `meanwhile` in this thread until then.

    Where one fails, the others are told to stop, and its error is raised when they have.
    """
    with ThreadPoolExecutor(len(consumers), thread_name_prefix="write") as pool:
        running = [pool.submit(one.run) for one in consumers]
        try:
            while wait(running, timeout=every).not_done:
                meanwhile()
        except BaseException:
            stop.set()
            raise
    meanwhile()
    for one in running:
        one.result()
