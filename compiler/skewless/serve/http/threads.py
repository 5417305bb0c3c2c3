"""A few threads that do what would keep the event loop from everything else.

The standard library's executor makes two futures and a lock for each call, and a look-up is over in less time than
that takes to be worth it: a queue and one future are a tenth of a request less.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any


@dataclass(frozen=True, slots=True)
class _Call:
    """What to do, and the future that waits for it in its loop."""

    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    function: Callable[..., Any]
    arguments: tuple[Any, ...]


class Threads:
    """Calls wait for a free thread. One whose future is cancelled before it has begun is never begun.

    The threads start with the first call and end when they are closed; the process waits for those that are at work.
    """

    def __init__(self, count: int, name: str) -> None:
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._threads = [threading.Thread(target=self._work, name=f"{name}-{number}") for number in range(count)]
        self._is_started = False

    def run(self, function: Callable[..., Any], *arguments: Any) -> asyncio.Future[Any]:
        """The call's result, to be awaited in the running loop."""
        if not self._is_started:
            self._is_started = True
            for thread in self._threads:
                thread.start()
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._calls.put(_Call(loop, future, function, arguments))
        return future

    def close(self) -> None:
        """The threads end after the calls that have begun and those that wait."""
        for _ in self._threads:
            self._calls.put(None)

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            if call.future.cancelled():
                continue
            result, error = None, None
            try:
                result = call.function(*call.arguments)
            except BaseException as raised:  # noqa: BLE001 - whoever waits is told, whatever it is
                error = raised
            with suppress(RuntimeError):  # the loop has been closed: nobody waits any more
                call.loop.call_soon_threadsafe(_settle, call.future, result, error)


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.cancelled():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
