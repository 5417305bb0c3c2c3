"""Plans of sources for a process that stays, while runs load further versions of views and old ones are retired."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from types import TracebackType
from typing import TYPE_CHECKING

from skewless.contract.source_plan import SourcePlan, WrittenView
from skewless.tasks.kept_writers import kept_writers, readers_of, with_kept

if TYPE_CHECKING:
    from skewless.registry.registry import Registry

EVERY = 5.0
"""Seconds between two looks at the registry."""
_LEAVE = 5.0
"""Seconds that a look may still take when the process ends."""


class FollowedPlans:
    """The plans as they were compiled, each with the versions that services read besides. A context: within it a
    thread asks the registry again and again, so that nobody who writes waits for it.

    A version that was taken up stays until it is retired, although another release may have noted it anew meanwhile.
    """

    def __init__(
        self,
        compiled: Sequence[SourcePlan],
        registry: Callable[[], Registry],
        *,
        tell: Callable[[str], None],
        warn: Callable[[str], None],
        every: float = EVERY,
    ) -> None:
        """`tell` is given each version that is taken up, and `warn` what is not. Raises RegistryError."""
        self._compiled, self._registry, self._tell, self._warn, self._every = compiled, registry, tell, warn, every
        self._kept: Mapping[str, WrittenView] = {}
        self._plans = self._asked()
        self._told = {name for plan in self._plans.values() for name in (*_versions(plan), *plan.others)}
        self._is_silent = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="versions", daemon=True)

    def newest(self, source: str) -> SourcePlan:
        """The same object as long as nothing has changed; for any thread."""
        return self._plans[source]

    def __enter__(self) -> FollowedPlans:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join(_LEAVE)

    def _asked(self) -> dict[str, SourcePlan]:
        own = {version for plan in self._compiled for version in _versions(plan)}
        with closing(self._registry()) as registry:
            found = {view.version: view for view in kept_writers(registry, own)}
            # Of what it does not know nobody has said so: it is another registry than it was.
            retired = registry.views(list(self._kept)).keys() - readers_of(registry).keys()
        before = {version: view for version, view in self._kept.items() if version not in retired}
        self._kept = {**before, **found}
        return {plan.source: with_kept(plan, self._kept.values()) for plan in self._compiled}

    def _watch(self) -> None:
        while not self._ended.wait(self._every):
            try:
                found = self._asked()
            except Exception as error:  # noqa: BLE001 - a thread that has ended tells nobody
                self._lost(error)
            else:
                self._is_silent = False
                self._plans = {source: self._taken(plan) for source, plan in found.items()}

    def _taken(self, plan: SourcePlan) -> SourcePlan:
        before = self._plans[plan.source]
        if plan == before:
            return before
        for version in _versions(plan):
            if version not in self._told:
                self._tell(f"{version} is written from now on, too: a run has loaded it")
        for name, reason in plan.others.items():
            if name not in self._told:
                self._warn(f"{name}, loaded by a run, is not written until this process is started anew: {reason}")
        self._told |= {*_versions(plan), *plan.others}
        return plan

    def _lost(self, error: Exception) -> None:
        if not self._is_silent:
            self._warn(f"versions that runs load from now on are not written until the registry answers: {error}")
        self._is_silent = True


def _versions(plan: SourcePlan) -> list[str]:
    return [view.version for view in plan.views]
