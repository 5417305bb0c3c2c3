"""An entry of `unit_tests:` into a unit test; rows may stand in it or in a fixture file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, ClassVar, Literal

from pydantic import Field

from skewless.ground.diagnostics import did_you_mean
from skewless.ground.spans import Span
from skewless.project.checking import Checker, Shape, ShapeT
from skewless.project.fields import Moment, Name, Names
from skewless.project.model import FEW_EVENTS, Delivery, DeliveryStep, Given, Rows, UnitTest
from skewless.project.places import UNREADABLE, Place
from skewless.project.properties.columns import LabelConfig

Fixtures = Mapping[str, str]
"""Texts of the fixture files by path: `tests/fixtures/orders.csv`."""

_SOURCE = re.compile(r"source\(\s*(['\"])([^'\"]+)\1\s*,\s*(['\"])([^'\"]+)\3\s*\)")
_REF = re.compile(r"ref\(\s*(['\"])([^'\"]+)\1\s*\)")
_REQUEST = re.compile(r"request\(\s*\)")


class WrittenRow(dict[str, Any]):
    """A row that stands in a properties file; it knows where it and each of its entries are written."""

    def __init__(self, place: Place) -> None:
        super().__init__(place.data)
        self.span = place.span
        self.spans = {name: _hull(place.key(name), place.value(name)) for name in place.data}


class UnitTestShape(Shape):
    noun: ClassVar[str] = "a unit test"
    habits: ClassVar[Mapping[str, str]] = {"vars": "write it below `overrides:`", "inputs": "did you mean 'given'?"}

    name: Name
    model: Name
    description: str = ""
    given: Any = None
    expect: Any = None
    overrides: Any = None
    delivered: Any = None
    tags: Names = ()
    meta: dict[str, Any] = Field(default_factory=dict)
    config: Any = None


class DeliveredShape(Shape):
    noun: ClassVar[str] = "`delivered`"

    loaded_at: Moment | None = None
    steps: Any = None
    asked_at: tuple[Moment, ...] = ()
    tile_events: int = Field(default=FEW_EVENTS, ge=1)


class StepShape(Shape):
    noun: ClassVar[str] = "a step of a delivery"

    write: Moment | None = None
    advance: Moment | None = None
    sweep: Moment | None = None
    run: Moment | None = None


class Overrides(Shape):
    noun: ClassVar[str] = "`overrides`"
    habits: ClassVar[Mapping[str, str]] = {
        "macros": "only `vars` can be overridden",
        "env_vars": "only `vars` can be overridden",
    }

    vars: dict[str, Any] = Field(default_factory=dict)


class ExpectShape(Shape):
    noun: ClassVar[str] = "`expect`"

    format: Literal["dict", "csv", "sql"] | None = None
    rows: Any = None
    fixture: Name | None = None


class GivenShape(ExpectShape):
    noun: ClassVar[str] = "an input of a unit test"

    input: Name
    comes: tuple[int | tuple[int, ...], ...] = ()


def read_unit_test(checker: Checker, place: Place, fixtures: Fixtures) -> UnitTest | None:
    shape = checker.check(UnitTestShape, place)
    if shape is None:
        return None
    inputs = _inputs(checker, place, fixtures)
    expect = _expect(checker, place, fixtures)
    overrides = _below(checker, place, "overrides", Overrides)
    config = _below(checker, place, "config", LabelConfig)
    delivered = _delivered(checker, place)
    if expect is None or not (shape.name and shape.model) or (config and not config.enabled):
        return None
    return UnitTest(
        name=shape.name,
        model=shape.model,
        model_span=place.value("model"),
        description=shape.description,
        given=inputs,
        expect=expect,
        variables=overrides.vars if overrides else {},
        span=place.value("name"),
        delivered=delivered,
    )


def _delivered(checker: Checker, place: Place) -> Delivery | None:
    shape = _below(checker, place, "delivered", DeliveredShape)
    if shape is None:
        return None
    delivered = place.at("delivered")
    if shape.loaded_at is None and delivered.data.get("loaded_at") is None:
        checker.report_missing(DeliveredShape, delivered, "loaded_at", "`delivered` needs 'loaded_at'")
    steps = [step for item in checker.each(delivered, "steps") if (step := _step(checker, item)) is not None]
    if shape.loaded_at is None:
        return None
    return Delivery(
        loaded_at=shape.loaded_at, steps=tuple(steps), asked_at=shape.asked_at, tile_events=shape.tile_events
    )


def _step(checker: Checker, item: Place) -> tuple[DeliveryStep, int] | None:
    shape = checker.check(StepShape, item)
    if shape is None:
        return None
    kinds: tuple[DeliveryStep, ...] = ("write", "advance", "sweep", "run")
    said = [(kind, at) for kind in kinds if (at := getattr(shape, kind)) is not None]
    if len(said) != 1:
        checker.report(
            "invalid-value", "a step does one thing at a moment", item.span, "write {run: 2026-06-12 10:00:00}"
        )
        return None
    return said[0]


def _below(checker: Checker, place: Place, key: str, shape: type[ShapeT]) -> ShapeT | None:
    return checker.check(shape, place.at(key)) if place.data.get(key) is not None else None


def _expect(checker: Checker, place: Place, fixtures: Fixtures) -> Rows | None:
    if place.data.get("expect") is None:
        checker.report("missing-key", "a unit test needs 'expect', with rows", place.value("name"))
        return None
    expect = place.at("expect")
    shape = checker.check(ExpectShape, expect)
    return _rows(checker, expect, shape, fixtures) if shape else None


def _inputs(checker: Checker, place: Place, fixtures: Fixtures) -> tuple[Given, ...]:
    inputs: dict[str, Given] = {}
    for item in checker.each(place, "given"):
        given = _given(checker, item, fixtures)
        if given is not None and given.input in inputs:
            first = inputs[given.input].rows.span.line
            message = f"{given.input} is given twice, first in line {first}"
            checker.report("duplicate-name", message, item.value("input"), "give all of its rows in one place")
        elif given is not None:
            inputs[given.input] = given
    return tuple(inputs.values())


def _given(checker: Checker, item: Place, fixtures: Fixtures) -> Given | None:
    shape = checker.check(GivenShape, item)
    if shape is None:
        return None
    source = _canonical(shape.input)
    if source is None and shape.input:
        hint = "write source('name', 'table'), ref('view') or request()"
        checker.report("invalid-value", f"'{shape.input}' is not an input", item.value("input"), hint)
    rows = _rows(checker, item, shape, fixtures)
    comes = tuple((one,) if isinstance(one, int) else one for one in shape.comes)
    return Given(input=source, rows=rows, comes=comes) if source and rows else None


def _canonical(text: str) -> str | None:
    """The input in one spelling, so that equal inputs are equal text."""
    text = text.strip()
    if match := _SOURCE.fullmatch(text):
        return f"source('{match[2]}', '{match[4]}')"
    if match := _REF.fullmatch(text):
        return f"ref('{match[2]}')"
    return "request()" if _REQUEST.fullmatch(text) else None


def _rows(checker: Checker, place: Place, shape: ExpectShape, fixtures: Fixtures) -> Rows | None:
    if shape.fixture is not None:
        return _from_fixture(checker, place, shape, fixtures)
    written = place.data.get("rows")
    if written is None:
        if "fixture" not in place.data:
            hint = "write `rows: []` for no rows" if isinstance(shape, GivenShape) else None
            checker.report("missing-key", f"{shape.noun} needs 'rows'", place.span, hint)
        return None
    if written is UNREADABLE:
        return None
    return _from_text(checker, place, shape) if isinstance(written, str) else _from_list(checker, place, shape)


def _from_text(checker: Checker, place: Place, shape: ExpectShape) -> Rows | None:
    if shape.format not in ("csv", "sql"):
        hint = "add `format: csv` or `format: sql`, or write a list"
        checker.report("invalid-value", "these rows are text, which needs a format", place.key("rows"), hint)
        return None
    return Rows(format=shape.format, rows=place.data["rows"], span=place.span)


def _from_list(checker: Checker, place: Place, shape: ExpectShape) -> Rows | None:
    if shape.format in ("csv", "sql"):
        message = f"rows of the format {shape.format} are text"
        checker.report("invalid-value", message, place.value("rows"), "remove `format`, or write `rows: |` and text")
        return None
    rows = []
    for item in checker.each(place, "rows"):
        if isinstance(item.data, dict):
            rows.append(WrittenRow(item))
        else:
            checker.report("invalid-value", "a row is a mapping of columns to values", item.span)
    return Rows(format="dict", rows=tuple(rows), span=place.span)


def _from_fixture(checker: Checker, place: Place, shape: ExpectShape, fixtures: Fixtures) -> Rows | None:
    span = place.value("fixture")
    if place.data.get("rows") is not None:
        checker.report("invalid-value", "rows and fixture cannot both be given", span, "keep one of them")
        return None
    paths = [path for path in fixtures if _is_named(path, shape)]
    if len(paths) != 1:
        _report_fixture(checker, shape, span, fixtures, paths)
        return None
    form: Literal["csv", "sql"] = "sql" if paths[0].endswith(".sql") else "csv"
    return Rows(format=form, rows=fixtures[paths[0]], span=place.span)


def _hull(first: Span, last: Span) -> Span:
    return replace(first, end_line=last.end_line, end_column=last.end_column)


def _is_named(path: str, shape: ExpectShape) -> bool:
    file = PurePosixPath(path)
    fits = shape.format is None or file.suffix == f".{shape.format}"
    return fits and shape.fixture in (file.name, file.stem)


def _report_fixture(checker: Checker, shape: ExpectShape, span: Span, fixtures: Fixtures, found: list[str]) -> None:
    if found:
        hint = f"found {' and '.join(found)}; add `format:` or rename one"
        checker.report("invalid-value", f"more than one fixture is called '{shape.fixture}'", span, hint)
        return
    names = [PurePosixPath(path).stem for path in fixtures]
    hint = did_you_mean(str(shape.fixture), names) or "fixtures are .csv and .sql files in the folder tests/fixtures"
    checker.report("invalid-value", f"there is no fixture '{shape.fixture}'", span, hint)
