"""What a serving process is told at start; plain data, so that it can be sent to worker processes."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request may cost, and how much may go on at once in one process."""

    body_bytes: int = 4 * 1024 * 1024
    rows: int = 10_000
    seconds: float = 10.0
    """From the first byte of the head to the answer."""
    requests: int = 256
    """Requests of one kind (look-ups, pushes) that are under way, waiting ones included."""
    threads: int = field(default_factory=lambda: min(4, os.cpu_count() or 1))
    """Threads that read the store and compute. More of them wait for a slow store together; more than there are
    processors take the interpreter from each other while the store is quick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`bundles` is the folder that `run` writes to. An address of a store may hold a password, so it is not shown."""

    bundles: Path
    store: str | None = field(default=None, repr=False)
    """Where the state is; without it, where each bundle says."""
    services: tuple[str, ...] = ()
    """Those to serve; all that are there, if none is named."""
    token_digests: tuple[bytes, ...] = field(default=(), repr=False)
    """SHA-256 of each bearer token; without any, everybody may ask."""
    limits: Limits = field(default_factory=Limits)
    access_log: bool = True
    log_folder: Path | None = None
    """Where the serving log is written; without it there is none."""
    log_fraction: float = 1.0
    rejects_folder: Path | None = None
    """Where rows that were pushed and refused are kept; without it, only who pushed them is told."""
    metrics_folder: Path | None = None
    """Where several worker processes add up what they count."""
