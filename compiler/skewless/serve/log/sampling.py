"""The rows of a request into those that are logged: an entity always is, or never."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from skewless.contract.artifact import Bundle
from skewless.ground.dtypes import DataType
from skewless.stores.keys import KeyEncoder

_DIGEST = 8


class Sampler:
    """Decides by a hash of an entity's keys, the same one in every process, service and release.

    A smaller fraction logs some of the entities that a larger one does. A NULL key counts as a value of its own. Where
    a service has no keys, what is asked for is the entity.
    """

    def __init__(self, bundle: Bundle, fraction: float) -> None:
        keys = sorted(bundle.keys, key=lambda key: key.name)
        self._keys = [(key.name, KeyEncoder([DataType.parse(key.type)])) for key in keys]
        self._asked = [column.name for column in (*bundle.keys, *bundle.fields)]
        self._all = fraction == 1
        self._below = b"" if self._all else int(fraction * (1 << 8 * _DIGEST)).to_bytes(_DIGEST, "big")

    def rows(self, columns: Mapping[str, Sequence[Any]]) -> Sequence[int]:
        """The numbers of the rows to log."""
        if self._all:
            return range(len(columns[self._asked[0]]))
        blake2b, below = hashlib.blake2b, self._below
        return [
            row
            for row, entity in enumerate(self._entities(columns))
            if blake2b(entity, digest_size=_DIGEST).digest() < below
        ]

    def _entities(self, columns: Mapping[str, Sequence[Any]]) -> Iterable[bytes]:
        """The bytes of each row's keys, or of all that it asks."""
        if not self._keys:
            return (repr(row).encode() for row in zip(*(columns[name] for name in self._asked), strict=True))
        parts = [[part or b"" for part in encoder.encode([columns[name]])] for name, encoder in self._keys]
        return parts[0] if len(parts) == 1 else map(b"".join, zip(*parts, strict=True))
