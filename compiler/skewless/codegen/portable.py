"""A view and an engine into what of the view the engine cannot compute as DuckDB does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlglot import exp

from skewless.codegen.pipeline import Sources
from skewless.codegen.state import state_query
from skewless.codegen.training.assemble import request_query, training_query
from skewless.codegen.training.plan import Plan
from skewless.codegen.training.plans import Choice, usable_plans
from skewless.contract.instances import Instance, service_of_view
from skewless.contract.ir import FeatureView
from skewless.contract.names import identifier
from skewless.dialects.lowering.core import Target, Unportable
from skewless.dialects.relations import Relations, Schema, unread
from skewless.dialects.statements import Statement

SOMEWHERE = Sources(relations=lambda source: exp.Table(this=identifier(source.name)), physical={})
"""Sources of which only the declared types matter."""


def unportable_parts(view: FeatureView, views: Mapping[str, FeatureView], target: Target) -> list[Unportable]:
    """What of the view's training and state SQL has no proven meaning; nothing if all of it has."""
    instance = service_of_view(view, views).instances[-1]
    if view.kind == "request":
        return _faults(request_query(instance), target, instance_relations(instance, target))
    plans = [plan for plan in usable_plans(view) if view.plan in (None, plan.name)]
    found = [_of_plan(instance, plan, target) for plan in plans]
    training = min(found, key=len)
    state = _faults(state_query(view, SOMEWHERE), target, unread) if view.online else []
    return [*training, *state]


def portable_plans(instance: Instance, target: Target | None) -> tuple[Plan, ...]:
    """The plans by which the engine can train the view; all usable ones if none is portable in full."""
    usable = usable_plans(instance.view)
    if target is None:
        return usable
    return tuple(plan for plan in usable if not _of_plan(instance, plan, target)) or usable


def instance_relations(instance: Instance, target: Target) -> Relations:
    """The tables of the instances that a request view joins."""
    known = {dependency.name: _trained(dependency, target) for _, dependency in instance.dependencies}
    return lambda table: known.get(table.name)


def _trained(instance: Instance, target: Target) -> Schema:
    """The columns of an instance's table, whether or not the engine can compute it."""
    if instance.view.kind == "request":
        query, relations = request_query(instance), instance_relations(instance, target)
    else:
        query, relations = training_query(instance, Choice(portable_plans(instance, target)[0], ""), SOMEWHERE), unread
    try:
        return Statement(target, relations, []).query(query)[1]
    except Unportable:  # which is told where the instance's own view is looked at
        return {}


def _of_plan(instance: Instance, plan: Plan, target: Target) -> list[Unportable]:
    return _faults(training_query(instance, Choice(plan, ""), SOMEWHERE), target, unread)


def _faults(query: exp.Query, target: Target, relations: Relations) -> list[Unportable]:
    found: list[Unportable] = []
    try:
        Statement(target, relations, found).query(query)
    except Unportable as error:
        found.append(error)
    return list(_unique(found))


def _unique(faults: Iterable[Unportable]) -> Iterable[Unportable]:
    """A step that is read twice is told once."""
    return {(str(fault), id(fault.node._meta)): fault for fault in faults}.values()
