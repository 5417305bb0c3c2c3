"""Entries of `data_tests:`, in every form that dbt allows, into data tests with one form of arguments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import BeforeValidator

from skewless.ground.diagnostics import did_you_mean
from skewless.ground.spans import Span
from skewless.project.checking import Checker, Shape
from skewless.project.model import DataTest
from skewless.project.places import Place


class Reference(NamedTuple):
    """A relation that a test compares with, or belongs to."""

    kind: Literal["view", "source"]
    name: str


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


Severity = Annotated[Literal["error", "warn"], BeforeValidator(_lower)]


class TestSettings(Shape):
    """What every test may have, in `config:` or beside its arguments."""

    __test__ = False
    noun: ClassVar[str] = "a data test's config"

    severity: Severity | None = None
    where: str | None = None
    enabled: bool = True
    tags: Any = None
    meta: Any = None


class Arguments(Shape):
    """What the test of a table, not of a column, needs."""

    noun: ClassVar[str] = "this data test"
    required: ClassVar[tuple[str, ...]] = ()

    column_name: str | None = None


class AcceptedValues(Arguments):
    noun: ClassVar[str] = "accepted_values"
    required: ClassVar[tuple[str, ...]] = ("values",)

    values: list[Any] | None = None
    quote: bool = True


class AcceptedRange(Arguments):
    noun: ClassVar[str] = "accepted_range"

    min: Any = None
    max: Any = None
    min_value: Any = None
    max_value: Any = None
    inclusive: bool = True


class Relationships(Arguments):
    noun: ClassVar[str] = "relationships"
    required: ClassVar[tuple[str, ...]] = ("to", "field")

    to: str | None = None
    field: str | None = None


TESTS: Mapping[str, type[Arguments]] = {
    "not_null": Arguments,
    "unique": Arguments,
    "accepted_values": AcceptedValues,
    "accepted_range": AcceptedRange,
    "relationships": Relationships,
}
_TEXT = r"\s*['\"]([^'\"]+)['\"]\s*"
_REF, _SOURCE = re.compile(rf"ref\({_TEXT}\)"), re.compile(rf"source\({_TEXT},{_TEXT}\)")
_BESIDE = ("name", "description", "arguments", "config")


def reference(text: str) -> Reference | None:
    """What `ref('view')` or `source('name', 'table')` refers to; None of any other text."""
    if view := _REF.fullmatch(text):
        return Reference("view", view[1])
    if source := _SOURCE.fullmatch(text):
        return Reference("source", f"{source[1]}.{source[2]}")
    return None


def read_data_tests(checker: Checker, place: Place, *, column: bool) -> tuple[DataTest, ...]:
    """The tests under `data_tests` and its old name `tests`; `column` tells whether they stand at a column."""
    found, before = [], len(checker.diagnostics)
    for key in ("data_tests", "tests"):
        for item in checker.each(place, key):
            test = _read(checker, item, column=column)
            if test is not None:
                found.append(test)
    checker.beside += len(checker.diagnostics) - before
    return tuple(found)


def _read(checker: Checker, item: Place, *, column: bool) -> DataTest | None:
    header = _header(checker, item)
    if header is None:
        return None
    written, span, body = header
    name = written.removeprefix("dbt_utils.")
    shape = TESTS.get(name)
    if shape is None:
        hint = did_you_mean(name, TESTS) or f"the data tests: {', '.join(TESTS)}"
        checker.report("invalid-value", f"'{written}' is not a data test", span, hint)
        return None
    settings, arguments = _body(checker, body, shape) if body else ({}, {})
    severity = settings.get("severity", "error")
    places = _argument_places(body)
    test = DataTest(
        name=name,
        arguments=_canonical(arguments, settings),
        severity=severity,
        span=span,
        argument_spans={key: place.value(key) for key, place in places.items()},
    )
    _check_arguments(checker, test, shape, places, column=column)
    return test if settings.get("enabled", True) else None


def _header(checker: Checker, item: Place) -> tuple[str, Span, Place | None] | None:
    """(name, where it stands, what stands below it) of `unique`, `unique: {...}` or `{test_name: unique, ...}`."""
    data = item.data
    if isinstance(data, str):
        return data, item.span, None
    if isinstance(data, dict) and isinstance(data.get("test_name"), str):
        return data["test_name"], item.value("test_name"), item.only({key: key for key in data if key != "test_name"})
    if isinstance(data, dict) and len(data) == 1:
        name = next(iter(data))
        return name, item.key(name), item.at(name) if data[name] is not None else None
    hint = "indent its arguments below its name" if isinstance(data, dict) else None
    checker.report("invalid-value", "a data test is a name, or one name with arguments below it", item.span, hint)
    return None


def _body(checker: Checker, body: Place, shape: type[Arguments]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(settings, arguments): dbt writes either of them beside the other or in a mapping of its own."""
    if not isinstance(body.data, dict):
        checker.report("invalid-value", f"the arguments of {shape.noun} are a mapping of keys to values", body.span)
        return {}, {}
    own = {key: key for key in body.data if key in TestSettings.model_fields}
    rest = {key: key for key in body.data if key not in own and key not in _BESIDE}
    settings = _checked(checker, TestSettings, body.only(own)) if own else {}
    arguments = _checked(checker, shape, body.only(rest)) if rest else {}
    if body.data.get("config") is not None:
        settings |= _checked(checker, TestSettings, body.at("config"))
    if body.data.get("arguments") is not None:
        arguments |= _checked(checker, shape, body.at("arguments"))
    return settings, arguments


