"""An entry of `features:` into the properties of a feature view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from skewless.ground.spans import Span
from skewless.project.checking import Checker, Shape, called
from skewless.project.fields import Name
from skewless.project.model import ViewProperties
from skewless.project.places import Place
from skewless.project.properties.columns import read_columns
from skewless.project.properties.data_tests import read_data_tests
from skewless.project.view_config import ViewConfig, merged

_LABELS = ("tags", "meta")


class ViewShape(Shape):
    noun: ClassVar[str] = "an entry of `features:`"
    habits: ClassVar[Mapping[str, str]] = {
        "features": "did you mean 'columns'?",
        **{key: f"write `{key}` below `config:`" for key in ViewConfig.model_fields if key not in _LABELS},
    }

    name: Name
    description: str = ""
    config: Any = None
    columns: Any = None
    data_tests: Any = None
    tests: Any = None
    tags: Any = None
    meta: Any = None


def read_view(checker: Checker, place: Place) -> ViewProperties | None:
    since = checker.grave
    shape = checker.check(ViewShape, place)
    if shape is None:
        return None
    config, spans = _config(checker, place)
    title = called("the view", shape.name)
    columns = read_columns(checker, place, key="columns", of=title, typed=False)
    data_tests = read_data_tests(checker, place, column=False)
    if not shape.name:
        return None
    return ViewProperties(
        name=shape.name,
        description=shape.description,
        config=config,
        config_spans=spans,
        columns=columns,
        data_tests=data_tests,
        span=place.value("name"),
        is_sound=checker.is_sound(place, since),
    )


def _config(checker: Checker, place: Place) -> tuple[dict[str, Any], dict[str, Span]]:
    """What `config:` says, and the labels that dbt lets one write beside it; with the places of the values."""
    config: dict[str, Any] = {}
    spans: dict[str, Span] = {}
    beside = place.only({key: key for key in _LABELS if key in place.data})
    layers = [beside, *([place.at("config")] if place.data.get("config") is not None else [])]
    for layer in layers:
        shape = checker.check(ViewConfig, layer)
        if shape is not None:
            written = shape.written()
            config = merged(config, written)
            spans |= {key: layer.value(key) for key in written}
    return config, spans
