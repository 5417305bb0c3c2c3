"""The address of a Redis store: a URL as redis-py reads it, with the store's own options among its parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from skewless.ground.diagnostics import did_you_mean
from skewless.ground.errors import UsageError

SCHEMES = ("redis", "rediss", "unix")
_PREFIX = re.compile(r"[A-Za-z0-9_.:/-]+")
_OPTIONS = ("prefix", "timeout", "connect_timeout", "max_connections")


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisAddress:
    """Where the server is and how it is talked to. Seconds; `prefix` begins every key of the project."""

    url: str
    prefix: str
    timeout: float
    connect_timeout: float
    max_connections: int

    @property
    def shown(self) -> str:
        """The address for messages: no password, no parameters."""
        return without_password(self.url).partition("?")[0]


def parse_address(text: str, project: str) -> RedisAddress:
    """Reads an address. Without a `prefix` the project's name is taken. Raises UsageError naming what is wrong."""
    parts = urlsplit(text)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    own = {name: given.pop(name) for name in _OPTIONS if name in given}
    for name in given:
        if hint := did_you_mean(name, _OPTIONS):
            raise UsageError(f"'{name}' is no option of the online store", help=hint)
    prefix = own.get("prefix") or re.sub(r"[^A-Za-z0-9_.:/-]", "_", project) or "skewless"
    if not _PREFIX.fullmatch(prefix):
        raise UsageError(
            f"the prefix '{prefix}' of the online store has other characters than letters, digits and _.:/-",
            help="choose another prefix; it begins every key of the project in Redis",
        )
    return RedisAddress(
        url=urlunsplit(parts._replace(query=urlencode(given))),
        prefix=prefix,
        timeout=_number(own, "timeout", 1.0),
        connect_timeout=_number(own, "connect_timeout", 1.0),
        max_connections=int(_number(own, "max_connections", 64)),
    )


def with_options(url: str, options: Mapping[str, Any]) -> str:
    """The URL with the store's options among its parameters."""
    parts = urlsplit(url)
    written = {name: str(options[name]) for name in _OPTIONS if options.get(name) is not None}
    return urlunsplit(parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), **written})))


def without_password(url: str) -> str:
    """The URL as it may be shown and kept in files."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    place = parts.netloc.rpartition("@")[2]
    name = f"{parts.username}@" if parts.username else ""
    return urlunsplit(parts._replace(netloc=f"{name}{place}"))


def _number(given: Mapping[str, str], name: str, otherwise: float) -> float:
    try:
        number = float(given.get(name, otherwise))
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise UsageError(f"the {name} of the online store is '{given[name]}', which is no number above 0")
    return number