def _checked(checker: Checker, shape: type[Shape], place: Place) -> dict[str, Any]:
    values = checker.check(shape, place)
    return values.written() if values else {}


def _canonical(arguments: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """One name for each argument: `min` for dbt_utils' `min_value`; `where` is an argument too."""
    renamed = {key.removesuffix("_value"): value for key, value in arguments.items()}
    return {**renamed, **({"where": settings["where"]} if "where" in settings else {})}


def _check_arguments(
    checker: Checker, test: DataTest, shape: type[Arguments], places: Mapping[str, Place], *, column: bool
) -> None:
    if places.keys() <= {*shape.model_fields, *TestSettings.model_fields, *_BESIDE}:
        # An unknown one, which is reported, may stand for one that is missing.
        _check_complete(checker, test, shape, set(places), column=column)
    target = test.arguments.get("to")
    if target is not None and reference(target) is None:
        hint = "write ref('view') or source('name', 'table')"
        checker.report("invalid-value", f"'{target}' is not a reference", test.argument_spans["to"], hint)


def _check_complete(
    checker: Checker, test: DataTest, shape: type[Arguments], written: set[str], *, column: bool
) -> None:
    for key in shape.required if column else (*shape.required, "column_name"):
        if key not in test.arguments and key not in written:
            checker.report("missing-key", f"{test.name} needs '{key}'", test.span)
    if test.name == "accepted_range":
        _check_range(checker, test, {key.removesuffix("_value") for key in written})


def _argument_places(body: Place | None) -> dict[str, Place]:
    """The mapping in which each key is written, right or wrong: what is wrong is not missing too."""
    if body is None or not isinstance(body.data, dict):
        return {}
    places = dict.fromkeys(body.data, body)
    nested = body.data.get("arguments")
    return places | dict.fromkeys(nested, body.at("arguments")) if isinstance(nested, dict) else places


def _check_range(checker: Checker, test: DataTest, written: set[str]) -> None:
    low, high = test.arguments.get("min"), test.arguments.get("max")
    if written.isdisjoint(("min", "max")):
        checker.report("missing-key", "accepted_range needs 'min' or 'max'", test.span)
    elif isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        checker.report("invalid-value", f"no value lies between {low} and {high}", test.span, "exchange min and max")
