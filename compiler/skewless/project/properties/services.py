"""An entry of `services:` into a service: which features one ML model consumes, in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from skewless.ground.spans import Span
from skewless.project.checking import Checker, Shape, called
from skewless.project.fields import Name, Names, Version, spelled
from skewless.project.model import Service, ServiceView
from skewless.project.places import Place
from skewless.project.properties.columns import LabelConfig
from skewless.project.properties.monitoring import read_monitoring

_NAME = r"\w[\w.-]*"
"""Services and aliases give names to bundles, which are files."""
_LETTERS = "use letters, digits, '_', '-' and '.'"


class ServiceShape(Shape):
    noun: ClassVar[str] = "a service"
    habits: ClassVar[Mapping[str, str]] = {
        "views": "did you mean 'features'?",
        "feature_views": "did you mean 'features'?",
        "monitoring": "did you mean 'monitor'?",
    }

    name: Annotated[str, spelled(_NAME, f"a service's name: {_LETTERS}")]
    description: str = ""
    features: Any = None
    full_feature_names: bool = False
    tags: Names = ()
    meta: dict[str, Any] = Field(default_factory=dict)
    config: Any = None
    monitor: Any = None


class UseShape(Shape):
    noun: ClassVar[str] = "a service's use of a view"
    habits: ClassVar[Mapping[str, str]] = {
        "name": "did you mean 'view'?",
        "columns": "did you mean 'features'?",
        "alias": "did you mean 'as'?",
        "version": "did you mean 'v'?",
        "join_key_map": "did you mean 'on'?",
    }

    view: Name
    v: Version | None = None
    alias: Annotated[str, spelled(_NAME, f"an alias: {_LETTERS}")] | None = Field(default=None, alias="as")
    on: dict[str, Name] = Field(default_factory=dict)
    features: Names | None = None


def read_service(checker: Checker, place: Place) -> Service | None:
    since = checker.grave
    shape = checker.check(ServiceShape, place)
    if shape is None:
        return None
    if place.data.get("config") is not None:
        checker.check(LabelConfig, place.at("config"))
    if not place.data.get("features"):
        message = f"{called('the service', shape.name)} needs 'features'"
        checker.report_missing(ServiceShape, place, "features", message)
    uses = [use for item in checker.each(place, "features") if (use := _read_use(checker, item)) is not None]
    _overlaps(checker, uses)
    if not shape.name:
        return None
    return Service(
        name=shape.name,
        views=tuple(uses),
        full_feature_names=shape.full_feature_names,
        description=shape.description,
        monitoring=read_monitoring(checker, place),
        span=place.value("name"),
        is_sound=checker.is_sound(place, since),
    )


def _read_use(checker: Checker, item: Place) -> ServiceView | None:
    """`view`, `view: [features]`, or the long form with `view:`."""
    if isinstance(item.data, str):
        return ServiceView(
            view=item.data,
            version=None,
            alias=None,
            on={},
            on_spans={},
            features=None,
            feature_spans={},
            span=item.span,
        )
    if isinstance(item.data, dict) and len(item.data) == 1 and not isinstance(item.data.get("view"), str):
        view = next(iter(item.data))
        if item.data[view] is None:
            hint = f"write `- {view}` for all of its features"
            checker.report("invalid-value", f"'{view}:' is followed by no features", item.key(view), hint)
            return None
        return _use(checker, item.only({"features": view}), view=view, at=item)
    return _use(checker, item, view=None, at=item)


def _use(checker: Checker, place: Place, *, view: str | None, at: Place) -> ServiceView | None:
    if view is not None:
        place = Place(place.file, place.node, {**place.data, "view": view})
    shape = checker.check(UseShape, place)
    if shape is None or not shape.view:
        return None
    return ServiceView(
        view=shape.view,
        version=None if shape.v is None else str(shape.v),
        alias=shape.alias,
        on=shape.on,
        on_spans=place.at("on").key_spans() if shape.on else {},
        features=None if shape.features is None else tuple(dict.fromkeys(shape.features)),
        feature_spans=_feature_spans(checker, place, shape),
        span=at.value("view") if view is None else at.key(view),
    )


def _feature_spans(checker: Checker, place: Place, shape: UseShape) -> dict[str, Span]:
    """Where each feature is listed; one that is listed twice is reported."""
    spans: dict[str, Span] = {}
    for name, span in zip(shape.features or (), place.each_value("features"), strict=False):
        if spans.setdefault(name, span) is not span:
            checker.report("duplicate-name", f"the feature '{name}' of '{shape.view}' is listed twice", span)
    return spans


def _overlaps(checker: Checker, uses: list[ServiceView]) -> None:
    """The same features of the same view twice would be two columns of one name."""
    for index, use in enumerate(uses):
        for other in uses[:index]:
            same = (use.alias or use.view) == (other.alias or other.view)
            if same and _common(use.features, other.features):
                message = f"'{use.alias or use.view}' is used twice, first in line {other.span.line}"
                checker.report("duplicate-name", message, use.span, "give one of the two another name with `as:`")
                break


def _common(left: tuple[str, ...] | None, right: tuple[str, ...] | None) -> bool:
    return left is None or right is None or not set(left).isdisjoint(right)
