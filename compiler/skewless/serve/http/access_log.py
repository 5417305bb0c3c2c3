"""A line of JSON for each request, written by a thread of its own: a slow reader of the log does not slow answers."""

from __future__ import annotations

import datetime as dt
import threading
from collections import deque
from typing import Any, BinaryIO

import msgspec

_KEPT = 100_000
"""Lines that may wait to be written; more are dropped and counted."""
_SECONDS = 0.1
_JSON = msgspec.json.Encoder()


class AccessLog:
    """Open from `start` to `close`, which writes what still waits."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lines: deque[bytes] = deque()
        self._dropped = 0
        self._closing = threading.Event()
        self._writer = threading.Thread(target=self._write_all, name="skewless-access-log", daemon=True)

    def start(self) -> None:
        self._writer.start()

    def write(self, fields: dict[str, Any]) -> None:
        """Never waits."""
        if len(self._lines) >= _KEPT:
            self._dropped += 1
            return
        now = dt.datetime.now(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        self._lines.append(_JSON.encode({"timestamp": now, "level": "info", "event": "request", **fields}))

    def close(self) -> None:
        self._closing.set()
        self._writer.join(timeout=2)

    def _write_all(self) -> None:
        while not self._closing.wait(_SECONDS):
            self._write()
        self._write()

    def _write(self) -> None:
        lines = [self._lines.popleft() for _ in range(len(self._lines))]
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            lines.append(_JSON.encode({"level": "warn", "event": "access_log_dropped", "lines": dropped}))
        if not lines:
            return
        try:
            self._stream.write(b"\n".join(lines) + b"\n")
            self._stream.flush()
        except (OSError, ValueError):
            self._dropped = 0  # the reader has gone: there is nobody to tell
