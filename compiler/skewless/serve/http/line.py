"""Requests of one kind on their way to the threads that answer them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.requests import Request

from skewless.serve.http.body import read_body
from skewless.serve.http.note import NOTE, Note
from skewless.serve.http.refusal import Refusal
from skewless.serve.http.settings import Limits
from skewless.serve.http.threads import Threads


class Line:
    """So many requests at once, each for so long at most. What waits here keeps no request of another kind waiting."""

    def __init__(self, answer: Callable[[Note, bytes], bytes], limits: Limits, *, threads: int, name: str) -> None:
        """`answer` makes the body of an answer of that of a request, on a thread."""
        self._answer = answer
        self._limits = limits
        self.threads = Threads(threads, name)
        self._under_way = 0

    async def answered(self, request: Request) -> bytes:
        """Raises Refusal when there are too many, the body is too long, or there is no answer in time."""
        if self._under_way >= self._limits.requests:
            raise Refusal(503, "the server is busy; try again", headers={"Retry-After": "1"})
        self._under_way += 1
        try:
            async with asyncio.timeout(self._limits.seconds):
                body = await read_body(request, self._limits.body_bytes)
                # A thread that has begun goes on when the time is over, until the store or DuckDB lets it go; what
                # has not begun is never begun.
                answer: bytes = await self.threads.run(self._answer, request.scope[NOTE], body)
                return answer
        except TimeoutError as error:
            request.scope[NOTE].is_given_up = True
            raise Refusal(504, f"there was no answer within {self._limits.seconds:g} seconds") from error
        finally:
            self._under_way -= 1
