"""The text of an option into a moment."""

from __future__ import annotations

import datetime as dt


def parse_moment(text: str | None, now: dt.datetime, option: str = "--as-of") -> dt.datetime:
    """Naive UTC; `now` when nothing was given. Raises UsageError for what is no moment."""
    if text is None:
        return now
    from skewless.ground.errors import UsageError
    from skewless.ground.moments import utc

    try:
        return utc(text.strip())
    except (ValueError, TypeError, OverflowError) as error:
        raise UsageError(f"{option}: '{text}' is no moment", help="write it as 2026-06-12T10:00:00Z") from error
