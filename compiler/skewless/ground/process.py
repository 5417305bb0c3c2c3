"""Which process this is, and whether another one still is: so that what a killed one held is free at once."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

_SEPARATOR = "|"


@dataclass(frozen=True, slots=True)
class Process:
    """A process, named so that no other is ever taken for it."""

    place: str
    """The machine since it was started, and in it the namespace of process numbers."""
    number: int
    start: str
    """When it began, as the machine says it; empty where it does not."""

    @classmethod
    def own(cls) -> Process:
        return cls(_place(), os.getpid(), _start(os.getpid()) or "")

    @classmethod
    def parse(cls, text: str) -> Process | None:
        parts = text.rsplit(_SEPARATOR, 2)
        return cls(parts[0], int(parts[1]), parts[2]) if len(parts) == 3 and parts[1].isdigit() else None

    def __str__(self) -> str:
        return _SEPARATOR.join((self.place, str(self.number), self.start))

    @property
    def has_ended(self) -> bool:
        """Whether it is known to have ended. Of another machine nothing is known."""
        if self.place != _place():
            return False
        try:
            os.kill(self.number, 0)
        except ProcessLookupError:
            return True
        except OSError:
            pass
        return bool(self.start) and _start(self.number) != self.start


def _place() -> str:
    boot = _read("/proc/sys/kernel/random/boot_id")
    try:
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        namespace = ""
    return "/".join((socket.gethostname(), boot.strip(), namespace))


def _start(number: int) -> str | None:
    """The clock tick at which it began, from Linux's table; its name, which comes before, may hold anything."""
    fields = _read(f"/proc/{number}/stat").rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 else None


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
