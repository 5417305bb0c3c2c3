"""The rows of a request into those that are logged: an entity always is, or never."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from skewless.contract.artifact import Bundle
from skewless.ground.dtypes import DataType
from skewless.stores.keys import encode_key

_DIGEST = 8


class Sampler:
    """Decides by a hash of an entity's keys, the same one in every process, service and release.

    A smaller fraction logs some of the entities that a larger one does. A NULL key counts as a value of its own. Where
    a service has no keys, what is asked for is the entity.
    """

    def __init__(self, bundle: Bundle, fraction: float) -> None:
        keys = sorted(bundle.keys, key=lambda key: key.name)
        self._names = [key.name for key in keys] or [field.name for field in bundle.fields]
        self._types = [DataType.parse(key.type) for key in keys]
        self._all = fraction == 1
        self._below = b"" if self._all else int(fraction * (1 << 8 * _DIGEST)).to_bytes(_DIGEST, "big")

    def rows(self, columns: Mapping[str, Sequence[Any]]) -> Sequence[int]:
        """The numbers of the rows to log."""
        asked = [columns[name] for name in self._names]
        if self._all:
            return range(len(asked[0]))
        entity, below, types = (_entity if self._types else _asked), self._below, self._types
        return [
            row
            for row, values in enumerate(zip(*asked, strict=True))
            if hashlib.blake2b(entity(values, types), digest_size=_DIGEST).digest() < below
        ]


def _entity(values: Sequence[Any], types: Sequence[DataType]) -> bytes:
    key = encode_key(values, types)
    if key is not None:
        return key
    return b"".join(encode_key((value,), (dtype,)) or b"" for value, dtype in zip(values, types, strict=True))


def _asked(values: Sequence[Any], _: Sequence[DataType]) -> bytes:
    return repr(values).encode()
