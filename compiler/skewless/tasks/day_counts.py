"""Rows that landed late: in the warehouse by now, and said to have been known before it was read the last time.

What an increment of `run` reads is chosen by when rows became known. A source that says so itself, or takes the event
time for it, may have rows land a day after. So a run keeps how many rows each day had, next to the state, and the next
one reads from the first day on that has more of them now.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from skewless.codegen.day_counts import BEFORE, DAY, NOW, day_counts_query
from skewless.codegen.pipeline import Sources
from skewless.codegen.state import AS_OF, CHANGED_SINCE
from skewless.contract.ir import FeatureView
from skewless.ground.moments import EPOCH, moment_of
from skewless.stores.damage import damaged
from skewless.stores.entries import SEAL, sealed
from skewless.stores.store import OnlineStore, StateInfo

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlglot import exp

_KEY = b"days"
Ask = Callable[["exp.Query", Mapping[str, dt.datetime]], "pa.Table"]


class DayCounts(msgspec.Struct, frozen=True, array_like=True):
    """Rows of each source that were known until a moment, by the day on which they became known."""

    until: int
    """Microseconds since 1970."""
    days: dict[str, dict[int, int]]
    """Source to day, counted from 1970-01-01, to rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The same rows counted again, until the moment of before and until a later one."""

    before: DayCounts
    now: DayCounts

    def late_after(self, last: DayCounts) -> dt.datetime | None:
        """The moment after which rows became known that were not counted last: just before the first day that has more
        of them now. None if no day has."""
        late = [
            day
            for source, days in self.before.days.items()
            for day, rows in days.items()
            if rows > last.days.get(source, {}).get(day, 0)
        ]
        return _just_before(min(late)) if late else None


class DayCounter:
    """Counts for the views of one run: what several of them ask is asked once.

    A view is read after the counting, for whichever view that was done. So rows that land in between are at worst read
    again by the next run. A question that failed is asked again by the next view.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[exp.Query, int, int], pa.Table] = {}

    def count(self, ask: Ask, view: FeatureView, sources: Sources, until: int, since: int | None = None) -> Counted:
        """The rows of each timed source of a view that are known until a moment, and until an earlier one."""
        earlier = until if since is None else since
        timed = {scan.source.name: scan.source for scan in view.rows.scans if not scan.source.is_static}
        queries = {name: day_counts_query(source, sources) for name, source in timed.items()}
        found = {name: self._asked(ask, query, until, earlier) for name, query in queries.items()}
        return Counted(
            before=DayCounts(until=earlier, days={name: _days(one, BEFORE) for name, one in found.items()}),
            now=DayCounts(until=until, days={name: _days(one, NOW) for name, one in found.items()}),
        )

    def _asked(self, ask: Ask, query: exp.Query, until: int, since: int) -> pa.Table:
        key = (query, until, since)
        if key not in self._known:
            self._known[key] = ask(query, {AS_OF: moment_of(until), CHANGED_SINCE: moment_of(since)})
        return self._known[key]


def day_records(counts: DayCounts) -> Iterator[tuple[bytes, bytes]]:
    """What a store holds of it."""
    yield _KEY, sealed(msgspec.msgpack.encode(counts))


def read_days(store: OnlineStore, version: str) -> DayCounts | None:
    """What was counted last; None of a state that nobody has counted for."""
    _, [value] = store.fetch(version, "days", [_KEY])
    return _decoded(value)


def write_days(store: OnlineStore, version: str, counts: DayCounts) -> None:
    """Keeps what was counted, unless another run has counted until a later moment."""
    [(_, value)] = day_records(counts)

    def counted(_: StateInfo, __: Sequence[int], held: Sequence[bytes | None], /) -> list[bytes | None]:
        before = _decoded(held[0])
        return [value if before is None or before.until <= counts.until else held[0]]

    store.update(version, "days", [_KEY], counted)


def _decoded(value: bytes | None) -> DayCounts | None:
    if value is None:
        return None
    try:
        return msgspec.msgpack.decode(value[:-SEAL], type=DayCounts)
    except msgspec.DecodeError as error:
        raise damaged() from error


def _days(table: pa.Table, name: str) -> dict[int, int]:
    days, rows = table.column(DAY).cast("int32").to_pylist(), table.column(name).to_pylist()
    return {day: count for day, count in zip(days, rows, strict=True) if count}


def _just_before(day: int) -> dt.datetime:
    """The last moment before a day; days that Python has no dates for are after the first of its moments."""
    try:
        return EPOCH + dt.timedelta(days=day, microseconds=-1)
    except OverflowError:
        return dt.datetime.min
