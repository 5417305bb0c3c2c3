"""Something that must be said again and again while work goes on, so that it ends by itself with who says it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def beating(beat: Callable[[], None], every: float) -> Iterator[None]:
    """Calls `beat` at once, and then every so many seconds from a thread of its own. Only the first call may fail."""
    beat()
    done = threading.Event()

    def go_on() -> None:
        while not done.wait(every):
            with suppress(Exception):  # the next one may work, and who depends on it will notice
                beat()

    thread = threading.Thread(target=go_on, name="skewless-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
