"""What a kind of stream can do. Each message is delivered until somebody of the group acknowledges it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

Format = Literal["json", "arrow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamAddress:
    """Where a source's rows are delivered; the URL may hold a password."""

    source: str
    type: Literal["redis"]
    url: str = field(repr=False)
    name: str
    group: str
    format: Format
    land: str | None = None
    """The folder that its rows are landed in, relative to the project."""


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery. Its fields are bytes that nobody has looked at."""

    id: str
    fields: Mapping[bytes, bytes]
    arrived_at: dt.datetime | None = None
    """When the stream took it, naive UTC: the same at every delivery. None where a stream does not say."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was not written in full, and never will be as it is. `rows` counts what of it was not; a message
    without readable rows is one."""

    message: Message
    reason: str
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Lag:
    """What the group has still to do."""

    waiting: int
    """Messages that were delivered to nobody yet."""
    pending: int
    """Messages that were delivered and not acknowledged."""


class StreamDown(Exception):
    """The stream cannot be used for now: trying again may help. The text is for the user."""


class Stream(Protocol):
    """A stream as one consumer of a group sees it.

    Every method raises StreamDown where trying again may help, and StoreError where it cannot.
    """

    shown: str
    """Where it is, for messages: no password."""

    @property
    def rejected(self) -> int:
        """Rows of the letters that are put aside by now."""

    def read(self, count: int, seconds: float) -> Sequence[Message]:
        """At most `count` messages that nobody else was given; waits for the first one.

        What this consumer was given before it was restarted, or before a connection broke, comes first.
        """

    def reclaim(self, count: int) -> Sequence[Message]:
        """Messages that a consumer was given and has not acknowledged for so long that it must be dead."""

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """The messages are done with: their rows are in the state, durably."""

    def reject(self, letters: Sequence[DeadLetter]) -> None:
        """Puts messages aside, where somebody may look at them, and acknowledges them; all or nothing of each."""

    def lag(self) -> Lag:
        """What is left, asked of the server."""

    def close(self) -> None:
        """Leaves the group; what was not acknowledged is left to others."""
