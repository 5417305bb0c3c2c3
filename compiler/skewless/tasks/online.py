"""A target's online settings into its store, and into the address that may be shown."""

from __future__ import annotations

from skewless.project.environment import reveal
from skewless.project.model import OnlineSettings
from skewless.stores.open import open_store
from skewless.stores.redis_address import with_options, without_password
from skewless.stores.store import OnlineStore


def online_store(online: OnlineSettings, project: str) -> OnlineStore:
    """The store; it connects when it is used."""
    return open_store(address_of(online), project=project)


def shown_address(online: OnlineSettings) -> str:
    """The address without its password: for messages, and for bundles."""
    return without_password(address_of(online))


def address_of(online: OnlineSettings) -> str:
    """The address with its password: to connect, and for nothing else."""
    settings = reveal(online.settings)
    if online.type == "sqlite":
        return f"sqlite:///{settings['path']}"
    return with_options(settings["url"], settings)
