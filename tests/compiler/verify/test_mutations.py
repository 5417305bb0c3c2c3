"""`verify` finds faults: each is injected into what is generated, kept or served, and must be found."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from skewless.tasks.workspace import Workspace
from skewless.verify.trials.search import Counterexample, verify_view
from skewless.verify.trials.told import unit_test_that_shows, unit_test_yaml
from skewless.verify.unit import run_unit_test

from .faults import FAULTS
from .workshop import VIEWS, unit_test_in, workshop

EXAMPLES = 2_000
QUICK = (
    "visible_at_the_moment_itself", "version_rule_dropped_in_serving", "ttl_forgotten", "null_key_matched",
    "rounded_half_to_even", "tile_is_not_cut_by_windows", "lag_forgotten", "late_rows_skipped_by_an_increment",
    "status_of_rows_outside_of_every_window",
)  # fmt: skip
REST = sorted(FAULTS.keys() - set(QUICK))
SEED = int(os.environ.get("SKEWLESS_SEED", "0"))


def turned_round(found: Counterexample) -> Counterexample:
    """Where training is wrong, what is right is what was served."""
    return replace(found, differences=tuple(replace(one, trained=one.served) for one in found.differences))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return workshop(tmp_path_factory.mktemp("workshop"))


@pytest.mark.slow
@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(name, marks=pytest.mark.mutations) for name in REST)])
def test_a_fault_is_found_and_the_unit_test_that_is_written_shows_it(project: Workspace, name: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        FAULTS[name].inject(patch)
        found = verify_view(project, FAULTS[name].view, examples=EXAMPLES, seed=SEED, shrinks=False)
        assert found.counterexample is not None
        right = found.counterexample if FAULTS[name].path == "serving" else turned_round(found.counterexample)
        smallest, _ = unit_test_that_shows(project, found, right)
        again, test = unit_test_in(project.root, unit_test_yaml(smallest, []))
        shown = run_unit_test(again, test)
    assert shown.status == "fail", shown
    without = run_unit_test(again, test)
    assert without.status == "pass", without


@pytest.mark.slow
@pytest.mark.parametrize("view", VIEWS)
def test_without_a_fault_nothing_is_found(project: Workspace, view: str) -> None:
    found = verify_view(project, view, examples=30, seed=SEED)
    assert (found.counterexample, found.examples) == (None, 30)
