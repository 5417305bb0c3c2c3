"""A properties file into the entities, sources, views, services and unit tests that it describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from skewless.project.checking import Checker, Shape
from skewless.project.model import EVERYTHING, Entity, Lost, Service, Source, UnitTest, ViewProperties
from skewless.project.places import UNREADABLE, Place
from skewless.project.properties.entities import read_entity
from skewless.project.properties.services import read_service
from skewless.project.properties.sources import read_source
from skewless.project.properties.unit_tests import Fixtures, read_unit_test
from skewless.project.properties.views import read_view

_LISTS: Mapping[str, Lost] = {"entities": "entity", "sources": "source", "features": "config"}


class PropertiesShape(Shape):
    noun: ClassVar[str] = "a properties file"
    habits: ClassVar[Mapping[str, str]] = {
        "models": "did you mean 'features'?",
        "views": "did you mean 'features'?",
        "feature_views": "did you mean 'features'?",
        "exposures": "did you mean 'services'?",
        "feature_services": "did you mean 'services'?",
        "tests": "did you mean 'unit_tests'? data tests belong to a column or a table",
        "data_tests": "data tests belong to a column or a table; a query can be a .sql file in the tests folder",
    }

    version: int | None = None
    entities: Any = None
    sources: Any = None
    features: Any = None
    services: Any = None
    unit_tests: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """What one properties file describes."""

    entities: tuple[Entity, ...] = ()
    sources: tuple[Source, ...] = ()
    views: tuple[ViewProperties, ...] = ()
    services: tuple[Service, ...] = ()
    unit_tests: tuple[UnitTest, ...] = ()


def read_properties(checker: Checker, place: Place, fixtures: Fixtures) -> Properties:
    """All that can be made of a file; `checker` has a diagnostic for all that cannot."""
    since = checker.grave
    if checker.check(PropertiesShape, place) is None or checker.grave > since:
        checker.lost.update(EVERYTHING)  # a key that is not known may stand for any other
    if not isinstance(place.data, dict):
        return Properties()
    for key, kind in _LISTS.items():
        written = place.data.get(key) or []
        if not isinstance(written, list) or UNREADABLE in written:
            checker.lost.add(kind)
    entities = [read_entity(checker, item) for item in checker.each(place, "entities")]
    if None in entities:
        checker.lost.add("entity")
    sources = [table for item in checker.each(place, "sources") for table in read_source(checker, item)]
    views = [read_view(checker, item) for item in checker.each(place, "features")]
    services = [read_service(checker, item) for item in checker.each(place, "services")]
    unit_tests = [read_unit_test(checker, item, fixtures) for item in checker.each(place, "unit_tests")]
    return Properties(
        entities=tuple(entity for entity in entities if entity),
        sources=tuple(sources),
        views=tuple(view for view in views if view),
        services=tuple(service for service in services if service),
        unit_tests=tuple(test for test in unit_tests if test),
    )
