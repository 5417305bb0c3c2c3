"""The registry of one target of one project."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from skewless.ground.errors import RegistryError
from skewless.ground.moments import moment_of
from skewless.registry import leases, runs, versions
from skewless.registry.database import Database
from skewless.registry.leases import RENEWED_EVERY, Held
from skewless.registry.records import Author, LoadRecord, RunRecord, Scope, ServiceVersion, ViewVersion
from skewless.registry.tables import projects

_POLLED_EVERY, _ATTEMPTS = 1.0, 5
_Answer = TypeVar("_Answer")


class Registry:
    """What is known of a target. Safe to share between threads; close it."""

    def __init__(self, url: str, scope: Scope, author: Author, *, make: bool = True) -> None:
        """Makes or migrates the tables. Raises RegistryError when the registry cannot be used, when there is none and
        it is not to `make` one, and when another project has this one's name."""
        self._database = Database(url, make=make)
        self._scope, self._author = scope, author
        try:
            self._again(self._admitted)
        except BaseException:
            self.close()
            raise

    @property
    def address(self) -> str:
        """Where it is, without a password."""
        return self._database.address

    @property
    def is_new(self) -> bool:
        """Whether it was made just now, and knows nothing yet."""
        return self._database.is_new

    def close(self) -> None:
        self._database.close()

    def begin(self, command: str) -> int:
        """The number of a run that begins now."""
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            return runs.begin(connection, self._scope, self._author, now, command)

    def add_load(self, run: int, load: LoadRecord) -> None:
        with self._database.transaction() as connection:
            runs.add_load(connection, run, load, self._database.now(connection))

    def end(self, run: int, status: str) -> None:
        with self._database.transaction() as connection:
            runs.end(connection, run, self._database.now(connection), status)

    def runs(self, count: int) -> list[RunRecord]:
        """The last ones, the newest first."""
        with self._database.transaction() as connection:
            return runs.newest(connection, self._scope, count)

    def last_loads(self) -> list[LoadRecord]:
        """Of each version, the last load that succeeded."""
        with self._database.transaction() as connection:
            return runs.last_loads(connection, self._scope)

    def put_views(self, found: Iterable[ViewVersion]) -> None:
        """Notes versions of views as they are written now. Two processes may note the same ones at once."""
        known = list(found)
        self._again(
            lambda connection: versions.put_views(
                connection, self._scope, self._author, self._database.now(connection), known
            )
        )

    def views(self, wanted: Collection[str]) -> dict[str, ViewVersion]:
        """Version to what is known of it, of those that are known."""
        with self._database.transaction() as connection:
            return versions.view_versions_of(connection, self._scope, wanted)

    def put_services(self, found: Iterable[ServiceVersion]) -> None:
        """These are the current versions of their services from now on."""
        known = list(found)

        def put(connection: Connection) -> None:
            now = self._database.now(connection)
            for version in known:
                versions.put_current(connection, self._scope, self._author, now, version)

        self._again(put)

    def supersede_all_but(self, services: Collection[str]) -> None:
        """The project has these services, and no others any more."""
        with self._database.transaction() as connection:
            versions.supersede_all_but(connection, self._scope, self._database.now(connection), list(services))

    def services(self) -> list[ServiceVersion]:
        """All versions that are not retired, by service, the newest first."""
        with self._database.transaction() as connection:
            return versions.service_versions_of(connection, self._scope)

    def elsewhere(self) -> dict[str, str]:
        """Versions that other targets of the project use, and how, for a person."""
        with self._database.transaction() as connection:
            return versions.elsewhere(connection, self._scope)

    def retire(self, found: Iterable[tuple[str, str]]) -> None:
        """These (service, version) are deployed nowhere any more."""
        with self._database.transaction() as connection:
            versions.retire(connection, self._scope, self._database.now(connection), found)

    @contextmanager
    def leased(
        self, names: Sequence[str], holder: str, *, wait: float = 0.0, told: Callable[[str], None] | None = None
    ) -> Iterator[None]:
        """Holds the leases of views meanwhile, waiting for so many seconds for whoever has one of them.

        Raises RegistryError that names the holder, when it is still not free then.
        """
        token = str(uuid.uuid4())
        until = time.monotonic() + wait
        while held := self._take(names, token, holder):
            text = _words(held)
            if time.monotonic() >= until:
                raise RegistryError(text, help="run again when it is done, or wait for it: --wait SECONDS")
            if told is not None:
                told(f"waiting: {text}")
            time.sleep(_POLLED_EVERY)
        ended = threading.Event()
        thread = threading.Thread(target=self._renew, args=(token, ended), name="lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            with self._database.transaction() as connection:
                leases.release(connection, token)

    def _take(self, names: Sequence[str], token: str, holder: str) -> list[Held]:
        return self._again(
            lambda connection: leases.take(
                connection,
                self._scope,
                sorted(set(names)),
                token=token,
                holder=f"{holder} of {self._author.name}",
                now=self._database.now(connection),
            )
        )

    def _renew(self, token: str, ended: threading.Event) -> None:
        while not ended.wait(RENEWED_EVERY):
            try:
                with self._database.transaction() as connection:
                    leases.renew(connection, token, self._database.now(connection))
            except RegistryError:
                continue  # it is tried again, and until then the lease runs on

    def _again(self, work: Callable[[Connection], _Answer]) -> _Answer:
        """Tried anew when somebody else has put the same row there at the same moment."""
        for left in reversed(range(_ATTEMPTS)):
            try:
                with self._database.transaction() as connection:
                    return work(connection)
            except RegistryError as error:
                if not left or not isinstance(error.__cause__, IntegrityError):
                    raise
        raise AssertionError("the last attempt has returned or raised")

    def _admitted(self, connection: Connection) -> None:
        scope = self._scope
        found = connection.execute(select(projects).where(projects.c.name == scope.project)).first()
        if found is None:
            now = self._database.now(connection)
            own = {"name": scope.project, "identity": scope.identity}
            connection.execute(insert(projects).values(**own, created_at=now, created_by=self._author.name))
        elif found.identity is None and scope.identity is not None:
            connection.execute(update(projects).where(projects.c.name == scope.project).values(identity=scope.identity))
        elif found.identity != scope.identity:
            raise RegistryError(
                f"the registry {self.address} has another project called '{scope.project}', "
                f"noted by {found.created_by} on {moment_of(found.created_at):%Y-%m-%d}",
                help="give this one another name in skewless.yml"
                + (f", or, if it is the same project, `id: {found.identity}`" if found.identity else ""),
            )


def _words(held: Sequence[Held]) -> str:
    first = held[0]
    names = ", ".join(one.name for one in held[:3]) + (f" and {len(held) - 3} more" if len(held) > 3 else "")
    since = moment_of(first.since)
    return f"{names}: being loaded by {first.holder} since {since:%Y-%m-%d %H:%M:%S} UTC"
