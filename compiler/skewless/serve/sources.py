"""The plans of sources, and the writers of their rows, made when rows first come."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from skewless.contract.artifact import VIEWS
from skewless.contract.source_plan import SOURCES, SourcePlan, full_source_name, load_source_plan
from skewless.ground.errors import UsageError
from skewless.ingest.writer import SourceWriter
from skewless.stores.store import OnlineStore


class Sources(Protocol):
    """Where plans of sources come from."""

    def names(self) -> Sequence[str]:
        """Every source that has a plan, as `name.table`."""

    def plan(self, name: str) -> SourcePlan:
        """The plan of one of them."""


@dataclass(frozen=True, slots=True)
class SourceFolder:
    """Plans as `compile` writes them, a file each."""

    folder: Path

    @classmethod
    def beside(cls, bundle: Path) -> SourceFolder:
        """That of the bundles which the file is one of, be it of a service or of a view."""
        bundles = bundle.parent.parent if bundle.parent.name == VIEWS else bundle.parent
        return cls(bundles / SOURCES)

    def names(self) -> Sequence[str]:
        return sorted(path.stem for path in self.folder.glob("*.json"))

    def plan(self, name: str) -> SourcePlan:
        return load_source_plan(self.folder / f"{name}.json")


class SourceWriters:
    """A writer for each source, over one store. Safe to share between threads."""

    def __init__(
        self, sources: Sources | str | Path | None, store: OnlineStore, *, clock: Callable[[], dt.datetime]
    ) -> None:
        self._sources = SourceFolder(Path(sources)) if isinstance(sources, str | Path) else sources
        self._store = store
        self._clock = clock
        self._writers: dict[str, SourceWriter] = {}
        self._lock = threading.Lock()

    def over(self, store: OnlineStore) -> SourceWriters:
        """The same sources over another store."""
        return SourceWriters(self._sources, store, clock=self._clock)

    def of(self, source: str) -> SourceWriter:
        """The writer of a source, which is called by its full name or by that of its table.

        Raises UsageError when there is no such source, or none at all, or its plan is for another process than this.
        """
        if source in self._writers:
            return self._writers[source]
        with self._lock:  # rather that others wait than that all of them read a plan
            name = full_source_name(source, self._known().names())
            if name not in self._writers:
                self._writers[name] = SourceWriter(self._known().plan(name), self._store, clock=self._clock)
            return self._writers.setdefault(source, self._writers[name])

    def _known(self) -> Sources:
        if self._sources is None:
            raise UsageError(
                "this server was made without plans of sources, so it cannot write rows",
                help="say where they are: sources='target/serving/sources', or load the server from its bundle's file",
            )
        return self._sources
