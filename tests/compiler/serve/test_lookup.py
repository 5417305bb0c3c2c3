"""Lookup: all rows of a request at once as each of them alone, and each as the semantics have it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skewless.contract.artifact import Column, StoredInstance
from skewless.ground.dtypes import DataType
from skewless.ground.errors import StoreError
from skewless.serve.lookup import Lookup
from skewless.stores.rows import RowCodec

STAMPS = (("_visible_from", "TIMESTAMP"), ("_event_time", "TIMESTAMP"))
LATEST, VALUES = (*STAMPS, ("x", "BIGINT")), (*STAMPS, ("_seen", "BIGINT"), ("x", "BIGINT"))
MOMENTS = st.integers(0, 9)
"""Few, so that edges are met."""
AT = st.integers(0, 12)
TTLS = st.none() | st.integers(1, 5)


def lookup(layout: Any, ttl: int | None, lag: int = 0) -> tuple[Lookup, RowCodec]:
    columns = VALUES if layout == "values" else LATEST
    instance = StoredInstance(
        name="v", view="v", version="v@1", layout=layout, keys=(), ttl=ttl, lag=lag,
        columns=tuple(Column(name=name, type=dtype) for name, dtype in columns),
    )  # fmt: skip
    return Lookup(instance), RowCodec([DataType.parse(dtype) for _, dtype in columns])


@st.composite
def latest_rows(draw: st.DrawFn) -> list[tuple[Any, ...]] | None:
    """Event time, and since when it is visible: not before it has happened. In order of event time."""
    times = sorted(draw(st.lists(MOMENTS, max_size=3)))
    rows = [(time + draw(st.integers(1, 3)), time, draw(st.none() | st.integers(0, 3))) for time in times]
    return rows or draw(st.sampled_from([None, []]))


@given(st.lists(latest_rows(), max_size=4), AT, TTLS)
def test_the_latest_visible_row_is_shown_unless_it_is_old(
    entities: list[list[tuple[Any, ...]] | None], at: int, ttl: int | None
) -> None:
    found, codec = lookup("latest", ttl)
    held = found.find([None if rows is None else codec.encode(rows) for rows in entities], at)
    expected: list[tuple[Any, str, int | None]] = []
    for rows in entities:
        visible = [row for row in rows or () if row[0] <= at]
        if not visible:
            expected.append((None, "NOT_FOUND", None))
            continue
        _, time, value = visible[-1]
        if ttl is not None and time < at - ttl:
            expected.append((None, "OUTSIDE_MAX_AGE", time))
        else:
            expected.append((value, "NULL_VALUE" if value is None else "PRESENT", time))
    assert shown(held, 2) == expected


@st.composite
def ticks(draw: st.DrawFn) -> tuple[int, int, list[int]]:
    """(the interval between ticks, their lag, ticks whose values are stored)."""
    interval, lag = draw(st.integers(1, 4)), draw(st.integers(0, 5))
    first, count = draw(st.integers(0, 2)), draw(st.integers(1, 3))
    return interval, lag, [interval * (first + number) for number in range(count)]


@given(st.data(), ticks(), AT, TTLS)
def test_the_newest_tick_is_shown_once_its_lag_is_over(
    data: st.DataObject, stored: tuple[int, int, list[int]], at: int, ttl: int | None
) -> None:
    _, lag, moments = stored
    found, codec = lookup("values", ttl, lag)

    def rows_of(events: list[int] | None) -> list[tuple[Any, ...]]:
        """What is stored at each tick for these events; None has no rows at all."""
        rows = []
        for tick in moments:
            past = [time for time in events or () if time < tick]
            old = ttl is not None and past and past[-1] < tick - ttl
            value = -1 if not past else None if old or past[-1] % 3 == 0 else past[-1]
            rows.append((tick + lag + 1, past[-1] if past else None, len(past), value))
        return rows

    entities = data.draw(st.lists(st.none() | st.lists(MOMENTS, min_size=1, max_size=3).map(sorted), max_size=4))
    blobs = [None if events is None else codec.encode(rows_of(events)) for events in entities]
    held = found.find([*blobs, codec.encode(rows_of(None))], at)
    expected: list[tuple[Any, str, int | None]] = []
    for events in entities:
        since = [row for row in rows_of(events) if row[0] - 1 < at]
        if not since:
            expected.append((None, "NOT_FOUND", None))
            continue
        begin, time, seen, value = since[-1]
        tick = begin - 1 - lag
        if not seen:
            expected.append((value, "NOT_FOUND", None))
        elif ttl is not None and time < tick - ttl:
            expected.append((value, "OUTSIDE_MAX_AGE", time))
        else:
            expected.append((value, "NULL_VALUE" if value is None else "PRESENT", time))
    assert shown(held, 3) == expected


def shown(held: Any, place: int) -> list[tuple[Any, str, int | None]]:
    values = held.columns[place]
    return list(zip(values, held.explained.statuses_of(values), held.explained.event_times, strict=True))


@pytest.mark.parametrize("layout", ["latest", "values"])
def test_empty_bytes_are_damage_and_no_missing_entity(layout: str) -> None:
    found, codec = lookup(layout, None)
    rows = codec.encode([(1, 1, 1, 1) if layout == "values" else (1, 1, 1)])
    for blobs in ([rows, b"", None], [None, rows, b""]):
        with pytest.raises(StoreError, match="no rows of the version"):
            found.find(blobs, 5)
