"""Two histograms over the same bins into distances: PSI, Kullback-Leibler, Jensen-Shannon, Kolmogorov-Smirnov.

Formulas and sources are in docs/explanation/drift.md. A bin that is empty on both sides says nothing and is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import fsum, log

FLOOR = 1e-4
"""The least share of a bin in PSI and KL, which have no value where a side has nothing; then all add up to 1 again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distances:
    """How far served values are from the baseline."""

    psi: float
    """Population stability index, 0 or more. Symmetric."""
    kl: float
    """Kullback-Leibler divergence of what was served from the baseline, in nats."""
    js: float
    """Jensen-Shannon divergence in nats, from 0 to ln 2. Symmetric."""
    ks: float | None
    """Largest difference of the distribution functions at the edges of bins, from 0 to 1. None without an order."""


def distances(baseline: Sequence[int], served: Sequence[int], *, is_ordered: bool) -> Distances | None:
    """The distances of two rows of counts of the same bins. None if one of them has counted nothing."""
    if not sum(baseline) or not sum(served):
        return None
    used = [(one, other) for one, other in zip(baseline, served, strict=True) if one or other]
    counts = [one for one, _ in used], [other for _, other in used]
    p, q = (_shares(side) for side in counts)
    floored = _floored(p), _floored(q)
    return Distances(
        psi=_psi(*floored),
        kl=_kl(*floored),
        js=_js(p, q),
        ks=_ks(*counts) if is_ordered else None,
    )


def _psi(p: Sequence[float], q: Sequence[float]) -> float:
    return fsum((b - a) * log(b / a) for a, b in zip(p, q, strict=True))


def _kl(p: Sequence[float], q: Sequence[float]) -> float:
    """Of q from p. Rounding must not make it negative."""
    return max(0.0, fsum(b * log(b / a) for a, b in zip(p, q, strict=True)))


def _js(p: Sequence[float], q: Sequence[float]) -> float:
    middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    terms = (share * log(share / m) for side in (p, q) for share, m in zip(side, middle, strict=True) if share)
    return min(max(0.0, fsum(terms) / 2), log(2))


def _ks(baseline: Sequence[int], served: Sequence[int]) -> float:
    n, m = sum(baseline), sum(served)
    return max(abs(a / n - b / m) for a, b in zip(accumulate(baseline), accumulate(served), strict=True))


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts)
    return [count / total for count in counts]


def _floored(shares: Sequence[float]) -> list[float]:
    raised = [max(share, FLOOR) for share in shares]
    total = fsum(raised)
    return [share / total for share in raised]
