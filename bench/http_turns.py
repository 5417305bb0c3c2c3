"""Both HTTP servers under wrk, in alternating short rounds, on one Redis."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from agreement import SERVICES, body, check_servers, request_fields
from asked import batches
from feast_side import FeastSide, feast_server
from our_side import OurSide, our_server

WRK_IS_MISSING = "wrk is missing, so nothing was measured over HTTP: apt-get install wrk"
_ROUNDS, _SECONDS = 8, 1
_STARTING_SECONDS = 3
"""One worker answers, and the other may still import."""
_CASES = (("lookup", 1), ("lookup", 100), ("risk_by_row", 1), ("risk_by_batch", 1), ("risk_by_batch", 100))
"""Feast's service, and the rows of a request."""


@dataclass(frozen=True, slots=True)
class Load:
    """Of one server under four connections: requests per second, and the latencies of a request in milliseconds."""

    requests: float
    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class Case:
    workers: int
    service: str
    rows: int
    ours: Load
    feasts: Load


def is_wrk_there() -> bool:
    return shutil.which("wrk") is not None


def http(ours: OurSide, feasts: FeastSide, folder: Path, workers: int) -> list[Case]:
    """Every case with that many worker processes on each side. Raises Disagreement, and AssertionError for an answer
    that is none."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        addresses = (
            stack.enter_context(our_server(ours, workers)),
            stack.enter_context(feast_server(feasts, workers)),
        )
        check_servers(*addresses)
        time.sleep(_STARTING_SECONDS)
        return [_measure(addresses, folder, workers, service, rows) for service, rows in _CASES]


def _measure(addresses: tuple[str, str], folder: Path, workers: int, service: str, rows: int) -> Case:
    files = (
        _write_bodies(folder / "ours.txt", SERVICES[service][0], service, rows),
        _write_bodies(folder / "feasts.txt", service, service, rows),
    )
    sides = list(zip(addresses, files, strict=True))
    for address, bodies in sides:
        _run_wrk(address, bodies, 1)  # a first round, which does not count
    found: list[list[Load]] = [[], []]
    for number in range(_ROUNDS):
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            found[side].append(_run_wrk(*sides[side], _SECONDS))
    return Case(workers, service, rows, *map(_median, found))


def _write_bodies(path: Path, name: str, service: str, rows: int) -> Path:
    bodies = [body(name, one) for one in batches(rows, **request_fields(service))]
    path.write_text("\n".join(bodies) + "\n")
    return path


def _run_wrk(address: str, bodies: Path, seconds: int) -> Load:
    script = Path(__file__).with_name("wrk.lua")
    command = [
        "wrk",
        "-t1",
        "-c4",
        f"-d{seconds}s",
        "-s",
        str(script),
        f"{address}/get-online-features",
        "--",
        str(bodies),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["refused"] == told["broken"] == 0, f"{address} under wrk: {told}"
    return Load(told["requests"] / told["seconds"], told["p50"] / 1000, told["p99"] / 1000)


def _median(loads: Sequence[Load]) -> Load:
    """Of the rounds, each figure by itself."""
    return Load(*(statistics.median(getattr(one, name) for one in loads) for name in ("requests", "p50", "p99")))
