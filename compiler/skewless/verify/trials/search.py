"""Many examples of one view, until one differs; Hypothesis then shrinks it to the least that still does."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from skewless.codegen.training.plan import Plan
from skewless.contract.instances import ServicePlan, service_of_view
from skewless.ground.errors import DriverMissing, UsageError
from skewless.tasks.workspace import Workspace
from skewless.verify.trials.examples import Example
from skewless.verify.trials.trial import Difference, Incomparable, Trial

if TYPE_CHECKING:
    import hypothesis
    from hypothesis.strategies import SearchStrategy

_MOMENTS, _MOMENTS_OF_MANY = 6, 3
"""Moments of an example; fewer where views are brought up at each of them."""
_FEW_VIEWS = 3
_BATCH = 10
"""Examples that one run of Hypothesis draws. After so many it goes on with variations of what it has drawn, five for
each fresh one: nearly all are of a few kinds then, and cost as much as others."""


@dataclass(frozen=True, slots=True)
class Counterexample:
    """The least that was found to differ, and the differences, of which the first is told."""

    example: Example
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What became of one view."""

    view: str
    service: ServicePlan
    seed: int
    asked: int
    """How many examples were asked for; the same seed draws others for another number."""
    examples: int
    """How many were compared, those of shrinking not counted."""
    incomparable: int
    """How many of them could be computed on neither path."""
    seconds: float
    found_after: int = 0
    """The number of the first example that differed."""
    counterexample: Counterexample | None = None
    is_interrupted: bool = False
    is_flaky: bool = False
    """The same example differed, and then it did not."""


class _Differs(AssertionError):
    """To Hypothesis: this example fails."""


def check_installed() -> None:
    """Raises DriverMissing without Hypothesis."""
    if find_spec("hypothesis") is None:
        raise DriverMissing("skewless verify", "verify")


def why_not(workspace: Workspace, name: str) -> str | None:
    """Why a view cannot be verified; None if it can."""
    service = service_of_view(workspace.view(name), workspace.views)
    offline = [one.view.name for one in service.instances if not one.view.online]
    if not offline:
        return None
    return f"no online store keeps state of {'it' if offline == [name] else offline[0]} (online: false)"


def verify_view(
    workspace: Workspace,
    name: str,
    *,
    examples: int,
    seed: int,
    told: Callable[[int], None] | None = None,
    shrinks: bool = True,
    others: Sequence[Plan] = (),
) -> Verified:
    """Compares the two paths on so many examples. `told` hears how many are done. Without `shrinks` the first that
    differs is taken as it is. `others` are ways to train of one's own, which are held against serving as well.

    Ctrl-C ends it with what was done by then. Raises UsageError for a view that no online store keeps.
    """
    check_installed()
    if (reason := why_not(workspace, name)) is not None:
        raise UsageError(f"'{name}' cannot be verified: {reason}", help="leave it out with --exclude")
    service = service_of_view(workspace.view(name), workspace.views)
    search = _Search(Trial(service, others), told or (lambda _: None), shrinks)
    try:
        return search.run(name, examples, seed)
    finally:
        search.trial.close()


class _Search:
    def __init__(self, trial: Trial, told: Callable[[int], None], shrinks: bool) -> None:
        self.trial = trial
        self._service = trial.service
        self._told = told
        self._shrinks = shrinks
        self._done = self._incomparable = self._found_after = 0
        self._least: Counterexample | None = None

    def run(self, name: str, examples: int, seed: int) -> Verified:
        from hypothesis.errors import Flaky

        from skewless.verify.trials.strategies import Adversary

        most = _MOMENTS if len(self._service.instances) <= _FEW_VIEWS and self.trial.is_by_row else _MOMENTS_OF_MANY
        drawn = Adversary(self._service, moments=most).examples()
        since = time.perf_counter()
        is_flaky = is_interrupted = False
        try:
            self._draw(drawn, examples, random.Random(seed))  # noqa: S311 - to be drawn again
            if self._shrinks and self._least is not None:
                self._least = self._without_spare_rows(self._least)
        except Flaky:
            is_flaky = True
        except KeyboardInterrupt:
            is_interrupted = True
        return Verified(
            view=name,
            service=self._service,
            seed=seed,
            asked=examples,
            examples=self._done,
            incomparable=self._incomparable,
            seconds=time.perf_counter() - since,
            found_after=self._found_after,
            counterexample=self._least,
            is_interrupted=is_interrupted,
            is_flaky=is_flaky,
        )

    def _draw(self, drawn: SearchStrategy[Example], examples: int, seeds: random.Random) -> None:
        """Tries examples until one differs, or there were enough."""
        import hypothesis

        with suppress(_Differs):
            for start in range(0, examples, _BATCH):
                settings = self._settings(min(_BATCH, examples - start))
                hypothesis.seed(seeds.getrandbits(64))(settings(hypothesis.given(drawn)(self._try)))()

    def _without_spare_rows(self, found: Counterexample) -> Counterexample:
        """Hypothesis cannot leave out a row that another was drawn after: that would become another row."""
        for smaller in found.example.with_a_row_less():
            with suppress(Incomparable):
                if differences := self.trial.differences(smaller):
                    return self._without_spare_rows(Counterexample(smaller, differences))
        return found

    def _settings(self, examples: int) -> hypothesis.settings:
        import hypothesis

        return hypothesis.settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=(hypothesis.Phase.generate, *((hypothesis.Phase.shrink,) if self._shrinks else ())),
            suppress_health_check=list(hypothesis.HealthCheck),
            report_multiple_bugs=False,
            print_blob=False,
            verbosity=hypothesis.Verbosity.quiet,
        )

    def _try(self, example: Example) -> None:
        if self._least is None:
            self._done += 1
            self._told(self._done)
        try:
            found = self.trial.differences(example)
        except Incomparable:
            self._incomparable += self._least is None
            return
        if found:
            if self._least is None:
                self._found_after = self._done
            self._least = Counterexample(self.trial.admitted(example), found)
            raise _Differs
