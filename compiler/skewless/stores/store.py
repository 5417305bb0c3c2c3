"""What an online store can do. SQLite and Redis are two ways of doing it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class StateInfo:
    """What is known of one view version's state: it holds what was known before `as_of`."""

    version: str
    as_of: int
    """Microseconds since 1970."""
    entities: int
    rows: int
    codec: int


Wanted = Sequence[tuple[str, Sequence[bytes]]]
"""(version, keys) of each part of a read; a version may be asked for in several parts."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a read found. Versions that are not loaded are missing from `states`; unknown keys are None."""

    states: Mapping[str, StateInfo]
    values: Sequence[Sequence[bytes | None]]
    """For each part of the read, the value of each of its keys, in their order."""


class OnlineStore(Protocol):
    """State by (view version, entity). Safe to share between threads."""

    def within(self, namespace: str) -> Self:
        """A store over the same connections that sees its own states only."""

    def batch(self) -> AbstractContextManager[None]:
        """Much is about to be written by this thread; a store may write it as one."""

    def read(self, wanted: Wanted) -> Snapshot:
        """The wanted keys of each version, in one round trip and of one point in time."""

    def replace(self, info: StateInfo, records: Iterable[tuple[bytes, bytes]]) -> StateInfo:
        """Puts a version's state in place of what there was, all of it or nothing; counts what it wrote."""

    def versions(self) -> tuple[StateInfo, ...]:
        """Everything that is loaded."""

    def drop(self, versions: Sequence[str]) -> None:
        """Removes versions."""

    def close(self) -> None:
        """Ends the connections."""
