"""Passwords in addresses, and what is wrong with the address of a Redis server."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

REDIS_SCHEMES = ("redis", "rediss", "unix")
_QUOTED = "in a user or a password, write / as %2F, ? as %3F, # as %23 and @ as %40"
_WRITE = "write redis://host:6379"


def password_of(url: str) -> str | None:
    """The password in a URL, also where a character of it should be quoted and is not."""
    try:
        if found := urlsplit(url).password:
            return found
    except ValueError:
        pass
    return url.partition("://")[2].rpartition("@")[0].partition(":")[2] or None


def redis_url_fault(url: str) -> str | None:
    """Why the URL cannot be used, and how to write it, without its password; None if it can be used.

    redis-py takes a database that is no number for 0, and splits a password at a character that should be quoted.
    """
    scheme, _, rest = url.partition("://")
    if scheme not in REDIS_SCHEMES or not rest:
        # Only what follows a password may be shown.
        return f"'{url.rpartition('@')[2]}' is not the url of a Redis server: {_WRITE}"
    if "#" in url:
        return f"the url of the Redis server has a #: {_QUOTED}"
    try:
        parts = urlsplit(url)
    except ValueError:  # it may repeat the password
        return f"the url of the Redis server is no URL: {_WRITE}; {_QUOTED}"
    try:
        _ = scheme == "unix" or parts.port
    except ValueError:
        return f"the url of the Redis server has no number as its port: {_WRITE}; {_QUOTED}"
    if scheme == "unix":
        return None if parts.path else "the url of the Redis server names no socket: write unix:///path/to/redis.sock"
    if not re.fullmatch(r"/?|/[0-9]+/?", parts.path):
        return f"the url of the Redis server has no number as its database: write redis://host:6379/0; {_QUOTED}"
    return None
