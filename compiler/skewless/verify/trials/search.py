"""Many examples of one view, until one differs; Hypothesis then shrinks it to the least that still does."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

from skewless.codegen.training.plan import Plan
from skewless.contract.instances import ServicePlan, service_of_view
from skewless.ground.errors import DriverMissing, UsageError
from skewless.ground.moments import microseconds
from skewless.tasks.workspace import Workspace
from skewless.verify.trials.elsewhere import Elsewhere
from skewless.verify.trials.examples import Example
from skewless.verify.trials.trial import Difference, Incomparable, Observed, Trial

if TYPE_CHECKING:
    import hypothesis
    from hypothesis.strategies import SearchStrategy

    from skewless.engines.engine import Engine

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
    engine: str | None = None
    """The engine on which training differs; None if it does on DuckDB."""


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
    engine: str | None = None
    """The engine beside DuckDB on which training was compared."""
    elsewhere: int = 0
    """How many examples were compared there."""
    why_alone: str | None = None
    """What in the view's SQL had that engine asked for one example after the other; None if it was for many at once."""
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
    engine: Engine | None = None,
) -> Verified:
    """Compares the two paths on so many examples. `told` hears how many are done. Without `shrinks` the first that
    differs is taken as it is. `others` are ways to train of one's own, which are held against serving as well; so is
    training on another `engine` than DuckDB.

    Ctrl-C ends it with what was done by then. Raises UsageError for a view that no online store keeps, and EngineError
    when the engine is gone.
    """
    check_installed()
    if (reason := why_not(workspace, name)) is not None:
        raise UsageError(f"'{name}' cannot be verified: {reason}", help="leave it out with --exclude")
    service = service_of_view(workspace.view(name), workspace.views)
    elsewhere = Elsewhere(engine, service) if engine is not None else None
    search = _Search(Trial(service, others), elsewhere, told or (lambda _: None), shrinks)
    try:
        return search.run(name, examples, seed)
    finally:
        search.trial.close()


class _Search:
    def __init__(self, trial: Trial, elsewhere: Elsewhere | None, told: Callable[[int], None], shrinks: bool) -> None:
        self.trial = trial
        self._elsewhere = elsewhere
        self._pending: list[tuple[int, Observed]] = []
        """Examples with their numbers, of which the other engine has yet to be asked."""
        self._done_elsewhere = 0
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
                self._least = self._smaller(self._least)
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
            engine=self._elsewhere.name if self._elsewhere is not None else None,
            elsewhere=self._done_elsewhere,
            why_alone=self._elsewhere.why_alone if self._elsewhere is not None else None,
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
                if self._elsewhere is not None and (
                    len(self._pending) >= self._elsewhere.at_once or start + _BATCH >= examples
                ):
                    self._ask(self._elsewhere)

    def _ask(self, elsewhere: Elsewhere) -> None:
        """Has the other engine train the examples that wait for it."""
        pending, self._pending = self._pending, []
        trained = elsewhere.ask([one for _, one in pending])
        self._done_elsewhere += len(pending)
        for (number, one), point in zip(pending, trained, strict=True):
            if found := self.trial.compared(one, point):
                self._found_after = number
                self._least = Counterexample(one.example, found, elsewhere.name)
                raise _Differs

    def _smaller(self, found: Counterexample) -> Counterexample:
        """What no shrinking of Hypothesis leaves out."""
        if self._elsewhere is not None and found.engine is not None:
            return self._smaller_elsewhere(found, self._elsewhere)
        return self._without_spare_rows(found)

    def _without_spare_rows(self, found: Counterexample) -> Counterexample:
        """Hypothesis cannot leave out a row that another was drawn after: that would become another row."""
        for smaller in found.example.with_a_row_less():
            with suppress(Incomparable):
                if differences := self.trial.observe(smaller).differences:
                    return self._without_spare_rows(Counterexample(smaller, differences))
        return found

    def _smaller_elsewhere(self, found: Counterexample, elsewhere: Elsewhere) -> Counterexample:
        """Hypothesis would ask the other engine anew for each try. Here many are asked for together; values stay."""
        example = found.example
        alone = replace(example, moments=(microseconds(found.differences[0].as_of),))
        tries = (alone.without_steps(), example.without_steps(), alone, *example.with_a_row_less())
        observed = [one for one in map(self._agreed, tries) if one is not None and one.example != example]
        for one, point in zip(observed, elsewhere.ask(observed), strict=True):
            if differences := self.trial.compared(one, point):
                return self._smaller_elsewhere(Counterexample(one.example, differences, elsewhere.name), elsewhere)
        return found

    def _agreed(self, example: Example) -> Observed | None:
        """What came of an example; None unless the two paths agree on DuckDB."""
        with suppress(Incomparable):
            observed = self.trial.observe(example)
            if observed.is_computed and not observed.differences:
                return observed
        return None

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
            observed = self.trial.observe(example)
        except Incomparable:
            self._incomparable += self._least is None
            return
        if observed.differences:
            if self._least is None:
                self._found_after = self._done
            self._least = Counterexample(observed.example, observed.differences)
            raise _Differs
        if self._elsewhere is not None and self._least is None and observed.is_computed:
            self._pending.append((self._done, observed))
