"""What was written in a YAML file, held against the shape it should have: values, and every fault with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from skewless.ground.codes import Code
from skewless.ground.diagnostics import Diagnostic, Severity, did_you_mean
from skewless.ground.durations import CalendarDurationError
from skewless.ground.spans import Span
from skewless.ground.urls import password_of
from skewless.project.environment import Environment, Secret
from skewless.project.model import Lost
from skewless.project.places import UNREADABLE, Place, is_readable


class Shape(BaseModel):
    """The keys one mapping may have. Shapes are flat: what is nested is `Any` here and has a shape of its own.

    So one wrong value costs that value only, and the rest of the file is still read and reported.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, protected_namespaces=())
    noun: ClassVar[str]
    habits: ClassVar[Mapping[str, str]] = {}
    """Keys that people bring along from elsewhere, and what to tell them."""

    @classmethod
    @cache  # asked once for every mapping of every file
    def known_keys(cls) -> tuple[str, ...]:
        return tuple(field.alias or name for name, field in cls.model_fields.items())

    @classmethod
    def advice(cls, key: str) -> str:
        """What to write instead of a key that there is not."""
        known = cls.known_keys()
        return cls.habits.get(key) or did_you_mean(key, known) or f"its keys: {', '.join(known)}"

    @classmethod
    def has_meant(cls, place: Place, key: str) -> bool:
        """Whether the mapping has a key that is unknown, and reported as a slip of the pen for this one."""
        unknown = (other for other in place.data if other not in cls.known_keys())
        return any(cls.advice(other) == did_you_mean(key, [key]) for other in unknown)

    def written(self) -> dict[str, Any]:
        """The values that the file gives, without the defaults."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}


ShapeT = TypeVar("ShapeT", bound=Shape)


class Checker:
    """Gathers the diagnostics of the files it is shown, and what those diagnostics make of the rest."""

    def __init__(self, environ: Environment) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.lost: set[Lost] = set()
        self.beside = 0
        """How many of the diagnostics are about data tests, from which nothing else can follow."""
        self._environ = environ

    @property
    def grave(self) -> int:
        """How many diagnostics there are from which others could follow."""
        return len(self.diagnostics) - self.beside

    def report(
        self, code: Code, message: str, span: Span, hint: str | None = None, *, severity: Severity = "error"
    ) -> None:
        # Messages quote what was written, and that may have come from a secret variable.
        message, hint = self._environ.redact(message), hint and self._environ.redact(hint)
        self.diagnostics.append(Diagnostic(code=code, message=message, span=span, help=hint, severity=severity))

    def keep_secret(self, value: str, *, whole: bool = False) -> Secret:
        """Text that may hold a password, which is kept out of all text from now on; the `whole` text if it is one."""
        if secret := value if whole else password_of(value):
            self._environ.remember(secret)
        return Secret(value)

    def report_missing(self, shape: type[Shape], place: Place, key: str, message: str, hint: str | None = None) -> None:
        """A key that is needed, at the key if it is there and empty; nothing when another one was meant as it."""
        if not shape.has_meant(place, key):
            span = place.key(key) if key in place.data else place.value("name")
            self.report("missing-key", message, span, hint)

    def is_sound(self, place: Place, since: int) -> bool:
        """Whether all below `place` can be read, and no grave diagnostic was added `since` there were so many."""
        return self.grave == since and is_readable(place.data)

    def check(self, shape: type[ShapeT], place: Place) -> ShapeT | None:
        """The mapping at `place` as a value of `shape`, without the entries that are at fault.

        A required text that is missing is empty. None when there is no mapping at all.
        """
        if not isinstance(place.data, dict):
            if place.data is not UNREADABLE:
                self.report("invalid-value", f"{shape.noun} is a mapping of keys to values", place.span)
            return None
        # `description:` with nothing after it says nothing; the key itself must still be a known one.
        known = shape.known_keys()
        data = {key: value for key, value in place.data.items() if not (_is_silent(value) and key in known)}
        try:
            return shape.model_validate(data)
        except ValidationError as error:
            return self._without_faults(shape, place, data, error)

    def each(self, place: Place, key: str) -> Iterator[Place]:
        """The items of the list under `key`; none, and a fault, when it is something else."""
        value = place.data.get(key) if isinstance(place.data, dict) else None
        if isinstance(value, list):
            yield from (item for item in place.at(key).items() if item.data is not UNREADABLE)
        elif value is not None and value is not UNREADABLE:
            self.report("invalid-value", f"'{key}' must be a list", place.value(key))

    def _without_faults(
        self, shape: type[ShapeT], place: Place, data: dict[str, Any], error: ValidationError
    ) -> ShapeT:
        stand_ins = {}
        for fault in error.errors(include_url=False):
            key = str(fault["loc"][0])
            if place.data.get(key) is not UNREADABLE:
                self._report_fault(shape, place, fault)
            data.pop(key, None)
            if key in shape.model_fields and shape.model_fields[key].is_required():
                stand_ins[key] = "x"  # only names and the like are required
        return shape.model_validate(data | stand_ins).model_copy(update=dict.fromkeys(stand_ins, ""))

    def _report_fault(self, shape: type[Shape], place: Place, fault: ErrorDetails) -> None:
        key = str(fault["loc"][0])
        if fault["type"] == "extra_forbidden":
            self.report("unknown-key", f"'{key}' is not a key of {shape.noun}", place.key(key), shape.advice(key))
        elif fault["type"] == "missing":
            self.report_missing(shape, place, key, f"{shape.noun} needs '{key}'")
        elif fault["input"] is not UNREADABLE:
            self._report_value(place, fault)

    def _report_value(self, place: Place, fault: ErrorDetails) -> None:
        span = _innermost(place, fault["loc"])
        cause = fault.get("ctx", {}).get("error")
        if isinstance(cause, CalendarDurationError):
            self.report("calendar-window", str(cause), span, f"write '{cause.suggestion}'")
            return
        message, hint = _sentence(fault)
        self.report("invalid-value", message, span, hint)


def _is_silent(value: Any) -> bool:
    return value is None or value is UNREADABLE


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Diagnostics as one meets them when reading the files."""
    return tuple(sorted(diagnostics, key=lambda fault: (fault.span is not None, fault.span)))


