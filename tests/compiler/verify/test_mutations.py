"""`verify` finds faults: each is injected into what is generated, kept or served, and must be found."""

from __future__ import annotations

import os

import pytest

from skewless.tasks.workspace import Workspace
from skewless.verify.trials.search import verify_view

from .faults import FAULTS
from .workshop import VIEWS, workshop

EXAMPLES = 500
QUICK = (
    "visible_at_the_moment_itself", "version_rule_dropped_in_serving", "ttl_forgotten", "null_key_matched",
    "rounded_half_to_even", "tile_is_not_cut_by_windows", "lag_forgotten", "late_rows_skipped_by_an_increment",
    "status_of_rows_outside_of_every_window",
)  # fmt: skip
REST = sorted(FAULTS.keys() - set(QUICK))
SEED = int(os.environ.get("SKEWLESS_SEED", "0"))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return workshop(tmp_path_factory.mktemp("workshop"))


@pytest.mark.slow
@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(name, marks=pytest.mark.mutations) for name in REST)])
def test_a_fault_is_found(project: Workspace, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    FAULTS[name].inject(monkeypatch)
    found = verify_view(project, FAULTS[name].view, examples=EXAMPLES, seed=SEED, shrinks=False)
    assert found.counterexample is not None
    print(f"found {name} after {found.found_after} in {found.seconds:.1f}s")  # noqa: T201


@pytest.mark.slow
@pytest.mark.parametrize("view", VIEWS)
def test_without_a_fault_nothing_is_found(project: Workspace, view: str) -> None:
    found = verify_view(project, view, examples=30, seed=SEED)
    assert (found.counterexample, found.examples) == (None, 30)
