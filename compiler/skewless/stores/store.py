"""What an online store can do. SQLite and Redis are two ways of doing it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol, Self

Part = Literal["entities", "tiles", "versions", "statics", "days"]
"""What a state consists of: values of entities, the events of those that have many, and what writers need of rows to
come: the versions of each event, and the static sources as they were when the state was loaded; and how many rows of
each day `run` has seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateInfo:
    """What is known of one view version's state: it holds what was known before `as_of`, and perhaps more."""

    version: str
    as_of: int
    """Microseconds since 1970: the earliest moment that the state can be asked for."""
    entities: int
    """How many there were when the state was loaded."""
    rows: int
    codec: int
    loaded_to: int = 0
    """What the sources held of what was known before this moment is in the state; microseconds since 1970."""
    generation: str = ""
    """Another one each time the state is loaded anew."""


LOADING_FOR, LOADING_EVERY = 30.0, 10.0
"""Seconds for which a version is taken to be loaded, and after which that is said again."""
Wanted = Sequence[tuple[str, Sequence[bytes]]]
"""(version, keys) of each part of a read; a version may be asked for in several parts."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a read found. Versions that are not loaded are missing from `states`; unknown keys are None."""

    states: Mapping[str, StateInfo]
    values: Sequence[Sequence[bytes | None]]
    """For each part of the read, the value of each of its keys, in their order."""


class Merge(Protocol):
    """Makes new values of those that are held. It may be asked again for places whose values have changed meanwhile."""

    def __call__(
        self, info: StateInfo, places: Sequence[int], held: Sequence[bytes | None], /
    ) -> Sequence[bytes | None]:
        """The values of the keys at those places; None where nothing is to be held."""


class OnlineStore(Protocol):
    """State by (view version, entity). Safe to share between threads."""

    def within(self, namespace: str) -> Self:
        """A store over the same connections that sees its own states only."""

    def batch(self) -> AbstractContextManager[None]:
        """Much is about to be written by this thread; a store may write it as one, and keep others from writing."""

    def read(self, wanted: Wanted) -> Snapshot:
        """The wanted keys of each version, in one round trip and of one point in time."""

    def replace(
        self,
        info: StateInfo,
        records: Iterable[tuple[bytes, bytes]],
        beside: Mapping[Part, Iterable[tuple[bytes, bytes]]] | None = None,
    ) -> StateInfo:
        """Puts a version's state in place of what there was, all of it or nothing; counts the entities that it wrote.

        `beside` are its other parts.
        """

    def loading(self, version: str) -> AbstractContextManager[None]:
        """Says that a version is about to be loaded as a whole, from what its sources hold by now: who writes rows of
        them meanwhile must wait, or they would be in the old state alone."""

    def is_loading(self, version: str) -> bool:
        """Whether somebody says so. It is over some seconds after whoever said it was killed."""

    def fetch(self, version: str, part: Part, keys: Sequence[bytes]) -> tuple[StateInfo, Sequence[bytes | None]]:
        """The values of one part of a state. Raises StoreError when the version is not loaded."""

    def put(self, info: StateInfo, part: Part, records: Mapping[bytes, bytes]) -> None:
        """Writes new keys of a state, which nobody reads before another value names them."""

    def leave(self, info: StateInfo, part: Part, keys: Sequence[bytes]) -> None:
        """Keys of a state that no value names any more; who has begun to read them may end."""

    def update(self, version: str, part: Part, keys: Sequence[bytes], merge: Merge) -> StateInfo:
        """Replaces the values of distinct keys by what is made of them, each at once, whoever else writes.

        All of them are of the state that is returned. Raises StoreError when the version is not loaded.
        """

    def keys(self, version: str, part: Part) -> Iterator[Sequence[bytes]]:
        """The keys of a part of a state, some thousand at a time; a key that is written meanwhile may be left out, and
        one that has been removed may be among them."""

    def advance(self, version: str, as_of: int, loaded_to: int | None = None) -> None:
        """From now on the state is not asked for a moment before `as_of`; neither moment goes back."""

    def state(self, version: str) -> StateInfo | None:
        """What is known of a version's state; None if it is not loaded."""

    def versions(self) -> tuple[StateInfo, ...]:
        """Everything that is loaded."""

    def drop(self, versions: Sequence[str]) -> None:
        """Removes versions."""

    def close(self) -> None:
        """Ends the connections."""
