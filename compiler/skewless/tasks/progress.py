"""How a task tells what it is doing. Nothing here draws: the command line does."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told of each unit of work as it starts and ends."""

    def started(self, number: int, total: int, what: str) -> None: ...

    def finished(self, number: int, total: int, what: str, *, seconds: float, detail: str = "") -> None: ...


class Silent:
    """For callers who do not watch."""

    def started(self, number: int, total: int, what: str) -> None:
        """Says nothing."""

    def finished(self, number: int, total: int, what: str, *, seconds: float, detail: str = "") -> None:
        """Says nothing."""
