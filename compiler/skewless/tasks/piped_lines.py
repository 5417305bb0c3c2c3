"""What comes through a pipe into its lines, as many at once as there are by then."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from queue import Queue
from typing import BinaryIO

_BYTES = 1 << 16
"""What a pipe holds."""
_AHEAD = 256
"""Parts that are read while the lines before them are dealt with."""


def lines_as_they_come(file: BinaryIO, most: int) -> Iterator[list[bytes]]:
    """Lines without their ends, about `most` at once: what has come is not kept waiting for what may come later, and
    where much has come it is not dealt with line by line. Raises OSError when it cannot be read."""
    rest = b""
    for part in _parts(file):
        *lines, rest = (rest + part).split(b"\n")
        for start in range(0, len(lines), most):
            yield lines[start : start + most]
    if rest:
        yield [rest]


def _parts(file: BinaryIO) -> Iterator[bytes]:
    """Bytes, joined as far as they have come."""
    try:
        number = file.fileno()
    except OSError:  # it is in memory
        yield file.read()
        return
    read: Queue[bytes | OSError] = Queue(_AHEAD)
    # A daemon, since a read cannot be broken off; it reads the file's number, because the end of the process waits for
    # whoever reads the file itself.
    threading.Thread(target=_read_all, args=(number, read), name="read stdin", daemon=True).start()
    while part := _next(read):
        parts = [part]
        while len(parts) < _AHEAD and not read.empty() and (part := _next(read)):
            parts.append(part)
        yield b"".join(parts)
        if not part:
            return


def _next(read: Queue[bytes | OSError]) -> bytes:
    found = read.get()
    if isinstance(found, OSError):
        raise found
    return found


def _read_all(number: int, read: Queue[bytes | OSError]) -> None:
    try:
        while part := os.read(number, _BYTES):
            read.put(part)
        read.put(b"")
    except OSError as error:
        read.put(error)
