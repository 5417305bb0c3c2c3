"""Settings and an address into a server that runs until it is told to stop."""

from __future__ import annotations

import errno
import os
import signal
import socket
import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import uvicorn
from uvicorn.supervisors import Multiprocess

from skewless.ground.errors import UsageError
from skewless.serve.http.app import app_factory, make_app
from skewless.serve.http.catalogue import Catalogue, load_catalogue
from skewless.serve.http.settings import Settings

_QUEUE = 2048
"""Connections that may wait to be accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to listen, with what certificate, and by how many processes."""

    host: str = "127.0.0.1"
    port: int = 6566
    workers: int = 1
    certificate: Path | None = None
    key: Path | None = None
    key_password: str | None = field(default=None, repr=False)


def serve(settings: Settings, address: Address, *, started: Callable[[str], None]) -> None:
    """Serves until SIGTERM or SIGINT; requests under way are answered first. `started` is told the URL.

    Everything that can be known to be wrong is raised before the first request: UsageError for bundles, the port or the
    certificate, StoreError for state that is missing.
    """
    _check_certificate(address)
    catalogue = load_catalogue(settings)
    listening = _listen(address)
    scheme, (host, port) = "https" if address.certificate else "http", listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    started(f"{scheme}://{shown}:{port}")
    with listening:
        if address.workers == 1:
            _run_here(settings, address, listening, catalogue)
        else:
            catalogue.close()
            _run_workers(settings, address, listening)


def _run_here(settings: Settings, address: Address, listening: socket.socket, catalogue: Catalogue) -> None:
    server = uvicorn.Server(_config(make_app(settings, catalogue=catalogue), settings, address))

    def stop(number: int, frame: object) -> None:  # noqa: ARG001 - what a handler is given
        server.should_exit = True

    # uvicorn has handlers of its own while it runs. It restores these in the end, and then raises the signal once more.
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server.run([listening])


def _run_workers(settings: Settings, address: Address, listening: socket.socket) -> None:
    with tempfile.TemporaryDirectory(prefix="skewless-metrics-") as folder:
        # prometheus_client reads it when it is imported, which worker processes have yet to do.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        shared = replace(settings, metrics_folder=Path(folder))
        config = _config(app_factory(shared), settings, address)
        Multiprocess(config, sockets=[listening]).run()


def _config(app: Callable[..., object], settings: Settings, address: Address) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        factory=address.workers > 1,
        workers=address.workers,
        loop="auto",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        ssl_certfile=address.certificate,
        ssl_keyfile=address.key,
        ssl_keyfile_password=address.key_password,
        timeout_graceful_shutdown=round(settings.limits.seconds) + 5,
    )


def _listen(address: Address) -> socket.socket:
    """Connections wait from now on, until the application is ready."""
    try:
        family, *_, where = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise UsageError(f"'{address.host}' is no address of this machine", help="listen on --host 0.0.0.0") from error
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(where)
        listening.listen(_QUEUE)
    except OSError as error:
        listening.close()
        raise _cannot_listen(address, error) from error
    listening.set_inheritable(True)
    return listening


def _cannot_listen(address: Address, error: OSError) -> UsageError:
    where = f"port {address.port} of {address.host}"
    if error.errno == errno.EADDRINUSE:
        return UsageError(f"{where} is in use", help=f"choose another: --port {address.port + 1}")
    if error.errno == errno.EACCES:
        return UsageError(f"{where} may not be listened on", help="choose one above 1023: --port 6566")
    return UsageError(f"{where} cannot be listened on: {error.strerror}", help="listen on --host 127.0.0.1")


def _check_certificate(address: Address) -> None:
    if address.certificate is None and address.key is None:
        return
    if address.certificate is None or address.key is None:
        raise UsageError("a certificate and its key belong together", help="give both: --cert FILE --key FILE")
    for path in (address.certificate, address.key):
        if not path.is_file():
            raise UsageError(f"there is no file '{path}'", help="--cert and --key are files in PEM form")
    try:
        # Without a password OpenSSL would ask for one at the terminal.
        password = address.key_password or ""
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(address.certificate, address.key, lambda: password)
    except (ssl.SSLError, OSError) as error:
        why = getattr(error, "reason", None) or error.strerror or str(error)
        raise UsageError(
            f"'{address.certificate}' and '{address.key}' are no certificate and its key: {why}",
            help="both are files in PEM form; the password of a key is read from SKEWLESS_TLS_KEY_PASSWORD",
        ) from error
