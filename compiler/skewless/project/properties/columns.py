"""Entries of `columns:` and `keys:` into columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from skewless.project.checking import Checker, Shape, called
from skewless.project.fields import Name, Names, TypeOf
from skewless.project.model import Column
from skewless.project.places import Place
from skewless.project.properties.data_tests import read_data_tests


class ColumnShape(Shape):
    noun: ClassVar[str] = "a column"
    habits: ClassVar[Mapping[str, str]] = {
        "constraints": "use `data_tests: [not_null, unique]`",
        "type": "did you mean 'data_type'?",
        "dtype": "did you mean 'data_type'?",
    }

    name: Name
    data_type: TypeOf | None = None
    description: str = ""
    data_tests: Any = None
    tests: Any = None
    tags: Names = ()
    meta: dict[str, Any] = Field(default_factory=dict)
    quote: bool | None = None
    config: Any = None


class LabelConfig(Shape):
    """`config:` where it may only repeat what dbt lets one write there: tags, meta, enabled."""

    noun: ClassVar[str] = "this config"

    tags: Names = ()
    meta: dict[str, Any] = Field(default_factory=dict)
    enabled: bool = True


def read_columns(checker: Checker, place: Place, *, key: str, of: str, typed: bool) -> tuple[Column, ...]:
    """The columns listed under `key`. `of` says in messages whose they are; `typed`: each needs a data type."""
    columns: dict[str, Column] = {}
    for item in checker.each(place, key):
        column = _read(checker, item, of=of, typed=typed)
        if column is None:
            continue
        first = columns.setdefault(column.name.lower(), column)
        if first is not column:
            message = f"{of} has the column '{column.name}' twice, first in line {first.span.line}"
            checker.report("duplicate-name", message, column.span)
    return tuple(columns.values())


def _read(checker: Checker, item: Place, *, of: str, typed: bool) -> Column | None:
    if isinstance(item.data, str):
        hint = f"write {{name: {item.data}, data_type: ...}}" if typed else f"write {{name: {item.data}}}"
        checker.report("invalid-value", f"a column of {of} is a mapping with a name", item.span, hint)
        return None
    shape = checker.check(ColumnShape, item)
    if shape is None:
        return None
    if item.data.get("config") is not None:
        checker.check(LabelConfig, item.at("config"))
    if typed and "data_type" not in item.data:
        checker.report(
            "missing-key", f"{called('the column', shape.name)} of {of} needs a data_type", item.value("name")
        )
    tests = read_data_tests(checker, item, column=True)
    if not shape.name:
        return None
    return Column(
        name=shape.name,
        data_type=shape.data_type,
        description=shape.description,
        data_tests=tests,
        span=item.value("name"),
    )


def find_column(name: str, columns: tuple[Column, ...]) -> Column | None:
    """A column by name, in any case, as SQL finds it."""
    wanted = name.lower()
    return next((column for column in columns if column.name.lower() == wanted), None)
