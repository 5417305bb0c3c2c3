"""The entity rows that both sides are asked for: batches of a size, each of other users than the one before."""

from __future__ import annotations

from typing import Any

from serving import USERS

_BATCHES = 16
Rows = list[dict[str, Any]]


def batches(size: int, count: int = _BATCHES, **request: Any) -> list[Rows]:
    """That many of them. `request` are the request fields, the same in every row."""
    return [[{"user_id": _user(number * size + row), **request} for row in range(size)] for number in range(count)]


def _user(number: int) -> int:
    return number * 7 % USERS
