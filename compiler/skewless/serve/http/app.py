"""A catalogue into the ASGI application that answers for it."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import sys
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from skewless.ground.errors import SkewlessError, StoreError
from skewless.serve.http.access_log import AccessLog
from skewless.serve.http.answer_log import Logged, answer_log
from skewless.serve.http.answers import Answers
from skewless.serve.http.catalogue import Catalogue, load_catalogue
from skewless.serve.http.describe import service_of, services_of
from skewless.serve.http.front import Front
from skewless.serve.http.line import Line
from skewless.serve.http.metrics import CONTENT_TYPE, Ages, Metrics
from skewless.serve.http.note import NOTE, Note
from skewless.serve.http.openapi import document
from skewless.serve.http.page import page
from skewless.serve.http.pushes import Pushes
from skewless.serve.http.refusal import Refusal, error_body, refusal_of
from skewless.serve.http.settings import Settings
from skewless.serve.http.states import States

Endpoint = Callable[[Request], Awaitable[Response]]
_LOOK_SECONDS = 2.0
"""How long /health and /metrics wait for the store."""
_COUNT_SECONDS = 1.0
_PUSH_THREADS = 1
"""Of a process. Pushes have a thread of their own, since one that waits for SQLite's lock must not keep look-ups
waiting. A second one would wait for that lock, too; over Redis it writes a third more, and takes that from look-ups."""
_CLIENT_HAS_GONE = 499
_FAULT = 500
"""From here on an answer's message is logged too: it is about the server, and not about what a client sent."""


def make_app(settings: Settings, *, catalogue: Catalogue | None = None) -> ASGIApp:
    """The application of one process. Worker processes load the catalogue themselves."""
    served = load_catalogue(settings) if catalogue is None else catalogue
    metrics = Metrics(settings.metrics_folder)
    access = AccessLog(sys.stdout.buffer) if settings.access_log else None
    service = _Service(served, settings, metrics, answer_log(served, settings))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if access is not None:
            access.start()
        await service.warm()
        counting = asyncio.create_task(service.count_log())
        yield
        counting.cancel()
        service.close()
        if access is not None:
            access.close()

    app = Starlette(
        routes=[Route(path, _guarded(path, call, metrics), methods=[verb]) for verb, path, call in service.routes()],
        exception_handlers={404: _no_route, 405: _no_route},
        lifespan=lifespan,
    )
    # A path with a slash too many is told so: an answer that leads elsewhere has no body that Feast's clients can read.
    app.router.redirect_slashes = False
    return Front(app, digests=settings.token_digests, metrics=metrics, log=access)


class _Service:
    """The endpoints, and what they share."""

    def __init__(self, catalogue: Catalogue, settings: Settings, metrics: Metrics, log: Logged | None) -> None:
        limits, rejects = settings.limits, settings.rejects_folder
        self._catalogue = catalogue
        self._log = log
        self._metrics = metrics
        self._answers = Answers(catalogue, most_rows=limits.rows, metrics=metrics, clock=_now, log=log)
        self._states = States(catalogue, seconds=min(_LOOK_SECONDS, limits.seconds))
        pushes = Pushes(catalogue, most_rows=limits.rows, metrics=metrics, clock=_now, rejects=rejects)
        self._look_ups = Line(self._answers.answer, limits, threads=limits.threads, name="skewless-answer")
        self._pushes = Line(pushes.answer, limits, threads=_PUSH_THREADS, name="skewless-push")
        self._document = document(catalogue, limits)
        self._page = page(self._document)

    def routes(self) -> tuple[tuple[str, str, Endpoint], ...]:
        return (
            ("POST", "/get-online-features", self.get_online_features),
            ("POST", "/push", self.push),
            ("GET", "/health", self.health),
            ("GET", "/metrics", self.metrics),
            ("GET", "/services", self.services),
            ("GET", "/services/{name}", self.service),
            ("GET", "/openapi.json", self.openapi),
            ("GET", "/docs", self.docs),
        )

    def close(self) -> None:
        """Requests under way have been answered by now, but for those that were given up."""
        self._look_ups.threads.close()
        self._pushes.threads.close()
        if self._log is not None:
            self._log.close()
        self._states.close()
        self._catalogue.close()

    async def warm(self) -> None:
        await self._look_ups.threads.run(self._answers.warm)

    async def count_log(self) -> None:
        """Other worker processes show what this one has counted, so it counts before it is asked."""
        while self._log is not None:
            self._metrics.logged(self._log.counts)
            await asyncio.sleep(_COUNT_SECONDS)

    async def get_online_features(self, request: Request) -> Response:
        return Response(await self._look_ups.answered(request), media_type="application/json")

    async def push(self, request: Request) -> Response:
        told = await self._pushes.answered(request)
        return Response(told, media_type="application/json" if told else None)

    async def health(self, request: Request) -> Response:
        try:
            await self._states.check()
        except StoreError as error:
            self._metrics.store_failed()
            request.scope[NOTE].error = error.message
            return Response(status_code=503)
        return Response()

    async def metrics(self, _: Request) -> Response:
        try:
            states = await self._states.found()
        except StoreError:
            self._metrics.store_failed()
            states = ()
        ages = Ages(states, self._catalogue.versions(), time.time())
        text = await asyncio.to_thread(self._metrics.text, ages)
        return Response(text, headers={"content-type": CONTENT_TYPE})

    async def services(self, _: Request) -> Response:
        return _json(services_of(self._catalogue))

    async def service(self, request: Request) -> Response:
        return _json(service_of(self._catalogue, request.path_params["name"]))

    async def openapi(self, _: Request) -> Response:
        return _json(self._document)

    async def docs(self, _: Request) -> Response:
        return Response(self._page, media_type="text/html")


def _guarded(route: str, endpoint: Endpoint, metrics: Metrics) -> Endpoint:
    """Whatever an endpoint raises is an answer in the protocol's form."""

    async def guarded(request: Request) -> Response:
        request.scope[NOTE].route = route
        try:
            return await endpoint(request)
        except ClientDisconnect:
            return Response(status_code=_CLIENT_HAS_GONE)
        except Exception as error:  # noqa: BLE001 - clients fail on a body that is no JSON
            return _refused(error, metrics, request.scope[NOTE])

    return guarded


def _refused(error: Exception, metrics: Metrics, note: Note) -> Response:
    if isinstance(error, StoreError):
        metrics.store_failed()
    if not isinstance(error, Refusal | SkewlessError):
        traceback.print_exception(error, file=sys.stderr)
    refusal = refusal_of(error)
    if refusal.status >= _FAULT:
        note.error = refusal.message
    return _told(refusal)


def _told(refusal: Refusal) -> Response:
    return Response(error_body(refusal), refusal.status, refusal.headers, media_type="application/json")


async def _no_route(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    what = "is no path of this server" if status == 404 else f"does not take {request.method}"
    headers = dict(getattr(error, "headers", None) or {})
    return _told(Refusal(status, f"'{request.url.path}' {what}; see /docs or /openapi.json", headers=headers))


def _json(value: Any) -> Response:
    return Response(json.dumps(value, ensure_ascii=False).encode(), media_type="application/json")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def app_factory(settings: Settings) -> Callable[[], ASGIApp]:
    """What a worker process calls; it can be pickled."""
    return partial(make_app, settings)
