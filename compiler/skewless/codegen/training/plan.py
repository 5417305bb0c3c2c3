"""What a plan is: one way to evaluate a view at many moments. Adding one is a file, and a line in `plans.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from skewless.codegen.ctes import Cte
from skewless.contract.ir import FeatureView
from skewless.contract.names import identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """The relation of moments that a plan reads, and the columns that tell one moment from another.

    It always holds the keys and `_at`. Fresh views are evaluated once a spine row (`_row`), refreshed ones once for
    each (keys, tick).
    """

    name: str
    identity: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """What the choice of a plan rests on; all of it counted, none of it guessed."""

    events: int
    moments: int
    pairs: int
    """Pairs of a moment and a row with its key: what a join on the key alone would yield."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One way to evaluate a view.

    `refuses` says why the plan cannot honour a view, or None; a plan that refuses is never chosen.
    `cost` estimates seconds on one core. `build` returns CTEs, the last of which holds one row for each moment: its
    identity and the features, and with `statuses` also `_event_time` and `_seen`.
    """

    name: str
    summary: str
    refuses: Callable[[FeatureView], str | None]
    cost: Callable[[FeatureView, Statistics], float]
    build: Callable[[FeatureView, str, str, Moments, bool], tuple[Cte, ...]]


def named(expression: exp.Expr, name: str) -> exp.Expr:
    return exp.Alias(this=expression, alias=identifier(name))
