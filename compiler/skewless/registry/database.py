"""The registry's database: opened, brought to this release's tables, and its faults told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from skewless.ground.errors import DriverMissing, RegistryError
from skewless.registry.tables import HEAD

_WAIT = 30.0
"""Seconds for which a locked SQLite file is waited for."""
_CONNECTING = 10
"""Seconds for a server to take a connection."""
_ONE_MIGRATION = 7_305_611_820
"""The number of PostgreSQL's lock under which tables are made."""


class UnreadableRow(Exception):
    """A row holds what no release has written into it."""


class Database:
    """Transactions of one registry. Safe to share between threads."""

    def __init__(self, url: str, *, make: bool = True) -> None:
        """Raises RegistryError when it cannot be used, or has no tables and is not to `make` them; DriverMissing
        without its driver."""
        self._url = _parsed(url)
        self.address = self._url.render_as_string(hide_password=True)
        self.is_new = False
        """Whether it had no tables before."""
        self._engine = _engine(self._url)
        try:
            with self.transaction() as connection:
                self._migrate(connection, make)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction, which nobody writes in between."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise self._fault(error) from error
        except UnreadableRow as error:
            raise self._damaged(str(error)) from error

    def now(self, connection: Connection) -> int:
        """Microseconds since 1970. A shared server's clock is the same for everybody; a file is of this machine."""
        if self._url.get_backend_name() == "sqlite":
            return time.time_ns() // 1_000
        found = connection.execute(text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"))
        return int(found.scalar_one())

    def close(self) -> None:
        self._engine.dispose()

    def _migrate(self, connection: Connection, make: bool) -> None:
        found = _revision(connection)
        if found == HEAD:
            return
        if found is None and not make:
            raise RegistryError(f"there is no registry {self.address}", help="restore it, or make one: skewless run")
        if self._url.get_backend_name() == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _ONE_MIGRATION})
            found = _revision(connection)
        from alembic import command
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if found is not None and found not in known:
            raise RegistryError(
                f"the registry {self.address} is of a newer release: its tables are '{found}', this one has '{HEAD}'",
                help="use that release of skewless, or a registry of your own: `registry:` in profiles.yml",
            )
        self.is_new = found is None
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    def _fault(self, error: DBAPIError) -> RegistryError:
        said = str(error.orig).strip().splitlines()[0] if error.orig is not None and str(error.orig) else str(error)
        if "locked" in said:
            return RegistryError(
                f"the registry {self.address} is locked, and was for {_WAIT:.0f} seconds: {said}",
                help="another process writes it; wait for that, or end it",
            )
        if "not a database" in said or "malformed" in said:
            return self._damaged(said)
        return RegistryError(
            f"the registry {self.address} cannot be used: {said}", help="see `registry:` of the target in profiles.yml"
        )

    def _damaged(self, why: str) -> RegistryError:
        is_file = self._url.get_backend_name() == "sqlite"
        away = "move the file away" if is_file else "name another database"
        return RegistryError(
            f"the registry {self.address} is damaged: {why}",
            help=f"restore it, or {away} and run again: a new one is made of the project and the online store",
        )


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:  # of a port that is no number
        raise RegistryError(
            "the address of the registry is no URL", help="write sqlite:///path or postgresql://host/name"
        ) from error
    if parsed.drivername in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _engine(url: URL) -> Engine:
    settings: dict[str, Any] = {"pool_pre_ping": True}
    if url.get_backend_name() == "sqlite":
        if url.database:
            _make_folder(Path(url.database).parent)
        settings = {"connect_args": {"timeout": _WAIT}}
    elif "connect_timeout" not in url.query:
        settings["connect_args"] = {"connect_timeout": _CONNECTING}
    try:
        engine = create_engine(url, **settings)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise DriverMissing(f"a registry at {url.render_as_string(hide_password=True)}", "postgres") from error
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _plain)
        event.listen(engine, "begin", _alone)
    return engine


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RegistryError(
            f"the folder of the registry, '{folder}', cannot be made: {error.strerror or error}",
            help="see `registry:` of the target in profiles.yml",
        ) from error


def _plain(connection: Any, _: object) -> None:
    """Transactions begin when they are told to, those of tables too."""
    connection.isolation_level = None


def _alone(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found
