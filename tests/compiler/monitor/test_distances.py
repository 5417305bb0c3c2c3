"""PSI, KL, Jensen-Shannon and Kolmogorov-Smirnov are what scipy and numpy say of the same bins."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy, ks_2samp

from skewless.monitor.distances import FLOOR, Distances, distances

COUNTS = st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 5_000)), min_size=1, max_size=25)
CLOSE = 1e-9


def _of(pairs: list[tuple[int, int]]) -> tuple[list[int], list[int], Distances]:
    baseline, served = [one for one, _ in pairs], [other for _, other in pairs]
    assume(sum(baseline) and sum(served))
    found = distances(baseline, served, is_ordered=True)
    assert found is not None
    return baseline, served, found


def _floored(counts: list[int]) -> np.ndarray:
    shares = np.maximum(np.array(counts) / sum(counts), FLOOR)
    return shares / shares.sum()


def _used(baseline: list[int], served: list[int]) -> tuple[list[int], list[int]]:
    kept = [(one, other) for one, other in zip(baseline, served, strict=True) if one or other]
    return [one for one, _ in kept], [other for _, other in kept]


@given(COUNTS)
def test_psi_is_that_of_numpy(pairs: list[tuple[int, int]]) -> None:
    baseline, served, found = _of(pairs)
    p, q = map(_floored, _used(baseline, served))
    assert found.psi == pytest.approx(np.sum((q - p) * np.log(q / p)), rel=CLOSE, abs=CLOSE)


@given(COUNTS)
def test_kl_is_the_entropy_of_scipy(pairs: list[tuple[int, int]]) -> None:
    baseline, served, found = _of(pairs)
    p, q = map(_floored, _used(baseline, served))
    assert found.kl == pytest.approx(entropy(q, p), rel=CLOSE, abs=CLOSE)


@given(COUNTS)
def test_js_is_the_square_of_scipys_distance(pairs: list[tuple[int, int]]) -> None:
    baseline, served, found = _of(pairs)
    assert found.js == pytest.approx(jensenshannon(baseline, served) ** 2, rel=CLOSE, abs=CLOSE)


@given(COUNTS)
def test_ks_is_that_of_scipy_over_the_numbers_of_the_bins(pairs: list[tuple[int, int]]) -> None:
    baseline, served, found = _of(pairs)
    samples = [np.repeat(np.arange(len(side)), side) for side in (baseline, served)]
    assert found.ks == pytest.approx(ks_2samp(*samples, method="asymp").statistic, abs=CLOSE)


def test_a_textbook_case_of_psi() -> None:
    """Siddiqi, Credit Risk Scorecards: shares of score bands, without an empty one, by hand."""
    baseline, served = [20, 30, 50], [30, 30, 40]
    found = distances(baseline, served, is_ordered=True)
    assert found is not None
    assert found.psi == pytest.approx(0.1 * math.log(1.5) + 0.1 * math.log(5 / 4), abs=1e-12)


def test_a_textbook_case_of_kl_and_js() -> None:
    """A fair coin and one that shows heads three times of four."""
    found = distances([50, 50], [75, 25], is_ordered=False)
    assert found is not None
    assert found.kl == pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5), abs=1e-12)
    middle = 0.625, 0.375
    by_hand = (
        sum(p * math.log(p / m) for p, m in zip((0.5, 0.5), middle, strict=True))
        + sum(q * math.log(q / m) for q, m in zip((0.75, 0.25), middle, strict=True))
    ) / 2
    assert found.js == pytest.approx(by_hand, abs=1e-12)
    assert found.ks is None


def test_ks_is_the_largest_gap_of_the_distribution_functions() -> None:
    found = distances([1, 1, 1, 1], [0, 0, 2, 2], is_ordered=True)
    assert found is not None
    assert found.ks == 0.5


def test_nothing_in_common_is_finite() -> None:
    found = distances([1000, 0], [0, 1000], is_ordered=True)
    assert found is not None
    assert found.js == math.log(2)
    assert found.ks == 1
    assert 9 < found.psi < 20
    assert 9 < found.kl < 20


@given(COUNTS)
def test_psi_js_and_ks_are_symmetric(pairs: list[tuple[int, int]]) -> None:
    baseline, served, found = _of(pairs)
    back = distances(served, baseline, is_ordered=True)
    assert back is not None
    assert (found.psi, found.js, found.ks) == pytest.approx((back.psi, back.js, back.ks), rel=1e-12, abs=1e-15)


@given(COUNTS)
def test_every_distance_is_in_its_range(pairs: list[tuple[int, int]]) -> None:
    found = _of(pairs)[2]
    assert found.psi >= 0
    assert found.kl >= 0
    assert 0 <= found.js <= math.log(2)
    assert found.ks is not None
    assert 0 <= found.ks <= 1
    assert all(map(math.isfinite, (found.psi, found.kl, found.js, found.ks)))


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=25), st.integers(1, 50))
def test_equal_distributions_are_not_apart_at_all(counts: list[int], times: int) -> None:
    assume(sum(counts))
    found = distances(counts, [count * times for count in counts], is_ordered=True)
    assert found == Distances(psi=0.0, kl=0.0, js=0.0, ks=0.0)


@given(COUNTS, st.randoms(use_true_random=False))
def test_the_order_of_bins_matters_to_ks_only(pairs: list[tuple[int, int]], random: object) -> None:
    found = _of(pairs)[2]
    shuffled = list(pairs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    again = _of(shuffled)[2]
    assert (found.psi, found.kl, found.js) == pytest.approx((again.psi, again.kl, again.js), rel=1e-12, abs=1e-15)


@given(COUNTS, st.integers(0, 25))
def test_a_bin_that_is_empty_on_both_sides_says_nothing(pairs: list[tuple[int, int]], place: int) -> None:
    found = _of(pairs)[2]
    assert _of([*pairs[:place], (0, 0), *pairs[place:]])[2] == found


@pytest.mark.parametrize(("baseline", "served"), [([], []), ([0, 0], [1, 2]), ([1, 2], [0, 0]), ([0], [0])])
def test_a_side_without_counts_has_no_distance(baseline: list[int], served: list[int]) -> None:
    assert distances(baseline, served, is_ordered=True) is None
