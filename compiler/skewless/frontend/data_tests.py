"""Data tests, held against the relations and the columns that they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from skewless.contract.ir import FeatureView
from skewless.ground.diagnostics import Diagnostic, did_you_mean
from skewless.project.model import DataTest, ProjectFiles, Source, ViewProperties
from skewless.project.properties.data_tests import Reference, reference

Columns = Mapping[Reference, tuple[str, ...] | None]
"""Columns by relation; None of one that has faults of its own."""


def check_data_tests(files: ProjectFiles, views: Mapping[str, FeatureView]) -> Iterator[Diagnostic]:
    """Tests of a column, or against a relation, that is not there."""
    columns = _columns(files, views)
    for owner, test in _tests(files):
        yield from _missing_column(test, "column_name", owner, columns)
        target = reference(str(test.arguments.get("to")))
        if target is None:
            continue
        if target in columns:
            yield from _missing_column(test, "field", target, columns)
        elif target.kind not in files.lost:
            yield _missing_relation(test, target, columns)


def _columns(files: ProjectFiles, views: Mapping[str, FeatureView]) -> Columns:
    found: dict[Reference, tuple[str, ...] | None] = {}
    for source in files.sources:
        names = tuple(column.name for column in source.columns)
        found[Reference("source", source.full_name)] = names if source.is_sound else None
    for model in files.models:
        view = views.get(model.name)
        found[Reference("view", model.name)] = _names(view) if view else None
    return found


def _names(view: FeatureView) -> tuple[str, ...]:
    return (*(key.name for key in view.keys), *(feature.name for feature in view.features))


def _tests(files: ProjectFiles) -> Iterator[tuple[Reference, DataTest]]:
    """Each test, and the relation that it is a test of."""
    owners: list[tuple[Reference, Source | ViewProperties]] = [
        *((Reference("source", one.full_name), one) for one in files.sources),
        *((Reference("view", one.name), one) for one in files.properties),
    ]
    for relation, owner in owners:
        for test in chain(owner.data_tests, *(column.data_tests for column in owner.columns)):
            yield relation, test


def _missing_column(test: DataTest, argument: str, relation: Reference, columns: Columns) -> Iterator[Diagnostic]:
    name, known = test.arguments.get(argument), columns.get(relation)
    if name is not None and known is not None and name.lower() not in map(str.lower, known):
        yield Diagnostic(
            code="unknown-column",
            message=f"{test.name}: there is no column '{name}' in the {relation.kind} '{relation.name}'",
            span=test.argument_spans[argument],
            help=did_you_mean(name, known) or f"its columns: {', '.join(known)}",
        )


def _missing_relation(test: DataTest, target: Reference, columns: Columns) -> Diagnostic:
    known = [other.name for other in columns if other.kind == target.kind]
    return Diagnostic(
        code="unknown-view" if target.kind == "view" else "unknown-source",
        message=f"{test.name}: there is no {target.kind} '{target.name}'",
        span=test.argument_spans["to"],
        help=did_you_mean(target.name, known) or f"{target.kind}s: {', '.join(known)}",
    )
