"""The address of a Redis store: a URL as redis-py reads it, with the store's own options among its parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from skewless.ground.diagnostics import did_you_mean
from skewless.ground.errors import UsageError
from skewless.ground.urls import REDIS_SCHEMES, redis_url_fault

_PREFIX = re.compile(r"[A-Za-z0-9_.:/-]+")
_OF_PATHS = ("sqlite", "unix")
_OPTIONS = ("prefix", "timeout", "connect_timeout", "max_connections")


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisAddress:
    """Where the server is and how it is talked to. Seconds; `prefix` begins every key of the project."""

    url: str = field(repr=False)
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
    if fault := redis_url_fault(text):
        raise UsageError(fault)
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
        url=_joined(parts._replace(query=urlencode(given))),
        prefix=prefix,
        timeout=_number(own, "timeout", 1.0),
        connect_timeout=_number(own, "connect_timeout", 1.0),
        max_connections=int(_number(own, "max_connections", 64, least=1)),
    )


def with_options(url: str, options: Mapping[str, Any]) -> str:
    """The URL with the store's options among its parameters."""
    parts = urlsplit(url)
    written = {name: str(options[name]) for name in _OPTIONS if options.get(name) is not None}
    return _joined(parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), **written})))


def like(given: str, own: str) -> str:
    """The address that is given instead of a bundle's own, with the options of the latter that it does not say.

    Under another prefix it would be another target's state that is read, without an error.
    """
    if not (_is_redis(given) and _is_redis(own)) or redis_url_fault(given):
        return given
    said = dict(parse_qsl(urlsplit(given).query, keep_blank_values=True))
    meant = dict(parse_qsl(urlsplit(own).query, keep_blank_values=True))
    return with_options(given, {name: value for name, value in meant.items() if name not in said})


def _is_redis(address: str) -> bool:
    return address.partition("://")[0] in REDIS_SCHEMES


def without_password(url: str) -> str:
    """The URL as it may be shown and kept in files."""
    scheme, _, rest = url.partition("://")
    if scheme not in _OF_PATHS and "@" in rest and "@" not in re.split("[/?#]", rest, maxsplit=1)[0]:
        # A password with a slash that is not escaped. Such a URL is refused, and the refusal shows it.
        return f"{scheme}://{rest.rpartition('@')[2]}"
    parts = urlsplit(url)
    given = parse_qsl(parts.query, keep_blank_values=True)
    shown = [(name, value) for name, value in given if not _is_secret(name)]
    if parts.password is None and shown == given:
        return url
    place = parts.netloc.rpartition("@")[2]
    name = f"{parts.username}@" if parts.username else ""
    query = parts.query if shown == given else urlencode(shown)
    return _joined(parts._replace(netloc=f"{name}{place}", query=query))


def _joined(parts: SplitResult) -> str:
    """The URL again. Python's own way back leaves the slashes out where there is no host, as for a socket of Unix."""
    url = urlunsplit(parts)
    return url if url.startswith(f"{parts.scheme}://") else url.replace(f"{parts.scheme}:/", f"{parts.scheme}:///", 1)


def _is_secret(parameter: str) -> bool:
    """redis-py takes passwords as parameters, too; for a socket of Unix there is no other place."""
    return "password" in parameter.lower()


def _number(given: Mapping[str, str], name: str, otherwise: float, least: float = 0) -> float:
    try:
        number = float(given.get(name, otherwise))
    except ValueError:
        number = 0.0
    if not least <= number < float("inf") or number == 0:
        expected = f"no number of at least {least:g}" if least else "no number above 0"
        raise UsageError(f"the {name} of the online store is '{given[name]}', which is {expected}")
    return number
