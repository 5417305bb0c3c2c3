"""Moments as naive UTC, and as microseconds since 1970."""

from __future__ import annotations

import datetime as dt
from typing import Any

EPOCH = dt.datetime(1970, 1, 1)


def microseconds(moment: dt.datetime) -> int:
    """A naive UTC datetime as microseconds since 1970."""
    delta = moment - EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def moment_of(microseconds: int) -> dt.datetime:
    """The other way round."""
    return EPOCH + dt.timedelta(microseconds=microseconds)


def utc(value: Any) -> dt.datetime:
    """A moment as a naive UTC datetime: zones are converted, a date is its midnight, text is ISO 8601.

    Raises ValueError or TypeError for anything else.
    """
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value)
    if isinstance(value, dt.datetime):
        moment: dt.datetime = value.to_pydatetime(warn=False) if hasattr(value, "to_pydatetime") else value
        return moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo is not None else moment
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)
    raise TypeError(f"{type(value).__name__} is no moment")


def instant(value: Any) -> int:
    """The same as microseconds since 1970. Raises as `utc` does."""
    return microseconds(utc(value))
