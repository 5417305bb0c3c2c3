"""An entry of `entities:` into an entity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from skewless.project.checking import Checker, Shape, called
from skewless.project.fields import Name, Names
from skewless.project.model import Entity
from skewless.project.places import Place
from skewless.project.properties.columns import LabelConfig, read_columns


class EntityShape(Shape):
    noun: ClassVar[str] = "an entity"
    habits: ClassVar[Mapping[str, str]] = {
        "join_keys": "did you mean 'keys'?",
        "columns": "did you mean 'keys'?",
        "key": "did you mean 'keys'?",
    }

    name: Name
    keys: Any = None
    description: str = ""
    tags: Names = ()
    meta: dict[str, Any] = Field(default_factory=dict)
    config: Any = None


def read_entity(checker: Checker, place: Place) -> Entity | None:
    since = checker.grave
    shape = checker.check(EntityShape, place)
    if shape is None:
        return None
    if place.data.get("config") is not None:
        checker.check(LabelConfig, place.at("config"))
    keys = read_columns(checker, place, key="keys", of=called("the entity", shape.name), typed=True)
    if not place.data.get("keys"):
        checker.report_missing(EntityShape, place, "keys", f"{called('the entity', shape.name)} needs 'keys'")
    if not shape.name:
        return None
    return Entity(
        name=shape.name,
        keys=keys,
        description=shape.description,
        span=place.value("name"),
        is_sound=checker.is_sound(place, since),
    )
