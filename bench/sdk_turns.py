"""`FeatureServer.get` against Feast's SDK and against a bare MGET, on one Redis, in turns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from agreement import request_fields
from asked import Rows, batches
from processes import Client
from redis_side import RedisSide, keys_read
from serving import AS_OF
from turns import Times, in_turns

SIZES = (1, 10, 100)
_ROUNDS = 50
_CALLS = {1: 80, 10: 50, 100: 20}
"""In each round, by rows."""

Measured = Mapping[int, Mapping[str, Times]]
"""By rows of a request, then by contender."""


@dataclass(frozen=True, kw_only=True)
class Clients:
    """Each in a process of its own."""

    ours: Client
    feasts: Client
    bare: Client
    redis: RedisSide


def look_ups(clients: Clients) -> Measured:
    """Five stored features: `ours` and `feast` as dicts of columns, our `get` without it, and `mget` of the keys."""
    return {size: in_turns(_look_up_contenders(clients, size), _ROUNDS, _CALLS[size]) for size in SIZES}


def expressions(clients: Clients) -> Measured:
    """Ten request expressions over the five features: `ours`, and Feast's python mode `by_row` (1 row) and `by_batch`."""
    return {size: in_turns(_expression_contenders(clients, size), _ROUNDS, _CALLS[size]) for size in SIZES}


def fresh(clients: Clients) -> Measured:
    """Five aggregates of 100 events, computed when they are asked for, by our `get`. Feast has nothing like it."""
    return {
        size: in_turns({"ours": _measure(clients.ours, "fresh", batches(size), "measure_get", AS_OF.isoformat())},
                       _ROUNDS, _CALLS[size])
        for size in SIZES
    }  # fmt: skip


def _look_up_contenders(clients: Clients, size: int) -> dict[str, Callable[[int], list[int]]]:
    rows = batches(size)
    return {
        "ours": _measure(clients.ours, "lookup", rows),
        "get": _measure(clients.ours, "lookup", rows, "measure_get"),
        "feast": _measure(clients.feasts, "lookup", rows),
        "mget": _measure_mget(clients, rows),
    }


def _expression_contenders(clients: Clients, size: int) -> dict[str, Callable[[int], list[int]]]:
    rows = batches(size, **request_fields("risk"))
    found = {
        "ours": _measure(clients.ours, "risk", rows),
        "by_batch": _measure(clients.feasts, "risk_by_batch", rows),
    }
    # Of several rows, Feast's singleton view computes the first.
    return {**found, "by_row": _measure(clients.feasts, "risk_by_row", rows)} if size == 1 else found


def _measure(
    client: Client, service: str, rows: list[Rows], do: str = "measure", as_of: str | None = None
) -> Callable[[int], list[int]]:
    moment = {} if as_of is None else {"as_of": as_of}
    return lambda calls: client.ask(do, service=service, batches=rows, times=calls, **moment)


def _measure_mget(clients: Clients, rows: list[Rows]) -> Callable[[int], list[int]]:
    """The very keys that our look-ups read."""
    calls = [partial(clients.ours.ask, "get", service="lookup", rows=one) for one in rows]
    calls[0]()  # the first look-up of a process learns which state is served
    keys = [[key.hex() for key in found] for found in keys_read(clients.redis, calls)]
    return lambda calls: clients.bare.ask("measure", batches=keys, times=calls)
