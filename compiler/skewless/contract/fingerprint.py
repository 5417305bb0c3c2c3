"""A view's version: a digest of all that its stored state and its values depend on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

MEANING = "2"
"""Counted up when an unchanged definition comes to mean other values, or its state is kept in another way."""


def version_of(name: str, parts: Iterable[str]) -> str:
    """`view@0123456789ab`: equal parts give equal versions on every machine."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode())
        digest.update(b"\x00")
    return f"{name}@{digest.hexdigest()[:12]}"


def view_of(version: str) -> str:
    """The view that a version is of."""
    return version.partition("@")[0]
