"""What is read of the store for a request: by instance, the keys of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skewless.contract.artifact import StoredInstance
from skewless.ground.dtypes import DataType
from skewless.serve.lookup import Lookup
from skewless.serve.request import Columns
from skewless.stores.keys import KeyEncoder


@dataclass(frozen=True, slots=True)
class Read:
    """What is read of the store for one instance: the keys of a request, and those that are read beside them."""

    instance: str
    version: str
    fields: tuple[str, ...]
    encoder: KeyEncoder
    beside: tuple[bytes, ...]

    @classmethod
    def of(cls, instance: StoredInstance, lookup: Lookup | None) -> Read:
        return cls(
            instance.name,
            instance.version,
            tuple(key.field for key in instance.keys),
            KeyEncoder([DataType.parse(key.type) for key in instance.keys]),
            () if lookup is None else lookup.keys_beside,
        )

    def keys(self, columns: Columns) -> list[bytes | None]:
        """The key of each row; None for a NULL key, which is no entity."""
        return self.encoder.encode([columns[field] for field in self.fields])

    def wanted(self, keys: list[bytes | None]) -> tuple[str, list[bytes]]:
        """The keys to read, in the store's terms."""
        return self.version, [*(filter(_is_key, keys) if None in keys else keys), *self.beside]

    def values(self, keys: list[bytes | None], found: Sequence[bytes | None]) -> Sequence[bytes | None]:
        """What was found, with nothing in the places of NULL keys."""
        if None not in keys:
            return found
        each = iter(found)
        return [*(None if key is None else next(each) for key in keys), *each]


def _is_key(key: bytes | None) -> bool:
    return key is not None
