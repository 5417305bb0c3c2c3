"""One run at a time loads a version into Redis: a key that holds its owner's token, and ends by itself."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from skewless.ground.errors import StoreError
from skewless.ground.process import Process

_LOCKED_FOR = 60
"""Seconds after which the lock of a run that died is gone; a living one prolongs it."""
_ATTEMPTS = 3
"""How often a lock that is free by the time it is looked at is asked for again."""
_IF_LOCKED = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end "
_PROLONG = _IF_LOCKED + "return redis.call('EXPIRE', KEYS[1], ARGV[2])"
_WRITE = _IF_LOCKED + "redis.call('SET', KEYS[2], ARGV[2]) return 1"
_FREE = _IF_LOCKED + "return redis.call('DEL', KEYS[1])"
_TAKE_OVER = _IF_LOCKED + "redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3]) return 1"


@contextmanager
def locked(client: Any, key: bytes, version: str) -> Iterator[Lock]:
    """Raises StoreError when another run has the lock."""
    lock = Lock(client, key)
    if not lock.take():
        raise StoreError(
            f"another run is loading '{version}' into the online store",
            help=f"wait for it; the lock of a run that was killed on another machine is gone after {_LOCKED_FOR} s",
        )
    try:
        yield lock
    finally:
        with suppress(Exception):  # what went wrong before is what matters; the lock ends by itself
            lock.free()


class Lock:
    """A key that holds its owner's token."""

    def __init__(self, client: Any, key: bytes) -> None:
        self._client = client
        self._key = key
        self._token = f"{secrets.token_hex(16)} {Process.own()}"
        self._taken = 0.0

    def take(self) -> bool:
        """Takes it if nobody has it, or the process that had it is known to have ended."""
        self._taken = time.monotonic()
        for _ in range(_ATTEMPTS):
            if self._client.set(self._key, self._token, nx=True, ex=_LOCKED_FOR):
                return True
            held = self._client.get(self._key)
            if held == self._token.encode():  # the answer was lost, and the client has asked again
                return True
            if held is not None and not _is_of_the_dead(held):
                return False
            if held is not None and self._client.eval(_TAKE_OVER, 1, self._key, held, self._token, _LOCKED_FOR):
                return True
        return False

    def prolong(self) -> None:
        """Keeps the lock while the work goes on. Raises StoreError when it is another's."""
        if time.monotonic() - self._taken > _LOCKED_FOR / 6:
            self._taken = time.monotonic()
            self._expect(self._client.eval(_PROLONG, 1, self._key, self._token, _LOCKED_FOR))

    def write(self, key: bytes, value: bytes) -> None:
        """Writes a key of the same node, if the lock is still held."""
        self._expect(self._client.eval(_WRITE, 2, self._key, key, self._token, value))

    def free(self) -> None:
        self._client.eval(_FREE, 1, self._key, self._token)

    def _expect(self, answer: int) -> None:
        if not answer:
            raise StoreError(
                "the lock of this run in the online store is gone: another run has it, or the server was restarted",
                help="run again; what was there before is still served",
            )


def _is_of_the_dead(token: bytes) -> bool:
    owner = Process.parse(token.decode(errors="replace").partition(" ")[2])
    return owner is not None and owner.has_ended
