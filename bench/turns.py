"""Contenders measured in turns, a little of each in every round, so that a drift of the machine meets all alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Times:
    """Of calls, in microseconds."""

    p50: float
    p99: float
    calls: int


def in_turns(contenders: Mapping[str, Callable[[int], Sequence[int]]], rounds: int, calls: int) -> dict[str, Times]:
    """`calls` of each contender in each round; a contender gives the nanoseconds of as many calls as it is told."""
    found: dict[str, list[int]] = {name: [] for name in contenders}
    order = list(contenders)
    for _ in range(rounds):
        for name in order:
            found[name] += contenders[name](calls)
        order.append(order.pop(0))  # who comes after whom changes
    return {name: times_of(nanoseconds) for name, nanoseconds in found.items()}


def times_of(nanoseconds: Sequence[int]) -> Times:
    return Times(percentile(nanoseconds, 50), percentile(nanoseconds, 99), len(nanoseconds))


def percentile(nanoseconds: Sequence[int], percent: float) -> float:
    """In microseconds."""
    ordered = sorted(nanoseconds)
    return ordered[min(int(len(ordered) * percent / 100), len(ordered) - 1)] / 1000
