"""For each request of a view, the first case whose values were served."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from skewless.audit.cases import Case, rounds_of
from skewless.audit.history import History, Point
from skewless.audit.values import Evaluator, Values
from skewless.codegen.state import why_not_by_row
from skewless.contract.ir import FeatureView

Served = Callable[[Sequence[Case], Sequence[Values]], Sequence[bool]]
"""Whether what was served is what follows from each case, whose values these are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The case that gives what was served, and the view's values in it."""

    case: Case
    values: Values


def search(
    evaluator: Evaluator,
    view: FeatureView,
    history: History,
    points: Sequence[Point],
    most_late: dt.timedelta,
    served: Served,
) -> dict[int, Explained]:
    """By the number of the request. A request of which no case gives what was served is left out."""
    by_run = why_not_by_row(view) is not None and view.refresh is None
    open_ = {point.number: rounds_of(view, history, point, most_late, by_run=by_run) for point in points}
    found: dict[int, Explained] = {}
    while open_:
        tried = {number: next(rounds, None) for number, rounds in open_.items()}
        open_ = {number: rounds for number, rounds in open_.items() if tried[number] is not None}
        cases = [case for some in tried.values() if some is not None for case in some]
        values = evaluator.of_cases(view, history, cases)
        for case, own, is_served in zip(cases, values, served(cases, values), strict=True):
            if is_served and open_.pop(case.point.number, None) is not None:
                found[case.point.number] = Explained(case=case, values=own)
    return found
