"""`skewless serve`."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import click

from skewless.cli.session import Session
from skewless.cli.verb import verb
from skewless.serve.http.settings import Limits, Settings

TOKENS, STORE, KEY_PASSWORD = "SKEWLESS_TOKENS", "SKEWLESS_STORE", "SKEWLESS_TLS_KEY_PASSWORD"
DEFAULTS = Limits()
_FILE = click.Path(path_type=Path)


@verb("serve")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen.")
@click.option(
    "--port", "-p", type=click.IntRange(0, 65535), default=6566, show_default=True, metavar="N", help="0: any."
)
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, metavar="N", help="Processes.")
@click.option("--service", "services", multiple=True, metavar="NAME", help="Serve this one; all, unless given.")
@click.option("--bundles", type=_FILE, metavar="DIR", help="Serve this folder of bundles; no project is needed.")
@click.option("--store", metavar="ADDRESS", help="The online store, instead of the target's or the bundles' own.")
@click.option("--cert", "--ssl-certfile", type=_FILE, metavar="FILE", help="The certificate for TLS, in PEM form.")
@click.option("--key", "--ssl-keyfile", type=_FILE, metavar="FILE", help="Its private key.")
@click.option(
    "--max-body-bytes", type=click.IntRange(min=1), default=DEFAULTS.body_bytes, show_default=True, metavar="N",
    help="The longest body that is read.",
)  # fmt: skip
@click.option(
    "--max-rows", type=click.IntRange(min=1), default=DEFAULTS.rows, show_default=True, metavar="N",
    help="The most entity rows of a request.",
)  # fmt: skip
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), default=DEFAULTS.seconds, show_default=True,
    metavar="SECONDS", help="The longest that a request may take.",
)  # fmt: skip
@click.option(
    "--limit-concurrency", type=click.IntRange(min=1), default=DEFAULTS.requests, show_default=True, metavar="N",
    help="Requests under way in one process; more are answered 503.",
)  # fmt: skip
@click.option("--serving-log", type=_FILE, metavar="DIR", help="Write the serving log to this folder, as Parquet.")
@click.option(
    "--serving-log-fraction", type=click.FloatRange(0, 1), metavar="F",
    help="The fraction of entities in it; 1 by default.",
)  # fmt: skip
@click.option("--rejects", type=_FILE, metavar="DIR", help="Keep pushed rows that are refused here; target/rejects.")
@click.option("--no-access-log", is_flag=True, help="No line for each request.")
def command(
    session: Session,
    host: str,
    port: int,
    workers: int,
    services: tuple[str, ...],
    bundles: Path | None,
    store: str | None,
    cert: Path | None,
    key: Path | None,
    max_body_bytes: int,
    max_rows: int,
    timeout: float,
    limit_concurrency: int,
    serving_log: Path | None,
    serving_log_fraction: float | None,
    rejects: Path | None,
    no_access_log: bool,
) -> int:
    """Serve feature vectors over HTTP, as Feast's server does, and take rows that are pushed.

    Serves the bundles in target/serving from the target's online store; `skewless run` fills both. Bearer tokens are
    read from SKEWLESS_TOKENS, separated by commas. Ends on SIGTERM or Ctrl-C, after the requests under way.

    \b
    Examples:
      skewless serve
      SKEWLESS_TOKENS=... skewless serve --host 0.0.0.0 --workers 4 --cert server.crt --key server.key
      skewless serve --bundles /srv/features --store sqlite:////srv/features/online.db
    """
    from skewless.ground.errors import UsageError

    session.console.logs_to_stderr = True
    try:
        from skewless.serve.http.run import Address, serve
    except ModuleNotFoundError as error:
        raise _missing(error) from error

    if serving_log is None and serving_log_fraction is not None:
        raise UsageError("there is no serving log to write a fraction of", help="add --serving-log DIR")
    tokens = _tokens(session)
    settings = Settings(
        bundles=session.target_path / "serving" if bundles is None else bundles,
        store=_store(session, store, needs_project=bundles is None),
        services=services,
        token_digests=tokens,
        limits=Limits(
            body_bytes=max_body_bytes,
            rows=max_rows,
            seconds=timeout,
            requests=limit_concurrency,
            threads=session.threads or DEFAULTS.threads,
        ),
        log_folder=serving_log,
        log_fraction=1.0 if serving_log_fraction is None else serving_log_fraction,
        rejects_folder=_rejects_folder(session, rejects, has_project=bundles is None),
        access_log=not (no_access_log or session.console.is_quiet),
    )
    address = Address(
        host=host,
        port=port,
        workers=workers,
        certificate=cert,
        key=key,
        key_password=session.environment.get(KEY_PASSWORD),
    )
    if not tokens and not _is_loopback(host):
        session.console.warn(f"{host} can be reached from elsewhere, and anybody may ask: set {TOKENS}", host=host)
    serve(settings, address, started=lambda url: session.console.info("serving", f"Serving on {url}", url=url))
    session.console.info("stopped", "Stopped")
    return 0


def _missing(error: ModuleNotFoundError) -> Exception:
    from skewless.ground.errors import DriverMissing

    ours = error.name is not None and error.name.split(".")[0] == "skewless"
    return error if ours else DriverMissing("serving over HTTP", "serve")


def _tokens(session: Session) -> tuple[bytes, ...]:
    """What the server keeps of its tokens; each is kept out of all text from now on."""
    from skewless.ground.errors import UsageError
    from skewless.serve.http.security import digests_of, tokens_in

    text = session.environment.get(TOKENS)
    if text is None:
        return ()
    tokens = tokens_in(text)
    if not tokens:
        # Left open, a server whose tokens have been lost on the way would answer everybody.
        raise UsageError(f"{TOKENS} is set and holds no token", help=f"unset it, or write {TOKENS}=TOKEN,TOKEN")
    for token in tokens:
        session.environment.remember(token)
    return digests_of(tokens)


def _store(session: Session, given: str | None, *, needs_project: bool) -> str | None:
    """The address of the store; None for that of each bundle."""
    from skewless.ground.urls import password_of

    address = given or session.environment.get(STORE) or (session.store_address() if needs_project else None)
    if address is not None and (password := password_of(address)):
        session.environment.remember(password)
    return address


def _rejects_folder(session: Session, given: Path | None, *, has_project: bool) -> Path | None:
    """Bundles alone come without a folder that may be written to. One that is named is made now, or it is told now that
    it cannot be."""
    from skewless.ground.errors import UsageError

    if given is None:
        return session.target_path / "rejects" if has_project else None
    try:
        given.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"'{given}' is no folder that can be made: {error.strerror}") from error
    return given


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
