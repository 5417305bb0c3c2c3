"""A view into the text of every stage that it passes through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from skewless.codegen.state import state_shape
from skewless.codegen.training.plans import choose
from skewless.contract.instances import service_of_view
from skewless.contract.ir import FeatureView, Field, SourceTable
from skewless.tasks.sql import serving_sql, state_sql, training_sql
from skewless.tasks.workspace import Workspace

if TYPE_CHECKING:
    from skewless.codegen.state import Layout

_LAYOUTS: dict[Layout, str] = {
    "events": "every row that a window can still reach",
    "latest": "the newest visible row, and those that are known and have yet to happen",
    "values": "the features at the last tick",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One stage of a view."""

    title: str
    text: str
    form: Literal["text", "sql"] = "text"


def stages(workspace: Workspace, view: FeatureView) -> tuple[Section, ...]:
    """From the rendered model to the SQL of both paths."""
    service = service_of_view(view, workspace.views)
    sections = [
        Section(title="View", text=_facts(workspace, view)),
        Section(title="Rendered model", text=workspace.lowered.rendered[view.name].strip(), form="sql"),
        Section(title="Features", text=_listed([(one.name, str(one.dtype), one.description) for one in view.features])),
    ]
    if view.kind != "request":
        sections.append(Section(title="Sources and time", text=_sources(view)))
        sections.append(Section(title="Stored state", text=_state(workspace, view)))
        sections.append(Section(title="Plan", text=_plan(view)))
    training = training_sql(view, service, workspace.dialect).strip()
    sections.append(Section(title="Training SQL", text=training, form="sql"))
    sections.append(Section(title="Serving SQL", text=serving_sql(view, service).strip(), form="sql"))
    state = state_sql(view, workspace.dialect)
    return (*sections, *([Section(title="State SQL", text=state.strip(), form="sql")] if state else []))


def _facts(workspace: Workspace, view: FeatureView) -> str:
    facts = [("name", view.name), ("file", view.path), ("kind", view.kind), ("keys", _fields(view.keys))]
    if view.requests:
        facts.append(("request", _fields(view.requests)))
    if view.dependencies:
        facts.append(("joins", ", ".join(f"{one.view} as {one.alias}" for one in view.dependencies)))
    if view.kind != "request":
        facts.append(("looks back", "for ever" if view.horizon is None else str(view.horizon)))
        facts.append(("ttl", "none" if view.ttl is None else str(view.ttl)))
    if view.refresh is not None:
        refresh = view.refresh
        facts.append(("refresh", f"every {refresh.interval}, offset {refresh.offset}, shown {refresh.lag} later"))
    facts.append(("version", workspace.versions.get(view.name, "none: nothing is stored")))
    facts.append(("description", view.description or "none"))
    return _listed(facts)


def _sources(view: FeatureView) -> str:
    return "\n".join(f"{scan.source.name}\n{_indented(_time_rules(scan.source))}" for scan in view.rows.scans)


def _time_rules(source: SourceTable) -> str:
    where = source.path or ".".join(part for part in (source.database, source.schema, source.identifier) if part)
    facts = [("read from", where), *([("and from", source.landed)] if source.landed else [])]
    if source.is_static:
        return _listed([*facts, ("time", "none: a static table, the same at every moment")])
    boundary = "at its known time already" if source.inclusive else "just after its known time"
    facts += [
        ("happens at", str(source.event_time)),
        ("known at", source.known_at or (f"{source.delay} later" if source.delay.microseconds else "that time too")),
        ("visible", boundary),
        ("primary key", ", ".join(source.primary_key) or "none"),
        ("later rows", "replace earlier ones of the same key" if source.has_versions else "are rows of their own"),
    ]
    if source.deleted:
        facts.append(("deleted by", source.deleted))
    if source.tie_break:
        facts.append(("ties", ", ".join(source.tie_break)))
    return _listed(facts)


def _state(workspace: Workspace, view: FeatureView) -> str:
    shape = state_shape(view)
    facts = [
        ("version", workspace.versions[view.name]),
        ("layout", f"{shape.layout}: {_LAYOUTS[shape.layout]}"),
        ("columns", _fields(shape.columns)),
    ]
    return _listed(facts if view.online else [*facts, ("online", "false: the state is not loaded")])


def _plan(view: FeatureView) -> str:
    choice = choose(view, None)
    return _listed([("plan", f"{choice.plan.name}: {choice.plan.summary}"), ("because", choice.reason)])


def _fields(fields: tuple[Field, ...]) -> str:
    return ", ".join(f"{one.name} {one.dtype}" for one in fields)


def _listed(facts: list[tuple[str, str]] | list[tuple[str, str, str]]) -> str:
    widths = [max(len(part) for part in column) for column in zip(*facts, strict=True)]
    rows = ("  ".join(part.ljust(width) for part, width in zip(fact, widths, strict=True)) for fact in facts)
    return "\n".join(row.rstrip() for row in rows)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
