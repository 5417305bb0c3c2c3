"""A mapping whose `type` says which keys it may have: a target, an online store, a stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from skewless.ground.diagnostics import did_you_mean
from skewless.project.checking import Checker, Shape
from skewless.project.places import Place

ShapeT = TypeVar("ShapeT", bound=Shape)


def check_kind(checker: Checker, place: Place, shapes: Mapping[str, type[ShapeT]], noun: str) -> ShapeT | None:
    """The mapping in the shape that its `type` asks for, with one key of each group that the shape requires."""
    written = place.data.get("type") if isinstance(place.data, dict) else None
    if not isinstance(written, str):
        if isinstance(place.data, dict) and "type" in place.data and written is not None:
            checker.report("invalid-value", f"the type of {noun} is text", place.value("type"))
        else:
            checker.report("missing-key", f"{noun} needs 'type'", place.span, f"one of {', '.join(shapes)}")
        return None
    if written not in shapes:
        hint = did_you_mean(written, shapes) or f"one of {', '.join(shapes)}"
        checker.report("invalid-value", f"'{written}' is not a type of {noun}", place.value("type"), hint)
        return None
    shape = shapes[written]
    for group in getattr(shape, "required", ()):
        _one_of(checker, place, group, shape)
    return checker.check(shape, place)


def _one_of(checker: Checker, place: Place, group: tuple[str, ...], shape: type[Shape]) -> None:
    noun = shape.noun
    present = [key for key in group if place.data.get(key) is not None]
    if not present:
        message = f"{noun} needs {' or '.join(repr(key) for key in group)}"
        checker.report("missing-key", message, place.key("type"), getattr(shape, "required_help", None))
    elif len(present) > 1:
        message = f"{noun} has {' and '.join(repr(key) for key in present)}"
        checker.report("invalid-value", message, place.key(present[1]), "keep one of them")
