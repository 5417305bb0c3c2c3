"""The plans there are, and the choice among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skewless.codegen.training.latest import LATEST_ASOF, LATEST_RANKED
from skewless.codegen.training.plan import Plan, Statistics
from skewless.codegen.training.range_join import RANGE_JOIN
from skewless.codegen.training.window_union import WINDOW_UNION
from skewless.contract.ir import FeatureView

PLANS: tuple[Plan, ...] = (RANGE_JOIN, WINDOW_UNION, LATEST_ASOF, LATEST_RANKED)


_ENGINE = "the engine cannot compute it so"


@dataclass(frozen=True, slots=True)
class Choice:
    plan: Plan
    reason: str


def usable_plans(view: FeatureView) -> tuple[Plan, ...]:
    """The plans that honour the view."""
    return tuple(plan for plan in PLANS if plan.refuses(view) is None)


def choose(view: FeatureView, statistics: Statistics | None, plans: Sequence[Plan] | None = None) -> Choice:
    """The plan that `config(plan=...)` names, else the cheapest that honours the view.

    `plans` are those to choose from, if not all. Without statistics (`compile` sees no spine) their order decides.
    """
    usable = usable_plans(view) if plans is None else plans
    if view.plan is not None:
        return Choice(next(plan for plan in PLANS if plan.name == view.plan), "config(plan=...) asks for it")
    if len(usable) == 1:
        return Choice(usable[0], _only_reason(view, usable[0]))
    if view.refresh is not None:
        return Choice(usable[0], "ticks are few, and most moments share theirs")
    if statistics is None:
        if view.kind == "latest":
            return Choice(usable[0], "one comparison of event time says what is visible")
        return Choice(usable[0], "no spine has been counted; train counts one and may choose window_union")
    costs = {plan.name: plan.cost(view, statistics) for plan in usable}
    best = min(usable, key=lambda plan: costs[plan.name])
    estimates = ", ".join(f"{name} about {cost:.2g} s" for name, cost in costs.items())
    return Choice(
        best,
        f"{statistics.moments:,} moments and {statistics.events:,} rows make {statistics.pairs:,} pairs by key: "
        f"{estimates}",
    )


def refusal(view: FeatureView, name: str) -> str | None:
    """Why the named plan cannot be used for the view; None if it can."""
    plan = next((plan for plan in PLANS if plan.name == name), None)
    if plan is None:
        return f"there is no plan '{name}'; plans: {', '.join(plan.name for plan in PLANS)}"
    return plan.refuses(view)


def _only_reason(view: FeatureView, chosen: Plan) -> str:
    others = [plan for plan in PLANS if plan is not chosen and plan.refuses(view) != "it is for aggregates"
              and plan.refuses(view) != "it is for latest views"]  # fmt: skip
    return "; ".join(f"not {plan.name}: {plan.refuses(view) or _ENGINE}" for plan in others) or "it is the only one"
