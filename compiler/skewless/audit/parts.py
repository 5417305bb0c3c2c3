"""A log and a service into parts: rows, and what of the service could be served in all of them.

Where a value was INVALID, training may not be able to compute it either, and would fail as a whole. So nothing that
only such a value needs is computed for its row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlglot import exp

from skewless.audit.logged import Logged
from skewless.contract.instances import Instance, ServicePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPart:
    """Logged rows with the same values that could not be served, and the service without these.

    `invalid` counts these values over the rows; only those that the service still has.
    """

    service: ServicePlan
    logged: Logged
    invalid: int


def parts_of(service: ServicePlan, logged: Logged) -> Iterator[LogPart]:
    """Every row is in one part."""
    status = {one.name: one.status for one in logged.layout.features}
    outputs = [one.name for one in service.outputs if one.name in status]
    places: dict[frozenset[str], list[int]] = defaultdict(list)
    columns = [logged.rows.column(status[name]).to_pylist() for name in outputs]
    for place in range(logged.rows.num_rows):
        invalid = (name for name, column in zip(outputs, columns, strict=True) if column[place] == "INVALID")
        places[frozenset(invalid)].append(place)
    for names, own in places.items():
        rows = logged.rows if len(own) == logged.rows.num_rows else logged.rows.take(own)
        yield LogPart(service=without(service, names), logged=replace(logged, rows=rows), invalid=len(names) * len(own))


def without(service: ServicePlan, names: frozenset[str]) -> ServicePlan:
    """The service without some outputs, and without the features that only these need."""
    if not names:
        return service
    outputs = [one for one in service.outputs if one.name not in names]
    needed = _needed(service, {(one.instance.name, one.feature) for one in outputs})
    narrowed: dict[str, Instance] = {}
    for instance in service.instances:
        features = tuple(one for one in instance.view.features if (instance.name, one.name) in needed)
        read = tuple((alias, narrowed[one.name]) for alias, one in instance.dependencies if one.name in narrowed)
        if features:
            view = replace(instance.view, features=features)
            narrowed[instance.name] = replace(instance, view=view, dependencies=read)
    return replace(
        service,
        instances=tuple(narrowed.values()),
        outputs=tuple(replace(one, instance=narrowed[one.instance.name]) for one in outputs),
    )


def _needed(service: ServicePlan, wanted: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """(instance, feature) of what is wanted, and of what it reads. An instance comes after those that it reads."""
    needed = set(wanted)
    for instance in reversed(service.instances):
        read = dict(instance.dependencies)
        for feature in instance.view.features:
            if (instance.name, feature.name) in needed:
                columns = feature.expression.find_all(exp.Column)
                needed |= {(read[one.table].name, one.name) for one in columns if one.table in read}
    return needed
