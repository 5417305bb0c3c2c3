"""Runs a function in a process of its own, and tells its seconds and its peak memory."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Cost:
    seconds: float
    peak_gb: float


def in_own_process(function: Callable[..., None], *arguments: Any) -> Cost:
    """What one call costs, in a fresh interpreter."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(sender, function, arguments))
    process.start()
    sender.close()
    try:
        seconds, peak = receiver.recv()
    except EOFError as error:
        process.join()
        raise RuntimeError(f"{function.__name__}{arguments} ended with {process.exitcode}") from error
    process.join()
    return Cost(seconds, peak)


def median_microseconds(function: Callable[[], Any], rounds: int) -> tuple[float, float]:
    """(median, 99th percentile) of a call's microseconds, after a warm-up."""
    for _ in range(max(rounds // 10, 10)):
        function()
    times = []
    for _ in range(rounds):
        begun = time.perf_counter_ns()
        function()
        times.append((time.perf_counter_ns() - begun) / 1000)
    times.sort()
    return times[len(times) // 2], times[int(len(times) * 0.99)]


def _run(sender: Any, function: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    begun = time.perf_counter()
    function(*arguments)
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_048_576
    sender.send((seconds, peak))
