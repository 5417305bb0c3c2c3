"""Near digests: equal where the semantics call numbers equal for their noise, and never where they do not."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import pyarrow as pa
import pytest

from skewless.tasks.near_digests import NearColumn, NearDigest

RANDOM = Random(7)
NUMBERS: list[float | None] = [
    *(RANDOM.uniform(-1, 1) * 10 ** RANDOM.randint(-6, 12) for _ in range(20_000)),
    *(float(number) for number in range(-500, 5_000)),
    *(number / 100 for number in range(20_000)),
    *(2.0**power for power in range(-30, 200)),
    *(1.3447 * 2.0**power for power in range(-30, 200)),
    None, math.nan, math.inf, -math.inf, 0.0, 1e308, -5e-324,
]  # fmt: skip


def near(numbers: list[float | None], rows: tuple[int, ...] | None = None, size: int = 1_000) -> NearDigest:
    found = maybe_near(numbers, rows, size)
    assert found is not None
    return found


def maybe_near(numbers: list[float | None], rows: tuple[int, ...] | None, size: int) -> NearDigest | None:
    column = NearColumn(rows)
    for start in range(0, len(numbers), size):
        column.take(pa.array(numbers[start : start + size], pa.float64()))
    return column.digest()


def changed(by: Callable[[float], float]) -> list[float | None]:
    return [by(one) if one is not None and math.isfinite(one) else one for one in NUMBERS]


@pytest.mark.parametrize("size", [1e-16, 1e-14, 2e-13])
def test_noise_changes_nothing(size: float) -> None:
    random, before = Random(1), near(NUMBERS)
    noisy = changed(lambda one: one + random.choice((-1, 1)) * size * max(1, min(abs(one), 1e300)))
    assert noisy != NUMBERS
    assert before.is_near(near(noisy, before.rows))


def test_few_rows_are_kept() -> None:
    """Two in a thousand of the random ones, and of whole numbers and prices none."""
    rows = near(NUMBERS).rows
    assert len([row for row in rows if row < 20_000]) < 100
    assert not [row for row in rows if 20_000 <= row < 45_500]
    assert near(NUMBERS, size=17) == near(NUMBERS)


@pytest.mark.parametrize("row", [*range(0, 20_000, 997), 20_501, 30_000, 45_600, 45_725, 45_950])
def test_one_number_beyond_the_tolerance_is_another_column(row: int) -> None:
    before = near(NUMBERS)
    for place in {row, before.rows[row % len(before.rows)]}:
        number = NUMBERS[place]
        assert number is not None
        for sign in (-1, 1):
            other = [*NUMBERS[:place], number + sign * 1.1e-9 * max(1, abs(number)), *NUMBERS[place + 1 :]]
            assert not before.is_near(near(other, before.rows)), (place, number)


@pytest.mark.parametrize("other", [None, math.nan, math.inf, 1.0])
def test_what_is_no_number_is_told_from_all_others(other: float | None) -> None:
    for value in (None, math.nan, math.inf, 1.0):
        before = near([5.0, value])
        assert before.is_near(near([5.0, other], before.rows)) is (str(value) == str(other))


def test_a_number_at_an_edge_that_is_none_any_more_is_told() -> None:
    before = near(NUMBERS)
    for other in (None, math.nan, math.inf):
        place = before.rows[0]
        assert not before.is_near(near([*NUMBERS[:place], other, *NUMBERS[place + 1 :]], before.rows))


def test_one_value_at_an_edge_in_all_rows_is_not_kept_a_thousand_times() -> None:
    [place, *_] = near(NUMBERS).rows
    assert maybe_near([NUMBERS[place]] * 5_000, None, 1_000) is None
