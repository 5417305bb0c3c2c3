"""What is counted of a feature's rows, and how counts of parts of the rows add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, get_args

from skewless.monitor.bins import NULL_BIN
from skewless.serve.vector import Status

STATUSES: tuple[str, ...] = get_args(Status)
KeyT = TypeVar("KeyT")
UNKNOWN = "UNKNOWN"
"""A status that this release does not know, or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Rows of one feature. Ages are in seconds, of those rows that have an event timestamp."""

    bins: Counter[int] = field(default_factory=Counter)
    """Rows by the number of their bin; NULL is NULL_BIN."""
    statuses: Counter[str] = field(default_factory=Counter)
    """Empty where there are no statuses, as in a training set."""
    aged: int = 0
    age_sum: float = 0.0
    age_max: float | None = None

    @property
    def rows(self) -> int:
        return self.bins.total()

    @property
    def nulls(self) -> int:
        return self.bins[NULL_BIN]

    @property
    def null_rate(self) -> float | None:
        return self.nulls / self.rows if self.rows else None

    @property
    def age_mean(self) -> float | None:
        return self.age_sum / self.aged if self.aged else None

    def status_rate(self, status: str) -> float | None:
        """The share of a status; None where there are no statuses."""
        total = self.statuses.total()
        return self.statuses[status] / total if total else None

    def counts(self, bins: int) -> tuple[int, ...]:
        """The rows of each bin, without NULL."""
        return tuple(self.bins[number] for number in range(bins))


def added(tallies: Iterable[Tally]) -> Tally:
    """The tally of all the rows together."""
    parts = list(tallies)
    return Tally(
        bins=_total([one.bins for one in parts]),
        statuses=_total([one.statuses for one in parts]),
        aged=sum(one.aged for one in parts),
        age_sum=sum(one.age_sum for one in parts),
        age_max=max((one.age_max for one in parts if one.age_max is not None), default=None),
    )


def _total(counters: Sequence[Counter[KeyT]]) -> Counter[KeyT]:
    return sum(counters, Counter())
