"""How often Python looks for cycles of objects that nobody needs any more.

Trees are such cycles, for nodes know their parents, and a project is tens of thousands of them, most of which stay.
With Python's own settings a fifth of the time of `skewless compile` goes into looking through them again and again.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS = 20_000
"""So many new objects are waited for: no measurable time is won by more, and memory stays as it was."""


def collect_rarely() -> None:
    """For a process that makes many trees."""
    gc.set_threshold(_OBJECTS, *gc.get_threshold()[1:])


@contextmanager
def collector_paused() -> Iterator[None]:
    """For what is read into one large tree that stays."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
