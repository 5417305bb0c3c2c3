"""What was measured side by side, as a section of RESULTS.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from http_turns import WRK_IS_MISSING, Case
from memory_cost import MemoryCost
from sdk_turns import Measured
from serving import EVENTS, USERS
from turns import Times

TITLE = "## Serving from Redis, beside Feast"


@dataclass(frozen=True, kw_only=True)
class SideBySide:
    """`http` is None where there is no wrk."""

    measured_on: str
    compared: int
    look_ups: Measured
    expressions: Measured
    fresh: Measured
    http: Sequence[Case] | None
    memory: MemoryCost


@dataclass(frozen=True, kw_only=True)
class Target:
    """What issue 4 asks for. `measured` is None where it could not be measured."""

    what: str
    at_most: bool
    bound: float
    unit: str
    measured: float | None

    @property
    def verdict(self) -> str:
        if self.measured is None:
            return "not measured"
        met = self.measured <= self.bound if self.at_most else self.measured >= self.bound
        return "met" if met else "**missed**"

    @property
    def row(self) -> str:
        wanted = f"{'at most' if self.at_most else 'at least'} {self.bound:g}{self.unit}"
        shown = "" if self.measured is None else f"{self.measured:,.{_digits(self.measured)}f}{self.unit}"
        return f"| {self.what} | {wanted} | {shown} | {self.verdict} |"


def section(found: SideBySide) -> str:
    return "\n".join(
        [
            *_introduction(found),
            *_targets(found),
            *_look_ups(found.look_ups),
            *_expressions(found.expressions),
            *_fresh(found.fresh),
            *_http(found.http),
            *_memory(found.memory),
        ]
    )


def targets(found: SideBySide) -> Iterator[Target]:
    one, hundred = found.look_ups[1], found.look_ups[100]
    yield _most("look-ups, 1 row: ours to Feast's", 0.5, _ratio(one["ours"], one["feast"]))
    yield _most("look-ups, 100 rows: ours to Feast's", 0.1, _ratio(hundred["ours"], hundred["feast"]))
    first, batch = found.expressions[1], found.expressions[100]
    yield _most("ten expressions, 1 row: ours to Feast's singleton view", 0.6, _ratio(first["ours"], first["by_row"]))
    yield _most("ten expressions, 1 row: ours to Feast's list view", 0.6, _ratio(first["ours"], first["by_batch"]))
    yield _most("ten expressions, 100 rows: ours to Feast's list view", 0.15, _ratio(batch["ours"], batch["by_batch"]))
    for size, wanted in ((1, 5), (100, 8)):
        what = f"HTTP requests per second, look-ups of {_rows(size)}: ours to Feast's"
        yield Target(what=what, at_most=False, bound=wanted, unit="", measured=_http_ratio(found.http, "lookup", size))
    for size, times in found.look_ups.items():
        yield _most(f"look-ups, {_rows(size)}: `get` to a bare `MGET`", 1.6, _ratio(times["get"], times["mget"]))
    yield _most("fresh aggregates, 1 row: p50", 1.5, found.fresh[1]["ours"].p50 / 1000, " ms")
    yield _most("fresh aggregates, 100 rows: p50 an entity", 40, found.fresh[100]["ours"].p50 / 100, " us")


def _introduction(found: SideBySide) -> list[str]:
    return [
        TITLE,
        "",
        found.measured_on,
        "Again, in one command: `make bench-serving`. Ratios travel to other machines; **every us, ms and request per second",
        "below is this machine's alone**: two shared cores, which servers, clients, Redis and wrk have among them.",
        "",
        f"One Redis on loopback, {USERS:,} users of {EVENTS // USERS} events, the same rows asked of both; before the first",
        f"measurement {found.compared:,} values of the two sides were compared and were equal. The contenders take turns, a",
        "little of each in every round, each in a process of its own. Ratios are of medians.",
        "",
    ]


def _targets(found: SideBySide) -> list[str]:
    head = ["### What was aimed at", "", "| what | target | measured | |", "|---|---|---|---|"]
    return [*head, *(target.row for target in targets(found)), ""]


def _look_ups(measured: Measured) -> list[str]:
    rows = [
        f"| {size} | {_shown(times['ours'])} | {_shown(times['feast'])} | {_ratio(times['ours'], times['feast']):.3f} "
        f"| {_shown(times['get'])} | {_shown(times['mget'])} "
        f"| {_ratio(times['get'], times['mget']):.2f} | {_ratio(times['ours'], times['mget']):.2f} |"
        for size, times in measured.items()
    ]
    return [
        "### Look-ups of five features, in Python",
        "",
        "`get(...).to_dict()` of `FeatureServer` against `get_online_features(...).to_dict()`; beside them `get` alone and",
        "`redis.Redis.mget` (redis-py, hiredis) of the very keys that the look-up reads. Median / 99th percentile. A round trip",
        "is quicker when the kernel puts client and Redis on one core, and then all else weighs more.",
        "",
        "| rows | ours | Feast | ours / Feast | `get` | bare `MGET` | `get` / `MGET` | ours / `MGET` |",
        "|---|---|---|---|---|---|---|---|",
        *rows,
        "",
    ]


def _expressions(measured: Measured) -> list[str]:
    rows = [
        f"| {size} | {name} | {_shown(times['ours'])} | {_shown(times[key])} | {_ratio(times['ours'], times[key]):.3f} |"
        for size, times in measured.items()
        for key, name in (("by_row", "singleton"), ("by_batch", "list"))
        if key in times
    ]
    return [
        "### Ten request expressions over the five features, in Python",
        "",
        "Feast's python mode, as an on-demand view that is given one row at a time (`singleton=True`; of several rows it",
        "computes the first only, so it is measured at one) and as one that is given lists.",
        "",
        "| rows | Feast's view | ours | Feast | ours / Feast |",
        "|---|---|---|---|---|",
        *rows,
        "",
    ]


def _fresh(measured: Measured) -> list[str]:
    rows = [
        f"| {size} | {times['ours'].p50:,.0f} us | {times['ours'].p99:,.0f} us | {times['ours'].p50 / size:,.1f} us |"
        for size, times in measured.items()
    ]
    return [
        "### Fresh aggregates, in Python",
        "",
        "Ours alone: five aggregates over an hour, a day and 14 days of 100 events an entity, computed by `get` when they are",
        "asked for. Feast serves what was materialized.",
        "",
        "| rows | median | 99th percentile | median an entity |",
        "|---|---|---|---|",
        *rows,
        "",
    ]


def _http(cases: Sequence[Case] | None) -> list[str]:
    head = ["### Over HTTP", ""]
    if cases is None:
        return [*head, f"{WRK_IS_MISSING}.", ""]
    rows = [
        f"| {case.workers} | {_VIEWS[case.service]} | {case.rows} | {case.ours.requests:,.0f}/s | {case.feasts.requests:,.0f}/s "
        f"| {case.ours.requests / case.feasts.requests:.1f} | {case.ours.p50:.1f} / {case.ours.p99:.1f} ms "
        f"| {case.feasts.p50:.1f} / {case.feasts.p99:.1f} ms |"
        for case in cases
    ]
    return [
        *head,
        "`skewless serve` and `feast serve` under `wrk -t1 -c4`, in alternating rounds; medians of the rounds. Every answer was a",
        "2xx, and the values of both servers were compared before. With two workers the servers, wrk and Redis are more than",
        "there are cores: the line says what two workers give here, not how they scale.",
        "",
        "| workers | service | rows | ours | Feast | ours / Feast | our median / 99th | Feast's |",
        "|---|---|---|---|---|---|---|---|",
        *rows,
        "",
    ]


_VIEWS = {
    "lookup": "look-ups",
    "risk_by_row": "ten expressions (Feast: singleton)",
    "risk_by_batch": "ten expressions (Feast: list)",
}


def _memory(cost: MemoryCost) -> list[str]:
    return [
        "### Memory in Redis",
        "",
        f"What `used_memory` of the server grows by when {USERS:,} entities are loaded into a database that was empty: keys,",
        "values, Redis's own tables, and for ours the list of keys by which a state is removed. Feast keeps the five features",
        "only; the events are what our fresh aggregates are computed from, with three columns of each.",
        "",
        "| what | bytes | |",
        "|---|---|---|",
        f"| five features, Feast | {cost.feasts_an_entity:,.0f} an entity | |",
        f"| five features, ours | {cost.our_look_ups_an_entity:,.0f} an entity | {cost.ratio:.2f} of Feast's |",
        f"| {EVENTS // USERS} events, ours | {cost.our_events_an_entity:,.0f} an entity | {cost.our_event:,.1f} an event |",
    ]


def _most(what: str, bound: float, measured: float, unit: str = "") -> Target:
    return Target(what=what, at_most=True, bound=bound, unit=unit, measured=measured)


def _http_ratio(cases: Sequence[Case] | None, service: str, rows: int) -> float | None:
    """With one worker on each side."""
    for case in cases or ():
        if (case.workers, case.service, case.rows) == (1, service, rows):
            return case.ours.requests / case.feasts.requests
    return None


def _ratio(ours: Times, others: Times) -> float:
    return ours.p50 / others.p50


def _rows(size: int) -> str:
    return f"{size} row" if size == 1 else f"{size} rows"


def _shown(times: Times) -> str:
    return f"{times.p50:,.0f} / {times.p99:,.0f} us"


def _digits(number: float) -> int:
    return 3 if number < 0.2 else 2 if number < 10 else 1
