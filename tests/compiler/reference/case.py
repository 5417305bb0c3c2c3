"""Names a case, the unit of a property test, and turns it into the answers that a correct product gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .aggregates import ORDER_SENSITIVE
from .evaluator import Status, evaluate, status
from .specs import AggregateView, Row, SourceSpec, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A row of the spine: an entity (values in the order of the view's keys) and a timestamp."""

    key: tuple[object, ...]
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Sources, their rows by source name, a view over them, and where to look at it.

    `stepwise` asks `render` for a CTE per pipeline step instead of one select; it has no meaning of its own.
    """

    sources: tuple[SourceSpec, ...]
    rows: Mapping[str, tuple[Row, ...]]
    view: View
    moments: tuple[Moment, ...]
    stepwise: bool = False


def expected_rows(case: Case) -> list[dict[str, object]]:
    """For each moment, in order: the key columns, `ts` in microseconds, then the features."""
    return [_labels(case, moment) | evaluate(case.view, case.rows, moment.key, moment.at) for moment in case.moments]


def expected_statuses(case: Case) -> list[dict[str, Status]]:
    """For each moment, in order: the status of each feature."""
    return [status(case.view, case.rows, moment.key, moment.at) for moment in case.moments]


def order_sensitive_features(case: Case) -> frozenset[str]:
    """The features that `compare` must treat as `ordering_sensitive`."""
    if not isinstance(case.view, AggregateView):
        return frozenset()
    return frozenset(each.name for each in case.view.features if each.function in ORDER_SENSITIVE)


def _labels(case: Case, moment: Moment) -> dict[str, object]:
    return dict(zip(case.view.keys, moment.key, strict=True)) | {"ts": moment.at}