def called(noun: str, name: str) -> str:
    """`the view 'v'`, or `the view` when its name is missing."""
    return f"{noun} '{name}'" if name else noun


def _innermost(place: Place, path: tuple[int | str, ...]) -> Span:
    """The place of a fault; of the whole key where the shape looks deeper than the file (one name for a list)."""
    try:
        return place.at(*path).span
    except (KeyError, IndexError, TypeError):
        return place.value(str(path[0]))


_EXPECTED = {
    "string_type": "text",
    "string_too_short": "text, not empty",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping of keys to values",
}


def _sentence(fault: ErrorDetails) -> tuple[str, str | None]:
    """A fault in words, and what helps."""
    path, context, kind = fault["loc"], fault.get("ctx", {}), fault["type"]
    name = f"'{path[0]}'" if len(path) == 1 else f"each item of '{path[0]}'"
    if cause := context.get("error"):
        return str(cause), None
    if kind == "literal_error":
        words = [word.strip("'") for word in str(context["expected"]).replace(" or ", ", ").split(", ")]
        return f"{name} must be {context['expected']}", did_you_mean(str(fault["input"]), words)
    if kind in ("greater_than_equal", "greater_than"):
        bound = f"{context['ge']} or more" if "ge" in context else f"more than {context['gt']}"
        return f"{name} must be {bound}", None
    if kind in _EXPECTED:
        quotable = kind == "string_type" and isinstance(fault["input"], bool | int | float | date)
        return f"{name} must be {_EXPECTED[kind]}", "write it in quotes" if quotable else None
    return f"{name} has a value that cannot be used", None
