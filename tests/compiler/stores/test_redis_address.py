"""Addresses of Redis stores: what can be meant, the options that they carry, and passwords that are never shown."""

from __future__ import annotations

import re

import pytest

from skewless.ground.errors import StoreError, UsageError
from skewless.stores.open import open_store
from skewless.stores.redis_address import like, parse_address, with_options, without_password


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("redis://h?prefix=a{b}", "other characters"),
        ("redis://h?timeout=soon", "timeout of the online store is 'soon'"),
        ("redis://h?timeout=0", "no number above 0"),
        (
            "redis://h?max_connections=0.5",
            "max_connections of the online store is '0.5', which is no number of at least 1",
        ),
        ("redis://h?max_connection=4", "'max_connection' is no option"),
        ("redis://[h", "is no URL: write redis://host:6379"),
        ("redis://", "is not the url of a Redis server"),
        ("sqlite:///", "no address"),
        ("mysql://u:secret@h", "'h' is no address"),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused(address: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        open_store(address, project="shop")


def test_an_address_carries_the_options_of_a_profile() -> None:
    text = with_options("rediss://me:pw@h:1/2?ssl_cert_reqs=none", {"prefix": "p", "timeout": 0.5, "url": "x"})
    address = parse_address(text, "shop")
    assert (address.prefix, address.timeout, address.max_connections) == ("p", 0.5, 64)
    assert address.url == "rediss://me:pw@h:1/2?ssl_cert_reqs=none"
    assert without_password(text) == "rediss://me@h:1/2?ssl_cert_reqs=none&prefix=p&timeout=0.5"
    assert parse_address(with_options("unix:///tmp/r.sock", {"prefix": "p"}), "shop").url == "unix:///tmp/r.sock"
    assert without_password("unix://me:pw@/tmp/r.sock") == "unix://me@/tmp/r.sock"
    assert parse_address("redis://h", "my shop!").prefix == "my_shop_"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://me:pw@h:1/2", "redis://me@h:1/2"),
        ("redis://:pw@h", "redis://h"),
        ("unix:///run/a@b/redis.sock?db=1&password=pw", "unix:///run/a@b/redis.sock?db=1"),
        ("rediss://me@h?ssl_password=pw&password=pw&prefix=p", "rediss://me@h?prefix=p"),
        ("redis://me:p/w@h:1", "redis://h:1"),
        ("redis://:p?w@h:1", "redis://h:1"),
        ("redis://:p#w@h:1", "redis://h:1"),
        ("sqlite:////srv/a@b?c#d/online.db", "sqlite:////srv/a@b?c#d/online.db"),
    ],
)
def test_no_password_is_shown_wherever_it_stands(url: str, shown: str) -> None:
    assert without_password(url) == shown
    if not url.startswith("sqlite"):
        try:
            address = parse_address(url, "shop")
            said = address.shown + repr(address)
        except UsageError as error:
            said = f"{error} {error.help}"
        assert not {"pw", "p/w", "p?w", "p#w"} & set(re.split("[:@=&'?]", said))


def test_a_parameter_that_nobody_knows_is_named() -> None:
    with pytest.raises(StoreError, match="its URL has a parameter 'foo'"):
        open_store("redis://127.0.0.1:1?foo=bar", project="shop").versions()


def test_an_address_with_a_password_keeps_the_options_of_the_bundle() -> None:
    own = "redis://h:1/2?prefix=p2&timeout=0.2"
    assert parse_address(like("redis://:pw@h:1/2", own), "shop").prefix == "p2"
    said = parse_address(like("rediss://:pw@other?prefix=mine&ssl_cert_reqs=none", own), "shop")
    assert (said.prefix, said.timeout, said.url) == ("mine", 0.2, "rediss://:pw@other?ssl_cert_reqs=none")
    assert like("sqlite:///online.db", own) == "sqlite:///online.db"
    assert like("redis://h", "sqlite:///online.db") == "redis://h"
