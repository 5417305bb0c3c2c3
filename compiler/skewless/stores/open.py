"""A store's address into the store: `sqlite:///path`, later `redis://...`."""

from __future__ import annotations

from skewless.ground.errors import UsageError
from skewless.stores.sqlite import SqliteStore
from skewless.stores.store import OnlineStore


def open_store(address: str) -> OnlineStore:
    """The store at an address. Raises UsageError for an address of no known kind."""
    scheme, _, rest = address.partition(":///")
    if scheme == "sqlite" and rest:
        return SqliteStore(rest)
    raise UsageError(
        f"'{address.split('@')[-1]}' is no address of an online store", help="write sqlite:///path/to/online.db"
    )
