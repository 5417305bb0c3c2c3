"""What every request passes: an id, the token, the clock, the access log. The application behind it is Starlette's."""

from __future__ import annotations

import itertools
import re
import secrets
import time
from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from skewless.serve.http.access_log import AccessLog
from skewless.serve.http.metrics import Metrics
from skewless.serve.http.note import NOTE, Note
from skewless.serve.http.refusal import Refusal, error_body
from skewless.serve.http.security import check_token

OPEN = frozenset({"/health"})
"""Paths that need no token: load balancers have none."""
_GIVEN_ID = re.compile(rb"[\x21-\x7e]{1,128}")


class Front:
    """ASGI in, ASGI out."""

    def __init__(self, app: ASGIApp, *, digests: Sequence[bytes], metrics: Metrics, log: AccessLog | None) -> None:
        self._app = app
        self._digests = digests
        self._metrics = metrics
        self._log = log
        self._prefix = secrets.token_hex(6)
        self._numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        since = time.perf_counter()
        headers = dict(scope["headers"])
        note = scope[NOTE] = Note(self._request_id(headers.get(b"x-request-id")))
        answered = _noting(send, note)
        try:
            if self._digests and scope["path"] not in OPEN:
                check_token(headers.get(b"authorization"), self._digests)
            await self._app(scope, receive, answered)
        except Refusal as refusal:
            await refuse(refusal, answered)
        finally:
            self._tell(scope, note, time.perf_counter() - since)

    def _request_id(self, given: bytes | None) -> str:
        """The client's own, if it can stand in a header and a log; otherwise a new one."""
        if given is not None and _GIVEN_ID.fullmatch(given):
            return given.decode()
        return f"{self._prefix}-{next(self._numbers):x}"

    def _tell(self, scope: Scope, note: Note, seconds: float) -> None:
        self._metrics.requested(note.route, note.service, note.status, seconds)
        if self._log is not None:
            client = scope.get("client")
            self._log.write(
                {
                    "request_id": note.request_id,
                    "client": client[0] if client else None,
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": note.status,
                    "seconds": round(seconds, 6),
                    "service": note.service or None,
                    "rows": note.rows,
                    **({"source": note.source} if note.source else {}),
                    **({"refused": note.refused} if note.refused else {}),
                    **({"unloaded": note.unloaded} if note.unloaded else {}),
                    **({"invalid": note.invalid} if note.invalid else {}),
                    **({"error": note.error} if note.error else {}),
                }
            )


async def refuse(refusal: Refusal, send: Send) -> None:
    """An error, as an answer of its own."""
    body = error_body(refusal)
    headers = {"content-type": "application/json", "content-length": str(len(body)), **refusal.headers}
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


def _noting(send: Send, note: Note) -> Send:
    async def noted(message: Message) -> None:
        if message["type"] == "http.response.start":
            note.status = message["status"]
            message["headers"] = [*message["headers"], (b"x-request-id", note.request_id.encode())]
        await send(message)

    return noted
