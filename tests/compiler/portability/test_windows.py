"""Window functions on DuckDB and on Spark: every function over every form of window that is portable."""

from __future__ import annotations

import pytest

from portability.both import Both, lowered
from portability.conformance import cases
from portability.grouped import ROWS, Grouped, types
from portability.test_aggregates import check_types
from skewless.dialects.catalogue.windows import FRAMED, IGNORING_NULLS, UNFRAMED, VALUES

Cases = list[tuple[tuple[str, ...], list[str]]]
PLACES: Cases = cases(UNFRAMED | VALUES, shape="window")
AGGREGATES: Cases = cases(FRAMED["spark"]["rows"] - VALUES, shape="aggregate")
TOTAL = ("t, _i", "t NULLS FIRST, _i", "t DESC, _i DESC")
TIMES = ("t", "t NULLS FIRST", "t DESC", "t DESC NULLS FIRST")
BY_ROWS = (
    "", "ROWS UNBOUNDED PRECEDING", "ROWS 2 PRECEDING", "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING",
    "ROWS BETWEEN 3 PRECEDING AND 2 PRECEDING", "ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING",
    "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING", "RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
)  # fmt: skip
BY_TIME = (
    "RANGE INTERVAL '1' HOUR PRECEDING", "RANGE BETWEEN INTERVAL '2 hours' PRECEDING AND INTERVAL 30 MINUTE PRECEDING",
    "RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL 1 SECOND PRECEDING",
    "RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND INTERVAL '1' DAY FOLLOWING",
    "RANGE BETWEEN INTERVAL '1' MICROSECOND PRECEDING AND CURRENT ROW",
)  # fmt: skip


@pytest.fixture(scope="module")
def grouped(both: Both) -> Grouped:
    return Grouped(both)


def windows(orders: tuple[str, ...], frames: tuple[str, ...]) -> list[str]:
    return [f"(PARTITION BY g ORDER BY {order} {frame})" for order in orders for frame in frames]


@pytest.mark.parametrize(("kinds", "texts"), PLACES, ids=[",".join(kinds) for kinds, _ in PLACES])
def test_functions_of_places(grouped: Grouped, kinds: tuple[str, ...], texts: list[str]) -> None:
    ignoring = [f"{text} IGNORE NULLS" for text in texts if text.split("(")[0] in IGNORING_NULLS]
    over = windows(TOTAL, BY_ROWS) + windows(("u", "u DESC"), BY_TIME)
    check(grouped, kinds, [f"{text} OVER {window}" for text in (*texts, *ignoring) for window in over])


@pytest.mark.parametrize(("kinds", "texts"), AGGREGATES, ids=[",".join(kinds) for kinds, _ in AGGREGATES])
def test_aggregates_over_frames(grouped: Grouped, kinds: tuple[str, ...], texts: list[str]) -> None:
    over = ["(PARTITION BY g)", *windows(TIMES, ("", *BY_TIME)), *windows(TOTAL, BY_ROWS)]
    filtered = [f"{text} FILTER (WHERE keep)" for text in texts]
    check(grouped, kinds, [f"{text} OVER {window}" for text in (*texts, *filtered) for window in over])


def check(grouped: Grouped, kinds: tuple[str, ...], texts: list[str]) -> None:
    check_types(kinds, texts)
    written = [lowered(text, types(kinds))[:2] for text in texts]
    assert grouped.differences(kinds, written, ROWS) == []
