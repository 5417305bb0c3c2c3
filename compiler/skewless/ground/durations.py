"""Text such as `90 days` into a fixed length of time in microseconds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

MICROSECONDS = {
    "microsecond": 1,
    "millisecond": 1_000,
    "second": 1_000_000,
    "minute": 60_000_000,
    "hour": 3_600_000_000,
    "day": 86_400_000_000,
    "week": 604_800_000_000,
}
CALENDAR_DAYS = {"month": 30, "quarter": 90, "year": 365, "decade": 3650}
_ABBREVIATIONS = {
    "us": "microsecond",
    "ms": "millisecond",
    "s": "second",
    "sec": "second",
    "m": "minute",
    "min": "minute",
    "h": "hour",
    "hr": "hour",
    "d": "day",
    "w": "week",
}
_TERM = re.compile(r"\s*(\d+)\s*([a-zA-Z]+)\s*(?:,|and\b)?")


class CalendarDurationError(ValueError):
    """A unit whose length depends on the calendar; `suggestion` is a fixed length near to it."""

    def __init__(self, text: str, suggestion: str) -> None:
        super().__init__(f"'{text}' has no fixed length")
        self.suggestion = suggestion


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A fixed length of time, zero or longer."""

    microseconds: int

    @classmethod
    @lru_cache(maxsize=1024)
    def parse(cls, text: str) -> Duration:
        """`'1 hour'`, `'90 days'`, `'1 hour 30 minutes'`, `'24h'`.

        Raises CalendarDurationError for months and years, ValueError for anything else that is no duration.
        """
        position, total = 0, 0
        while position < len(text):
            term = _TERM.match(text, position)
            if term is None:
                break
            total += int(term[1]) * _unit(term[2], count=int(term[1]), text=text)
            position = term.end()
        if position == 0 or text[position:].strip():
            raise ValueError(f"'{text}' is not a duration; write a number and a unit, such as '1 hour' or '7 days'")
        return cls(total)

    def __str__(self) -> str:
        """The largest units that say it exactly: `90 minutes`, `7 days`, `1 hour`."""
        if self.microseconds == 0:
            return "0 seconds"
        for unit in ("day", "hour", "minute", "second", "millisecond", "microsecond"):
            count, rest = divmod(self.microseconds, MICROSECONDS[unit])
            if not rest:
                return f"{count} {unit}{'' if count == 1 else 's'}"
        raise AssertionError("a microsecond divides every duration")


def _unit(word: str, *, count: int, text: str) -> int:
    name = word.lower()
    name = _ABBREVIATIONS.get(name, name.removesuffix("s"))
    if name in CALENDAR_DAYS:
        raise CalendarDurationError(text, f"{count * CALENDAR_DAYS[name]} days")
    if name not in MICROSECONDS:
        raise ValueError(f"'{word}' in '{text}' is not a unit of time; use seconds, minutes, hours, days or weeks")
    return MICROSECONDS[name]
